/// Reads a command line the way GNU programs do, by a table of commands.
///
/// `--flag value` and `--flag=value` mean the same; a switch takes no value; `--` ends the flags, so that an operand
/// may begin with a dash; `-` alone is a value or an operand (by convention: standard input, which gives one of them).
/// Flags may stand before and behind operands; those that every command shares may stand in front of the command too.
/// `--help` (also `-h`, and `help COMMAND`) and `--version` win over what else is on the line, unless it can't be read.
/// Flags are not abbreviated: a script that abbreviates breaks on the day a second flag begins alike. What a flag's
/// value means is its command's to say.
package struct ArgumentReader: Equatable, Sendable {
    /// Every command of the program, in the order that help lists them.
    package let commands: [CommandDescription]
    /// The flags that every command takes, in the order that help lists them.
    package let sharedFlags: [FlagDescription]

    /// The flags that the reader takes itself, whatever the command.
    package let ownFlags = [
        FlagDescription(switch: "help", summary: "prints this help"),
        FlagDescription(switch: "version", summary: "prints the version"),
    ]

    /// Makes a reader of a program's commands.
    package init(commands: [CommandDescription], sharedFlags: [FlagDescription]) {
        let names = commands.map(\.name)
        precondition(Set(names).count == names.count, "two commands have the same name")
        self.commands = commands
        self.sharedFlags = sharedFlags
    }

    /// What a person types to run a command: a program of one command, named as it, has no word for it.
    func call(_ command: CommandDescription, of program: String) -> String {
        command.name == program ? program : "\(program) \(command.name)"
    }

    /// Reads the arguments behind the program's name.
    ///
    /// - Throws: the first thing that is wrong with them.
    package func read(_ arguments: [String]) throws(ArgumentError) -> Invocation {
        var scan = ArgumentScan(rest: arguments[...])
        try scan.takeFlags(shared: sharedFlags)
        if scan.wantsVersion { return .version }
        guard let first = scan.rest.first else {
            if scan.wantsHelp { return .help(.program) }
            throw .missingCommand
        }
        if first == "help" {
            scan.rest.removeFirst()
            scan.wantsHelp = true
            if scan.rest.isEmpty { return .help(.program) }
        }
        switch try topic(of: scan.rest) {
        case .program:
            return .help(.program)
        case .parts(let name, let parts):
            let asksForHelp = scan.wantsHelp || scan.rest.contains("--help") || scan.rest.contains("-h")
            guard asksForHelp else { throw .missingPart(of: name, parts: parts.map(\.name)) }
            return .help(.parts(of: name, parts))
        case .command(let command):
            scan.rest.removeFirst(command.name.split(separator: " ").count)
            return try readCommand(command, from: &scan)
        }
    }

    private func readCommand(
        _ command: CommandDescription, from scan: inout ArgumentScan
    ) throws(ArgumentError) -> Invocation {
        try scan.takeAll(of: command, shared: sharedFlags)
        if scan.wantsHelp { return .help(.command(command)) }
        if scan.wantsVersion { return .version }
        try checkOperands(scan.operands, of: command)
        let dashes = (scan.operands + scan.values.values.joined()).filter { $0 == "-" }
        if dashes.count > 1 { throw .repeatedStandardInput }
        return .command(ParsedArguments(command: command, operands: scan.operands, values: scan.values))
    }

    /// What the first one or two words name.
    private func topic(of arguments: ArraySlice<String>) throws(ArgumentError) -> HelpTopic {
        let words = Array(arguments.prefix(2).prefix { !$0.hasPrefix("-") })
        guard let first = words.first else { return .program }
        if words.count == 2, let command = commands.first(where: { $0.name == "\(first) \(words[1])" }) {
            return .command(command)
        }
        if let command = commands.first(where: { $0.name == first }) { return .command(command) }
        let parts = commands.filter { $0.name.hasPrefix("\(first) ") }
        if parts.isEmpty {
            let firstWords = commands.map { String($0.name.prefix { $0 != " " }) }
            throw .unknownCommand(first, nearest: NearestName.find(first, among: firstWords))
        }
        guard words.count == 2 else { return .parts(of: first, parts) }
        let whole = "\(first) \(words[1])"
        throw .unknownCommand(whole, nearest: NearestName.find(whole, among: parts.map(\.name)))
    }

    private func checkOperands(_ operands: [String], of command: CommandDescription) throws(ArgumentError) {
        for operand in command.operands.dropFirst(operands.count) where !operand.isOptional {
            throw .missingOperand(operand, command: command.name)
        }
        for (operand, text) in zip(command.operands, operands) {
            if text.isEmpty, !operand.mayBeEmpty { throw .emptyOperand(operand, command: command.name) }
            guard operand.choices.isEmpty || operand.choices.contains(text) else {
                throw .notAnOperand(operand, value: text, nearest: NearestName.find(text, among: operand.choices))
            }
        }
        let takesMore = command.operands.last?.repeats ?? false
        if operands.count > command.operands.count, !takesMore {
            throw .unexpectedOperand(operands[command.operands.count], command: command.name)
        }
    }
}
