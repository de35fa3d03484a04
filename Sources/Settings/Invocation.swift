/// What a command line asks for.
package enum Invocation: Equatable, Sendable {
    /// To run a command.
    case command(ParsedArguments)
    /// To print help.
    case help(HelpTopic)
    /// To print the version.
    case version
}

/// What help is asked about.
package enum HelpTopic: Equatable, Sendable {
    /// The program as a whole.
    case program
    /// Commands that share their first word, such as `config check` and `config print`.
    case parts(of: String, [CommandDescription])
    /// One command.
    case command(CommandDescription)
}

/// The arguments of one command, as they were given.
package struct ParsedArguments: Equatable, Sendable {
    /// The command that was chosen.
    package let command: CommandDescription
    /// The arguments that are no flags, in their order. As many as the command asks for.
    package let operands: [String]
    private let values: [String: [String]]

    init(command: CommandDescription, operands: [String], values: [String: [String]]) {
        self.command = command
        self.operands = operands
        self.values = values
    }

    /// True when the flag (its name without dashes) was given.
    package func has(_ flag: String) -> Bool { values[flag] != nil }

    /// The value of a flag (its name without dashes), or nil when it was not given. Of a repeated flag, the last value.
    package func value(_ flag: String) -> String? { values[flag]?.last }

    /// Every value of a flag that repeats, in their order.
    package func values(_ flag: String) -> [String] { values[flag] ?? [] }
}
