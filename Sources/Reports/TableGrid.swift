import Bytes
import Campaigns

/// The cells of a table and how they share its width.
struct TableGrid {
    /// A cell: a text, and the name that stands in front of it (the text then in brackets) as far as there is room.
    private struct Cell {
        let text: String
        let name: String?

        init(_ text: String, name: String? = nil) {
            self.text = text
            self.name = name
        }

        var whole: String { name.map { "\($0) (\(text))" } ?? text }

        func cut(toColumns columns: Int) -> String {
            guard let name, TerminalText.columnCount(of: whole) > columns else {
                return TerminalText.cut(whole, toColumns: columns)
            }
            let room = columns - TerminalText.columnCount(of: " (\(text))")
            guard room >= 2 else { return TerminalText.cut(text, toColumns: columns) }
            return "\(TerminalText.cut(name, toColumns: room)) (\(text))"
        }
    }

    /// One column: its cells, and whether they are texts (aligned to the left) or numbers.
    private struct Column {
        let group: String
        let heading: String
        /// How the column is called where it is left out.
        let name: String
        let cells: [Cell]
        let isText: Bool
        /// Of the figures, those with the highest rank are left out first.
        let rank: Int
        var width: Int

        init(group: String = "", heading: String, name: String, cells: [Cell], isText: Bool, rank: Int = 0) {
            self.group = group
            self.heading = heading
            self.name = name
            self.cells = cells
            self.isText = isText
            self.rank = rank
            width = cells.reduce(TerminalText.columnCount(of: heading)) {
                max($0, TerminalText.columnCount(of: $1.whole))
            }
        }
    }

    private static let gap = 2
    /// A text is not cut below this many columns.
    private static let textColumnsMin = 8

    /// The lines, without line feeds and without spaces at their ends.
    let lines: [String]
    /// What did not fit, in one sentence, or nothing.
    let missing: [String]

    init(_ answer: ReportAnswer, columns: Int?) {
        var shown = Self.textColumns(answer)
        let figures = Self.figureColumns(answer)
        var left: [Column] = []
        if let columns {
            let kept = Self.fitting(figures, beside: &shown, columns: columns)
            left = figures.filter { figure in !kept.contains { $0.name == figure.name } }
            shown += kept
        } else {
            shown += figures
        }
        lines = Self.draw(shown, rowCount: answer.rows.count)
        missing = left.isEmpty ? [] : [left.map(\.name).joined(separator: ", ") + " (--format csv has everything)"]
    }

    // MARK: Columns

    private static func textColumns(_ answer: ReportAnswer) -> [Column] {
        var columns: [Column] = []
        for (index, column) in answer.columns.enumerated() {
            let cells = answer.rows.map { row in
                row.values.indices.contains(index) ? cell(row.values[index]) : Cell(FigureText.unknown)
            }
            columns.append(Column(heading: column.rawValue, name: column.rawValue, cells: cells, isText: true))
        }
        guard answer.columns.contains(.host) else { return columns }
        let sightings: [(String, (HostSighting) -> String)] = [
            ("firstSeen", { time($0.firstSeenNanoseconds) }), ("lastSeen", { time($0.lastSeenNanoseconds) }),
            ("sample", { TerminalText.escape($0.sample) }),
        ]
        return columns
            + sightings.map { name, text in
                let cells = answer.rows.map { Cell($0.host.map(text) ?? FigureText.unknown) }
                return Column(heading: name, name: name, cells: cells, isText: true)
            }
    }

    /// An id with its name beside it. An absent or empty field is shown as such, so that a row is never headed by
    /// nothing.
    private static func cell(_ value: ReportValue) -> Cell {
        guard let text = value.text else { return Cell(FigureText.unknown) }
        let id = text.isEmpty ? "(empty)" : TerminalText.escape(text)
        guard let name = value.name else { return Cell(id) }
        return Cell(id, name: TerminalText.escape(name))
    }

