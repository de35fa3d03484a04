extension ShellCompletion {
    /// The script for fish 3.0 and newer.
    func fishLines() -> [String] {
        let awaiting = reader.sharedFlags.filter { $0.value != nil }.map { "--\($0.name)" }.joined(separator: " ")
        var lines = [
            "# Completion of \(program) in fish. Made by '\(program) completion fish'.",
            "",
            "# True when the words before the cursor have chosen this command, or begun it; '' is none.",
            "function __\(program)_in",
            "    set -l words (commandline -opc)",
            "    set -l chosen",
            "    set -l awaited no",
            "    for word in $words[2..-1]",
            "        if test $awaited = yes",
            "            set awaited no",
            "            continue",
            "        end",
            "        switch $word",
            "            case \(awaiting)",
            "                set awaited yes",
            "            case '-*' help",
            "            case '*'",
            "                set -a chosen $word",
            "                contains -- \"$chosen\" \(groupNames) || break",
            "        end",
            "    end",
            "    test \"$chosen\" = \"$argv[1]\"",
            "end",
            "",
            "complete -c \(program) -f",
        ]
        lines += commonFlags.map { fishFlag($0, command: nil) }
        for word in words { lines.append(fishWord(word.name, word.summary, behind: "")) }
        lines.append(fishWord("help", Self.helpSummary, behind: ""))
        for word in words {
            for part in word.parts { lines.append(fishWord(part.lastWord, part.summary, behind: word.name)) }
        }
        for command in reader.commands {
            lines += command.flags.map { fishFlag($0, command: command.name) }
            lines += command.operands.compactMap { operand in
                guard operand.offer != .nothing else { return nil }
                return "complete -c \(program) \(condition(command.name)) \(fishValue(operand.offer))"
            }
        }
        return lines
    }

    private var groupNames: String {
        words.filter { !$0.parts.isEmpty }.map(\.name).joined(separator: " ")
    }

    private func condition(_ command: String) -> String {
        "-n \(Self.fishQuoted("__\(program)_in \(Self.fishQuoted(command))"))"
    }

    private func fishWord(_ word: String, _ summary: String, behind command: String) -> String {
        "complete -c \(program) \(condition(command)) -a \(word) -d \(Self.fishQuoted(summary))"
    }

    private func fishFlag(_ flag: FlagDescription, command: String?) -> String {
        let place = command.map { " \(condition($0))" } ?? ""
        let value = flag.offer.map { $0 == .file ? " -r \(fishValue($0))" : " -x \(fishValue($0))" } ?? ""
        let words = "complete -c \(program)\(place) -l \(flag.name)\(value)".split(separator: " ").joined(
            separator: " ")
        return "\(words) -d \(Self.fishQuoted(flag.summary))"
    }

    private func fishValue(_ offer: ArgumentOffer) -> String {
        switch offer {
        case .nothing: ""
        case .choices(let choices): "-a \(Self.fishQuoted(choices.joined(separator: " ")))"
        case .file: "-F"
        case .folder: "-a '(__fish_complete_directories (commandline -ct))'"
        }
    }

    /// A text as one word of fish.
    private static func fishQuoted(_ text: String) -> String {
        "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }
}
