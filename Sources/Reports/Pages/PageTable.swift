import Campaigns
import TrackingLinks

/// A table of a page: a heading a row, then its cells. Nothing is cut and nothing scrolls sideways on a phone.
struct PageTable {
    struct Column {
        let heading: Markup
        /// How its cells are called where the headings are out of sight.
        let label: String
        let style: String

        /// A column of numbers.
        static func number(_ label: String, _ more: String = "") -> Column {
            Column(heading: more.isEmpty ? "\(label)" : "\(label)<small>\(more)</small>", label: label, style: "n")
        }

        /// A column of numbers that a phone has no room for.
        static func spare(_ label: String) -> Column { Column(heading: "\(label)", label: label, style: "n s") }

        /// A column of bars.
        static let bar = Column(heading: "<span aria-hidden=\"true\"></span>", label: "", style: "b")
        /// A column of anything else.
        static func other(_ label: String) -> Column { Column(heading: "\(label)", label: label, style: "") }
    }

    /// What a row does where there is no room beside each other.
    enum Narrow: String {
        /// It becomes a block, each cell a line.
        case fold
        /// It leaves out its bar and what is spare.
        case rank
    }

    var narrow = Narrow.fold
    let caption: String
    let first: String
    let columns: [Column]
    var rows: [(heading: Markup, cells: [Markup])] = []

    /// The table's markup.
    var markup: Markup {
        let headings = columns.map { column -> Markup in
            column.label.isEmpty
                ? "<td class=\"\(column.style)\"></td>"
                : "<th scope=\"col\" class=\"\(column.style)\">\(column.heading)</th>"
        }
        let body = rows.map { row -> Markup in
            let cells = zip(columns, row.cells).map { column, cell -> Markup in
                "<td class=\"\(column.style)\" data-label=\"\(column.label)\"><span>\(cell)</span></td>"
            }
            return "<tr><th scope=\"row\">\(row.heading)</th>\(cells.joined())</tr>\n"
        }
        return """
            <table class="\(narrow.rawValue)"><caption>\(caption)</caption><thead><tr><th scope="col">\(first)</th>\
            \(headings.joined())</tr></thead><tbody>
            \(body.joined())</tbody></table>
            """
    }
}

/// Figures as pages write them.
enum PageFigure {
    static func count(_ value: UInt64?) -> String { value.map(FigureText.count) ?? FigureText.unknown }

    static func people(_ value: UInt64?, isComplete: Bool) -> String {
        value.map { (isComplete ? "" : "at least ") + FigureText.count($0) } ?? FigureText.unknown
    }

    /// Such as `3.4%` and, below it, `1,234 of 36,290`.
    static func rate(_ part: UInt64?, of whole: UInt64?) -> Markup {
        guard let percent = percent(part, of: whole) else { return "\(FigureText.unknown)" }
        return "\(percent)<small>\(fraction(part, of: whole))</small>"
    }

    /// Such as `3.4%`; nil where it is not known.
    static func percent(_ part: UInt64?, of whole: UInt64?) -> String? {
        guard let part, let whole, whole > 0 else { return nil }
        return FigureText.percent(Rate(value: Double(part) / Double(whole), part: part, whole: whole))
    }

    /// Such as `1,234 of 36,290`.
    static func fraction(_ part: UInt64?, of whole: UInt64?) -> String { "\(count(part)) of \(count(whole))" }

    /// Such as `1 campaign`, `2 campaigns`.
    static func count(_ value: Int, _ thing: String) -> String {
        "\(FigureText.count(UInt64(value))) \(thing)\(value == 1 ? "" : "s")"
    }

    /// An id with its name in front, or what stands for an absent one.
    static func value(_ value: ReportValue?, absent: String = "(none)") -> Markup {
        guard let value, let text = value.text else { return "\(absent)" }
        let id = text.isEmpty ? "(empty)" : TerminalText.escape(text)
        guard let name = value.name else { return "\(id)" }
        return "\(TerminalText.escape(name))<small>\(id)</small>"
    }

    /// A link that breaks where its parts do, not inside of its words.
    static func link(_ value: ReportValue?) -> Markup {
        guard let value, value.name == nil, let text = value.text, !text.isEmpty else { return Self.value(value) }
        var pieces: [Markup] = []
        var piece = ""
        for character in TerminalText.escape(text) {
            if let last = piece.last, linkSigns.contains(last), !linkSigns.contains(character) {
                pieces.append("\(piece)")
                piece = ""
            }
            piece.append(character)
        }
        return (pieces + ["\(piece)"]).joined("<wbr>")
    }

    private static let linkSigns: Set<Character> = ["/", "?", "&", "=", ".", "-", "_", ",", ";", "+"]

    /// What was done to a link, in words, and its id.
    static func repair(_ value: ReportValue?) -> Markup {
        guard let id = value?.text, let repair = LinkRepair.named.first(where: { $0.name == id })?.repair else {
            return Self.value(value)
        }
        return "\(repair.explanation.prefix(1).uppercased() + repair.explanation.dropFirst())<small>\(id)</small>"
    }

    /// How a request was answered, in words, and its id.
    static func outcome(_ value: ReportValue?) -> Markup {
        guard let id = value?.text, let outcome = Outcome.allCases.first(where: { "\($0.name)" == id }) else {
            return Self.value(value)
        }
        let words =
            switch outcome {
            case .redirected: "Sent on to the target"
            case .asked: "Shown the host, and asked whether to go on"
            case .fallback: "Sent to the section’s fallback page"
            case .refused: "Refused"
            case .pixel: "Given the image of an open"
            }
        return "\(words)<small>\(id)</small>"
    }

    /// A value of a column.
    static func value(_ value: ReportValue, _ column: ReportColumn) -> Markup {
        switch column {
        case .link: link(value)
        case .repair: repair(value)
        case .outcome: outcome(value)
        default: Self.value(value)
        }
    }

    /// The same in one line of text.
    static func words(_ value: ReportValue?) -> String {
        guard let value, let text = value.text else { return "(none)" }
        return value.name ?? (text.isEmpty ? "(empty)" : text)
    }
}

extension EngagementFigures {
    /// Events as the view counts them.
    func events(_ count: PageView.Count) -> UInt64 { count == .people ? byPeople : total }

    /// People as the view counts them.
    func persons(_ count: PageView.Count) -> UInt64? { count == .people ? people : unique }
}

extension PageView.Count {
    /// The classes that are drawn.
    var classes: [ClassSeries] { self == .people ? ClassSeries.people : ClassSeries.allCases }
}
