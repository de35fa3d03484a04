import Bytes
package import Campaigns

/// An answer as a table for a person: aligned numbers, rates with their fractions, and below it when the figures were
/// taken, how machines were kept apart and where every event went.
///
/// On a terminal the table fits its width: long texts are cut, then figures are left out from the least important one,
/// and a line below names what is missing. Without a width nothing is cut. Figures that are unknown in every row, and
/// classes that nobody belongs to, take no room. Texts from the network pass `TerminalText`.
package struct TableReport: Sendable {
    private let answer: ReportAnswer
    private let columns: Int?
    private let notes: [String]

    /// Makes a report of an answer.
    ///
    /// - Parameters:
    ///   - columns: the terminal's width, or nil when the table goes to a file or a pipe.
    ///   - notes: what else a person should know, a sentence each.
    package init(_ answer: ReportAnswer, columns: Int? = nil, notes: [String] = []) {
        self.answer = answer
        self.columns = columns
        self.notes = notes
    }

    /// The table and the lines below it, each line ended by a line feed.
    package func text() -> String {
        var lines: [String] = []
        var missing: [String] = []
        if answer.rows.isEmpty {
            lines.append("No click and no open matches.")
        } else {
            let grid = TableGrid(answer, columns: columns)
            lines += grid.lines + [""]
            missing = grid.missing.map { "left out to fit: \($0)" }
        }
        lines += wrapped(TableNotes(answer, notes: notes).sentences + missing)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Sentences wrapped at the width.
    private func wrapped(_ sentences: [String]) -> [String] {
        guard let columns else { return sentences }
        return sentences.flatMap { sentence in
            var lines: [String] = []
            var line = ""
            for word in sentence.split(separator: " ") {
                let isTooLong = !line.isEmpty && TerminalText.columnCount(of: line) + 1 + word.count > columns
                if isTooLong { lines.append(line) }
                line = line.isEmpty || isTooLong ? String(word) : "\(line) \(word)"
            }
            return lines + [line]
        }
    }
}
