/// What a shell completes of a program's command lines, made of the same descriptions that arguments are read by:
/// commands and their parts, flags, choices, files and folders.
///
/// Each shell gets one script, which asks nothing of the program while somebody types.
package struct ShellCompletion: Equatable, Sendable {
    /// A shell that a script can be made for.
    package enum Shell: String, CaseIterable, Sendable {
        case bash
        case zsh
        case fish
    }

    let program: String
    let reader: ArgumentReader

    /// Describes the completion of a program.
    ///
    /// - Parameter program: the program's name as a person types it, of letters, digits and `_`, which is part of the
    ///   names of functions.
    package init(program: String, reader: ArgumentReader) {
        self.program = program
        self.reader = reader
    }

    /// The script that a shell reads.
    package func script(for shell: Shell) -> String {
        let lines =
            switch shell {
            case .bash: bashLines()
            case .zsh: zshLines()
            case .fish: fishLines()
            }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A first word of the command line: a command, or what several parts share.
    struct Word {
        let name: String
        let summary: String
        /// The commands behind it whose names have a second word.
        let parts: [CommandDescription]
        /// The command that the word alone chooses.
        let command: CommandDescription?

        /// The command alone, where no word can follow that chooses another.
        var onlyCommand: CommandDescription? { parts.isEmpty ? command : nil }
    }

    /// The first words, in the order of the commands.
    var words: [Word] {
        var words: [Word] = []
        for command in reader.commands {
            let name = String(command.name.prefix { $0 != " " })
            guard !words.contains(where: { $0.name == name }) else { continue }
            let parts = reader.commands.filter { $0.name.hasPrefix("\(name) ") }
            let own = reader.commands.first { $0.name == name }
            let summary = parts.count <= 1 ? command.summary : parts.map(\.lastWord).joined(separator: ", ")
            words.append(Word(name: name, summary: own?.summary ?? summary, parts: parts, command: own))
        }
        return words
    }

    /// The flags that every command takes.
    var commonFlags: [FlagDescription] { reader.sharedFlags + reader.ownFlags }

    /// What is said of the word `help`, which stands in front of a command.
    static let helpSummary = "explains a command"

    /// A text as one word of bash and zsh.
    static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}

extension CommandDescription {
    /// Its name without the word that it shares with others.
    var lastWord: String { String(name.split(separator: " ").last ?? "") }
}
