/// The state of reading one command line: what is left of it, and what was found in it.
struct ArgumentScan {
    var rest: ArraySlice<String>
    var operands: [String] = []
    var values: [String: [String]] = [:]
    var wantsHelp = false
    var wantsVersion = false

    init(rest: ArraySlice<String>) {
        self.rest = rest
    }

    /// Takes the shared flags in front of the command.
    mutating func takeFlags(shared: [FlagDescription]) throws(ArgumentError) {
        while let argument = rest.first, Self.isFlag(argument) {
            rest.removeFirst()
            try takeFlag(argument, known: shared, command: nil)
        }
    }

    /// Takes everything behind the command's name.
    mutating func takeAll(of command: CommandDescription, shared: [FlagDescription]) throws(ArgumentError) {
        let known = command.flags + shared
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                rest = []
            } else if Self.isFlag(argument) {
                try takeFlag(argument, known: known, command: command.name)
            } else {
                operands.append(argument)
            }
        }
    }

    private static func isFlag(_ argument: String) -> Bool {
        argument.hasPrefix("-") && argument != "-"
    }

    private mutating func takeFlag(
        _ argument: String, known: [FlagDescription], command: String?
    ) throws(ArgumentError) {
        if argument == "--help" || argument == "-h" {
            wantsHelp = true
            return
        }
        if argument == "--version" {
            wantsVersion = true
            return
        }
        let spelled = argument.prefix { $0 != "=" }
        guard spelled.hasPrefix("--"), let flag = known.first(where: { "--\($0.name)" == spelled }) else {
            let names = known.map { "--\($0.name)" } + ["--help", "--version"]
            throw .unknownFlag(
                String(spelled), command: command, nearest: NearestName.find(String(spelled), among: names))
        }
        let attached = argument.count > spelled.count ? String(argument.dropFirst(spelled.count + 1)) : nil
        try store(try value(of: flag, attached: attached), for: flag)
    }

    private mutating func value(of flag: FlagDescription, attached: String?) throws(ArgumentError) -> String {
        guard flag.value != nil else {
            guard attached == nil else { throw .unexpectedValue(flag: flag) }
            return ""
        }
        // A value that looks like a flag is more often a forgotten value; `--flag=--value` still says it.
        guard let value = attached ?? (rest.first.map(Self.isFlag) == false ? rest.popFirst() : nil) else {
            throw .missingValue(flag: flag)
        }
        guard flag.choices.isEmpty || flag.choices.contains(value) else {
            throw .notAChoice(flag: flag, value: value, nearest: NearestName.find(value, among: flag.choices))
        }
        return value
    }

    private mutating func store(_ value: String, for flag: FlagDescription) throws(ArgumentError) {
        guard flag.repeats || values[flag.name] == nil else { throw .repeatedFlag(flag) }
        values[flag.name, default: []].append(value)
    }
}
