import Bytes
package import Campaigns

/// An answer's rows as CSV (RFC 4180): a heading, then a line for each row, each ended by CR LF.
///
/// The columns are those asked for (a column of ids is followed by one of names, `secName` behind `sec`), then every
/// figure under its place in JSON (`clicks.total`), then `uniqueComplete`. Which columns there are depends on the
/// question alone. What is not known is an empty cell. When the figures were taken and the accounting stand in JSON and
/// in the table.
///
/// A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers are never touched.
/// For a terminal, a text is escaped as in a table (`TerminalText`); into a pipe or file it goes as it is.
package struct CSVReport: Sendable {
    private let answer: ReportAnswer
    private let isForTerminal: Bool

    /// Makes a report of an answer; `isForTerminal` when a person's terminal shows it.
    package init(_ answer: ReportAnswer, isForTerminal: Bool = false) {
        self.answer = answer
        self.isForTerminal = isForTerminal
    }

    /// The whole file, UTF-8 without a byte order mark.
    package func bytes() -> [UInt8] {
        var output: [UInt8] = []
        append(heading, to: &output)
        for row in answer.rows { append(cells(of: row), to: &output) }
        return output
    }

    private var heading: [String] {
        var names: [String] = []
        for column in answer.columns {
            names.append(column.rawValue)
            if column.hasNames { names.append("\(column.rawValue)Name") }
        }
        names += FigureColumn.all.map(\.path) + ["uniqueComplete"]
        return answer.columns.contains(.host) ? names + ["firstSeen", "lastSeen", "sample"] : names
    }

    private func cells(of row: ReportRow) -> [String] {
        var cells: [String] = []
        for (column, value) in zip(answer.columns, row.values) {
            cells.append(cell(value.text))
            if column.hasNames { cells.append(cell(value.name)) }
        }
        cells += FigureColumn.all.map { Self.number($0.figure(row)) }
        cells.append(row.uniqueComplete ? "true" : "false")
        if answer.columns.contains(.host) {
            cells += [
                row.host.map { RFC3339.string($0.firstSeenNanoseconds) } ?? "",
                row.host.map { RFC3339.string($0.lastSeenNanoseconds) } ?? "", cell(row.host?.sample),
            ]
        }
        return cells
    }

    private func cell(_ text: String?) -> String {
        guard let text else { return "" }
        return CSVCell.text(isForTerminal ? TerminalText.escape(text) : text)
    }

    private static func number(_ figure: Figure) -> String {
        switch figure {
        case .count(let value), .people(let value, _): value.map { String($0) } ?? ""
        case .rate(let rate): rate.map { String(describing: $0.value) } ?? ""
        }
    }

    private func append(_ cells: [String], to output: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: cell.utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
    }
}

extension ReportColumn {
    /// True for ids that people give names to.
    var hasNames: Bool {
        switch self {
        case .sec, .expId, .expVer, .va: true
        default: false
        }
    }
}