    private static func time(_ nanoseconds: UInt64) -> String {
        RFC3339.string(nanoseconds, fractionDigits: 0)
    }

    private static func figureColumns(_ answer: ReportAnswer) -> [Column] {
        FigureColumn.all.compactMap { column in
            let figures = answer.rows.map(column.figure)
            let always = ["total", "people", "machine"].contains(column.heading)
            guard always || figures.contains(where: \.saysSomething) else { return nil }
            let isGrouped = column.group == .clicks || column.group == .opens
            return Column(
                group: isGrouped ? column.group.rawValue : "", heading: column.heading, name: column.path,
                cells: figures.map { Cell(FigureText.text($0)) }, isText: false, rank: rank(of: column.path))
        }
    }

    /// The figures that people ask for first, in that order; then the others.
    private static let importance = [
        "clicks.total", "opens.total", "clicks.people", "opens.people", "clickRate", "openRate", "clicks.machine",
        "opens.machine", "clickToOpenRate", "sent", "clickThroughRate", "clicks.refused", "clicks.asked",
        "clicks.unique",
        "opens.unique", "opens.prefetch", "opens.proxy", "delivered",
    ]

    /// So many of the most important figures are worth cutting texts for.
    private static let wantedFigures = 5

    private static func rank(of path: String) -> Int {
        importance.firstIndex(of: path) ?? importance.count
    }

    // MARK: Width

    /// The figures that fit, and the texts narrowed so that at least the most important figures do.
    private static func fitting(_ figures: [Column], beside texts: inout [Column], columns: Int) -> [Column] {
        let ranked = figures.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        let wanted = ranked.reduce(0) { $0 + ($1.element.rank < wantedFigures ? $1.element.width + gap : 0) }
        narrow(&texts, to: max(0, columns - wanted))
        var room = columns - texts.reduce(0) { $0 + $1.width + gap } + gap
        var kept: Set<Int> = []
        for (offset, figure) in ranked {
            guard room >= figure.width + gap || kept.isEmpty else { break }
            kept.insert(offset)
            room -= figure.width + gap
        }
        return figures.enumerated().filter { kept.contains($0.offset) }.map(\.element)
    }

    /// Cuts the widest texts first until all of them together take at most `columns`, or none can be cut further.
    private static func narrow(_ texts: inout [Column], to columns: Int) {
        var excess = texts.reduce(0) { $0 + $1.width + gap } - gap - columns
        while excess > 0, let widest = texts.indices.max(by: { texts[$0].width < texts[$1].width }) {
            let floor = max(textColumnsMin, TerminalText.columnCount(of: texts[widest].heading))
            guard texts[widest].width > floor else { return }
            texts[widest].width -= 1
            excess -= 1
        }
    }

    // MARK: Drawing

    private static func draw(_ columns: [Column], rowCount: Int) -> [String] {
        var lines: [String] = []
        if columns.contains(where: { !$0.group.isEmpty }) { lines.append(groupLine(columns)) }
        lines.append(line(columns) { Cell($0.heading) })
        lines.append(columns.map { String(repeating: "─", count: $0.width) }.joined(separator: "  "))
        for row in 0..<rowCount { lines.append(line(columns) { $0.cells[row] }) }
        return lines
    }

    /// Each group's name stands once, above its first column.
    private static func groupLine(_ columns: [Column]) -> String {
        var text = ""
        var position = 0
        var last = ""
        for column in columns {
            if !column.group.isEmpty, column.group != last {
                text += String(repeating: " ", count: max(0, position - text.count)) + column.group
            }
            last = column.group
            position += column.width + gap
        }
        return text
    }

    private static func line(_ columns: [Column], _ cell: (Column) -> Cell) -> String {
        var text = ""
        for (index, column) in columns.enumerated() {
            let cut = cell(column).cut(toColumns: column.width)
            let padding = String(repeating: " ", count: column.width - TerminalText.columnCount(of: cut))
            if index > 0 { text += "  " }
            text += column.isText ? cut + padding : padding + cut
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
