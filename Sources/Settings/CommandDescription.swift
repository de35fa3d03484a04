/// A command of the program, as data: arguments are read by it, and help, manual page and completions are made of it.
package struct CommandDescription: Equatable, Sendable {
    /// The word or words that choose it, such as `report` or `config check`.
    package let name: String
    /// What it does, in one line that begins with a small letter and ends without a full stop.
    package let summary: String
    /// What else a person should know, as paragraphs.
    package let details: [String]
    /// What stands behind the flags.
    package let operands: [OperandDescription]
    /// The flags of its own; those that every command shares are given to `ArgumentReader`.
    package let flags: [FlagDescription]
    /// Command lines to learn from, without the program's name in front.
    package let examples: [String]

    /// Describes a command.
    package init(
        name: String, summary: String, details: [String] = [], operands: [OperandDescription] = [],
        flags: [FlagDescription] = [], examples: [String] = []
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.operands = operands
        self.flags = flags
        self.examples = examples
    }
}

/// A flag of a command, as data.
package struct FlagDescription: Equatable, Sendable {
    /// Its name without the dashes, such as `flush-interval`.
    package let name: String
    /// What stands for its value in help, such as `SECONDS`; nil for a switch, which takes none.
    package let value: String?
    /// What it does, in one sentence without a full stop.
    package let summary: String
    /// The value that counts when the flag is missing, for help alone.
    package let standard: String?
    /// The only values that it takes, or empty when any will do.
    package let choices: [String]
    /// True when it may be given more than once.
    package let repeats: Bool

    /// Describes a flag that takes a value.
    package init(
        _ name: String, value: String, summary: String, standard: String? = nil, choices: [String] = [],
        repeats: Bool = false
    ) {
        self.name = name
        self.value = value
        self.summary = summary
        self.standard = standard
        self.choices = choices
        self.repeats = repeats
    }

    /// Describes a switch, which takes no value.
    package init(switch name: String, summary: String) {
        self.name = name
        self.value = nil
        self.summary = summary
        self.standard = nil
        self.choices = []
        self.repeats = false
    }

    /// The flag as a person types it, such as `--flush-interval SECONDS`.
    package var spelling: String { "--\(name)" + (value.map { " \($0)" } ?? "") }

    /// What it does with its choices and its default, as help and the manual page say it.
    package var explanation: String {
        summary + (choices.isEmpty ? "" : ": \(choices.joined(separator: ", "))")
            + (repeats ? "; may be repeated" : "") + (standard.map { " (default: \($0))" } ?? "")
    }

    /// What a shell can offer for its value; nil for a switch.
    package var offer: ArgumentOffer? { value.map { ArgumentOffer(placeholder: $0, choices: choices) } }
}

/// An argument of a command that is no flag, as data.
package struct OperandDescription: Equatable, Sendable {
    /// What stands for it in help, such as `URL`.
    package let name: String
    /// What it is, in one sentence without a full stop.
    package let summary: String
    /// True when the command can do without it.
    package let isOptional: Bool
    /// True when it may be given more than once. Only the last operand of a command repeats.
    package let repeats: Bool
    /// True when an empty text says something; else one is refused.
    package let mayBeEmpty: Bool
    /// The only values that it takes, or empty when any will do.
    package let choices: [String]

    /// Describes an operand.
    package init(
        _ name: String, summary: String, isOptional: Bool = false, repeats: Bool = false, mayBeEmpty: Bool = false,
        choices: [String] = []
    ) {
        self.name = name
        self.summary = summary
        self.isOptional = isOptional
        self.repeats = repeats
        self.mayBeEmpty = mayBeEmpty
        self.choices = choices
    }

    /// The operand as a usage line shows it, such as `[URL]...`.
    package var spelling: String { (isOptional ? "[\(name)]" : name) + (repeats ? "..." : "") }

    /// What it is with its choices, as help and the manual page say it.
    package var explanation: String {
        summary + (choices.isEmpty ? "" : ": \(choices.joined(separator: ", "))")
    }

    /// What a shell can offer for it.
    package var offer: ArgumentOffer { ArgumentOffer(placeholder: name, choices: choices) }
}
