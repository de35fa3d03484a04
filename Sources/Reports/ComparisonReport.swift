import Bytes
package import Campaigns

/// What other rules would change, as a table, JSON or CSV: the figures of each row before and after, and the verdicts
/// that differ. Figures that are 0 or not known on both sides are left out but in JSON, which has all of them.
package struct ComparisonReport {
    let comparison: RulesComparison
    private let notes: [String]

    /// The figures that rules decide, with the total that they add up to.
    static let figures = FigureColumn.all.filter { column in
        (column.group == .clicks || column.group == .opens) && !["asked", "refused"].contains(column.heading)
    }

    /// Makes a report of a comparison.
    ///
    /// - Parameter notes: what else a person should know, a sentence each. Only a table shows them.
    package init(_ comparison: RulesComparison, notes: [String] = []) {
        self.comparison = comparison
        self.notes = notes
    }

    /// The report in a format, ready for standard output.
    ///
    /// - Parameter columns: the terminal's width, or nil when the output is no terminal. In a table examples are cut to
    ///   it; JSON is indented and the texts of CSV are escaped where there is one.
    /// - Returns: nil for a page: there is none of a comparison.
    package func render(_ format: ReportFormat, columns: Int?) -> [UInt8]? {
        switch format {
        case .table: Array(table(terminalColumns: columns).utf8)
        case .json: json(layout: columns == nil ? .compact : .pretty)
        case .csv: csv(isForTerminal: columns != nil)
        case .html: nil
        }
    }

    // MARK: Lines

    /// A figure of a row before and after.
    struct Line {
        let row: RulesComparison.Row
        let figure: FigureColumn
        let before: UInt64?
        let after: UInt64?
        let isComplete: Bool

        var change: String? {
            guard let before, let after else { return nil }
            return after >= before ? "\(after - before)" : "-\(before - after)"
        }

        init(_ row: RulesComparison.Row, _ figure: FigureColumn) {
            self.row = row
            self.figure = figure
            // A row that only one side has is a row of nothing on the other.
            let values = (row.before ?? row.after)?.values ?? []
            let nothing = ReportRow(
                values: values, clicks: EngagementFigures(unique: 0, people: 0),
                opens: EngagementFigures(unique: 0, people: 0))
            (before, _) = Self.count(figure.figure(row.before ?? nothing))
            (after, isComplete) = Self.count(figure.figure(row.after ?? nothing))
        }

        private static func count(_ figure: Figure) -> (UInt64?, Bool) {
            switch figure {
            case .count(let value): (value, true)
            case .people(let value, let isComplete): (value, isComplete)
            case .rate: (nil, true)
            }
        }
    }

    private var lines: [Line] {
        comparison.rows.flatMap { row in Self.figures.map { Line(row, $0) } }.filter {
            $0.before ?? 0 > 0 || $0.after ?? 0 > 0
        }
    }

    var columns: [ReportColumn] { comparison.before.columns }

    static func values(_ row: RulesComparison.Row) -> [ReportValue] {
        (row.before ?? row.after)?.values ?? []
    }

    // MARK: Table

    private func table(terminalColumns: Int?) -> String {
        var text = ""
        let lines = lines
        if lines.isEmpty {
            text += "No click and no open matches.\n"
        } else {
            let heading = columns.map(\.rawValue) + ["", "before", "after", "change"]
            let cells = lines.map { line in
                Self.values(line.row).map(Self.label)
                    + [
                        line.figure.path.replacing(".", with: " "),
                        line.before.map(FigureText.count) ?? FigureText.unknown,
                        line.after.map(FigureText.count) ?? FigureText.unknown, Self.signed(line.change),
                    ]
            }
            text += Self.aligned([heading] + cells, numbers: columns.count + 1...columns.count + 3)
        }
        text += "\n"
        if comparison.transitions.isEmpty {
            text += "No verdict changes.\n"
        } else {
            let heading = ["from", "to", "clicks", "opens", "for example"]
            var cells = comparison.transitions.map { transition in
                [
                    Self.words(transition.from), Self.words(transition.to), FigureText.count(transition.clicks),
                    FigureText.count(transition.opens),
                    transition.userAgent.map(TerminalText.escape) ?? "(no user agent)",
                ]
            }
            if let terminalColumns {
                let taken = (0..<4).reduce(0) { $0 + Self.width(of: $1, in: [heading] + cells) + 2 }
                for row in cells.indices {
                    cells[row][4] = TerminalText.cut(
                        cells[row][4], toColumns: max(Self.agentColumnsMin, terminalColumns - taken))
                }
            }
            text += Self.aligned([heading] + cells, numbers: 2...3)
        }
        return text + "\n" + sentences.map { TerminalText.escape($0) + "\n" }.joined()
    }

    private static let agentColumnsMin = 12

    private var sentences: [String] {
        let (before, after) = (comparison.before, comparison.after)
        let moved = comparison.transitions.filter { $0.from.className != $0.to.className }
        let reasons = comparison.transitions.filter { $0.from.className == $0.to.className }
        let moment =
            before.asOfNanoseconds > 0 ? RFC3339.string(before.asOfNanoseconds, fractionDigits: 0) : "no event yet"
        return [
            "as of \(moment), from the journal: rules \(before.rulesVersion ?? "") are in use, "
                + "\(after.rulesVersion ?? "") are compared",
            "\(Self.events(moved)) would be of another class, and \(Self.events(reasons)) of the same for another "
                + "reason; nothing is changed by this",
        ] + notes
    }

    private static func events(_ transitions: [RulesComparison.Transition]) -> String {
        let count = transitions.reduce(0) { $0 + $1.events }
        return "\(FigureText.count(count)) event\(count == 1 ? "" : "s")"
    }

    private static func words(_ verdict: RulesComparison.Verdict) -> String {
        "\(verdict.className) (\(TerminalText.escape(verdict.reason)))"
    }

    private static func label(_ value: ReportValue) -> String {
        guard let text = value.text else { return FigureText.unknown }
        let id = text.isEmpty ? "(empty)" : TerminalText.escape(text)
        return value.name.map { "\(TerminalText.escape($0)) (\(id))" } ?? id
    }

    /// A change with its sign.
    private static func signed(_ change: String?) -> String {
        guard let change else { return FigureText.unknown }
        guard change != "0" else { return "0" }
        let isLess = change.hasPrefix("-")
        return (isLess ? "-" : "+") + FigureText.count(UInt64(isLess ? String(change.dropFirst()) : change) ?? 0)
    }

    /// Rows under a heading: texts to the left, numbers to the right.
    private static func aligned(_ rows: [[String]], numbers: ClosedRange<Int>) -> String {
        let widths = (rows.first ?? []).indices.map { width(of: $0, in: rows) }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(
                    repeating: " ", count: widths[column] - TerminalText.columnCount(of: cell))
                text += (column > 0 ? "  " : "") + (numbers.contains(column) ? padding + cell : cell + padding)
            }
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
        return (rows.first.map(line) ?? "") + rule + rows.dropFirst().map(line).joined()
    }

    private static func width(of column: Int, in rows: [[String]]) -> Int {
        rows.reduce(0) { max($0, TerminalText.columnCount(of: $1[column])) }
    }

    // MARK: CSV

    /// Two kinds of lines under one heading: `figure` with the question's columns, and `verdict` with what differs.
    private func csv(isForTerminal: Bool) -> [UInt8] {
        func cell(_ text: String?) -> String {
            guard let text else { return "" }
            return CSVCell.text(isForTerminal ? TerminalText.escape(text) : text)
        }
        let names = columns.flatMap { column in
            column.hasNames ? [column.rawValue, "\(column.rawValue)Name"] : [column.rawValue]
        }
        let verdictColumns = ["fromClass", "fromReason", "toClass", "toReason", "clicks", "opens", "userAgent"]
        var rows = [["line"] + names + ["figure", "before", "after", "change"] + verdictColumns]
        for line in lines {
            var cells = ["figure"]
            for (column, value) in zip(columns, Self.values(line.row)) {
                cells.append(cell(value.text))
                if column.hasNames { cells.append(cell(value.name)) }
            }
            cells += [
                line.figure.path, line.before.map { "\($0)" } ?? "", line.after.map { "\($0)" } ?? "",
                line.change ?? "",
            ]
            rows.append(cells + verdictColumns.map { _ in "" })
        }
        for transition in comparison.transitions {
            rows.append(
                ["verdict"] + names.map { _ in "" } + ["", "", "", ""] + [
                    transition.from.className, cell(transition.from.reason),
                    transition.to.className, cell(transition.to.reason), "\(transition.clicks)",
                    "\(transition.opens)", cell(transition.userAgent),
                ])
        }
        return Array(rows.map { $0.joined(separator: ",") + "\r\n" }.joined().utf8)
    }
}
