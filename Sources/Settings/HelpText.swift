/// Help as plain text, made of the same descriptions that arguments are read by.
package struct HelpText: Equatable, Sendable {
    /// The program's name as a person types it.
    package let program: String
    /// What the program is, in one sentence.
    package let summary: String
    /// The commands and flags it is made of.
    package let reader: ArgumentReader
    /// Columns that lines are wrapped at, at least 40.
    package let columns: Int

    /// Makes help for a program.
    package init(program: String, summary: String, reader: ArgumentReader, columns: Int = 80) {
        self.program = program
        self.summary = summary
        self.reader = reader
        self.columns = max(40, columns)
    }

    /// The help on a topic, with a line break behind each line.
    package func text(on topic: HelpTopic) -> String {
        let lines =
            switch topic {
            case .program: programLines()
            case .parts(let name, let parts): partsLines(name, parts)
            case .command(let command): commandLines(command)
            }
        return lines.joined(separator: "\n") + "\n"
    }

    private func programLines() -> [String] {
        var lines = ["Usage: \(program) COMMAND [--flag value]...", ""]
        lines += wrapped(summary)
        lines += section("Commands", reader.commands.map { ($0.name, $0.summary) })
        lines += section("Flags that every command takes", reader.sharedFlags.map(row) + reader.ownFlags.map(row))
        return lines + ["", "Run '\(program) COMMAND --help' for what a command takes."]
    }

    private func partsLines(_ name: String, _ parts: [CommandDescription]) -> [String] {
        ["Usage: \(program) \(name) PART [--flag value]..."]
            + section("Parts", parts.map { ($0.name, $0.summary) })
            + ["", "Run '\(program) \(parts.first?.name ?? name) --help' for what a part takes."]
    }

    private func commandLines(_ command: CommandDescription) -> [String] {
        let operands = command.operands.map { " \($0.spelling)" }.joined()
        let call = reader.call(command, of: program)
        var lines = wrapped("Usage: \(call) [--flag value]...\(operands)", indent: 7) + [""]
        lines += wrapped("\(call) \(command.summary).")
        for paragraph in command.details { lines += [""] + wrapped(paragraph) }
        lines += section("Arguments", command.operands.map { ($0.name, $0.explanation) })
        lines += section("Flags", command.flags.map(row))
        lines += section("Flags that every command takes", reader.sharedFlags.map(row) + reader.ownFlags.map(row))
        if !command.examples.isEmpty {
            lines += ["", "Examples:"] + command.examples.map { "  \(program) \($0)" }
        }
        return lines
    }

    private func row(_ flag: FlagDescription) -> (String, String) { (flag.spelling, flag.explanation) }

    /// Rows of a name and its explanation, the explanations in one column.
    private func section(_ title: String, _ rows: [(String, String)]) -> [String] {
        guard !rows.isEmpty else { return [] }
        let widest = rows.map(\.0.count).filter { $0 <= 26 }.max() ?? 26
        var lines = ["", "\(title):"]
        for (name, explanation) in rows {
            let indent = widest + 4
            let text = wrapped(explanation, indent: indent, firstIndent: indent)
            if name.count <= widest, let first = text.first {
                let padding = String(repeating: " ", count: widest - name.count + 2)
                lines.append("  \(name)\(padding)\(first.dropFirst(indent))")
                lines += text.dropFirst()
            } else {
                lines.append("  \(name)")
                lines += text
            }
        }
        return lines
    }

    private func wrapped(_ text: String, indent: Int = 0, firstIndent: Int = 0) -> [String] {
        Self.lines(of: text, columns: columns, indent: indent, firstIndent: firstIndent)
    }

    /// A text in lines of so many columns, broken at spaces: what `HelpText` says, and others that print sentences.
    ///
    /// - Parameters:
    ///   - indent: columns in front of every line but the first.
    ///   - firstIndent: columns in front of the first line.
    package static func lines(of text: String, columns: Int, indent: Int, firstIndent: Int) -> [String] {
        var lines: [String] = []
        var line = String(repeating: " ", count: firstIndent)
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > columns {
                lines.append(line)
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }
}
