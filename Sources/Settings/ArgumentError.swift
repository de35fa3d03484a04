/// Why a command line can't be read. Whoever meets one prints its `message` and exits with `ExitCode.usage`.
package enum ArgumentError: Error, Equatable, Sendable {
    /// No command was given.
    case missingCommand
    /// There is no such command; one with a similar name may exist.
    case unknownCommand(String, nearest: String?)
    /// The command has parts, and none of them was chosen. Carries their whole names.
    case missingPart(of: String, parts: [String])
    /// The command has no such flag; one with a similar name may exist.
    case unknownFlag(String, command: String?, nearest: String?)
    /// The flag needs a value and there is none behind it.
    case missingValue(flag: FlagDescription)
    /// The flag is a switch and was given a value.
    case unexpectedValue(flag: FlagDescription)
    /// The flag takes one of its choices and was given something else.
    case notAChoice(flag: FlagDescription, value: String, nearest: String?)
    /// The flag was given twice and counts once.
    case repeatedFlag(FlagDescription)
    /// More than one value is to come from standard input, which gives one.
    case repeatedStandardInput
    /// The command needs an operand that is missing.
    case missingOperand(OperandDescription, command: String)
    /// The operand is an empty text, as of a shell's variable that is not set.
    case emptyOperand(OperandDescription, command: String)
    /// The operand takes one of its choices and was given something else.
    case notAnOperand(OperandDescription, value: String, nearest: String?)
    /// The command does not take this argument.
    case unexpectedOperand(String, command: String)
}

extension ArgumentError {
    /// What to tell the person who typed it.
    package var message: Message {
        switch self {
        case .missingCommand:
            Message("command", why: "none was given", whatToDo: "run 'tremolo --help' for a list")
        case .unknownCommand(let name, let nearest):
            Message(name, why: "there is no such command", whatToDo: Self.suggestion(nearest, help: nil))
        case .missingPart(let command, let parts):
            Message(command, why: "it has several parts", whatToDo: "choose one: \(parts.joined(separator: ", "))")
        case .unknownFlag(let flag, let command, let nearest):
            Message(
                flag, why: command.map { "'\($0)' has no such flag" } ?? "there is no such flag",
                whatToDo: Self.suggestion(nearest, help: command))
        case .missingValue(let flag):
            Message("--\(flag.name)", why: "its value is missing", whatToDo: "write \(flag.spelling)")
        case .unexpectedValue(let flag):
            Message("--\(flag.name)", why: "it takes no value", whatToDo: "write --\(flag.name) alone")
        case .notAChoice(let flag, let value, let nearest):
            Message(
                "--\(flag.name)", why: "it does not take '\(value)'",
                whatToDo: nearest.map { "did you mean '\($0)'?" } ?? "use \(Self.list(flag.choices))")
        case .repeatedFlag(let flag):
            Message("--\(flag.name)", why: "it was given more than once", whatToDo: "give it once")
        case .repeatedStandardInput:
            Message(
                "-", why: "standard input gives one value, and more than one is to be read from it",
                whatToDo: "write the others out")
        case .missingOperand(let operand, let command):
            Message(
                command, why: "\(operand.name) is missing (\(operand.summary))",
                whatToDo: Self.suggestion(nil, help: command))
        case .emptyOperand(let operand, let command):
            Message(
                command, why: "\(operand.name) is empty (\(operand.summary))",
                whatToDo: Self.suggestion(nil, help: command))
        case .notAnOperand(let operand, let value, let nearest):
            Message(
                value, why: "\(operand.name) does not take this value",
                whatToDo: nearest.map { "did you mean '\($0)'?" } ?? "use \(Self.list(operand.choices))")
        case .unexpectedOperand(let text, let command):
            Message(
                text, why: "'\(command)' does not take this argument",
                whatToDo: Self.suggestion(nil, help: command))
        }
    }

    private static func suggestion(_ nearest: String?, help command: String?) -> String {
        if let nearest { return "did you mean '\(nearest)'?" }
        // A program of one command, such as tremolo-load, is called by its own name.
        if let command, command.hasPrefix("tremolo-") { return "see '\(command) --help'" }
        return "see 'tremolo \(command.map { "\($0) " } ?? "")--help'"
    }

    private static func list(_ choices: [String]) -> String {
        guard choices.count > 1, let last = choices.last else { return choices.first ?? "another value" }
        return choices.dropLast().joined(separator: ", ") + " or " + last
    }
}
