import Bytes
import Campaigns

/// What is said below a table.
struct TableNotes {
    private let answer: ReportAnswer
    private let notes: [String]

    init(_ answer: ReportAnswer, notes: [String]) {
        self.answer = answer
        self.notes = notes
    }

    var sentences: [String] {
        [moment] + notes.map(TerminalText.escape) + [machines] + lowerBounds + [accounting]
    }

    private var moment: String {
        guard answer.asOfNanoseconds > 0 else { return "as of no event yet" }
        return "as of \(RFC3339.string(answer.asOfNanoseconds, fractionDigits: 0))"
    }

    private var machines: String {
        let version = answer.rulesVersion.map { " (rules \(TerminalText.escape($0)))" } ?? ""
        let pending = answer.accounting.pending
        let open = pending == 0 ? "" : "; \(FigureText.count(pending)) events are provisional"
        let meaning = "total counts them; people are classes human and proxy\(open)"
        // A link with two repairs stands in two rows, so that these can't be added up.
        guard !answer.columns.contains(.repair) else { return "machines\(version): \(meaning)" }
        let clicks = answer.rows.map(\.clicks)
        let opens = answer.rows.map(\.opens)
        let machines = "\(Self.share(clicks, \.machine, "click")) and \(Self.share(opens, \.machine, "open"))"
        let prefetched = "\(Self.sum(clicks, \.prefetch)) and \(Self.sum(opens, \.prefetch))"
        return "machines\(version): \(machines); prefetched: \(prefetched); \(meaning)"
    }

    /// Such as `12 of 1,000 clicks`.
    private static func share(
        _ figures: [EngagementFigures], _ part: KeyPath<EngagementFigures, UInt64>, _ kind: String
    ) -> String {
        let total = sum(figures, \.total)
        return "\(sum(figures, part)) of \(total) \(kind)\(total == "1" ? "" : "s")"
    }

    private static func sum(_ figures: [EngagementFigures], _ part: KeyPath<EngagementFigures, UInt64>) -> String {
        FigureText.count(figures.reduce(UInt64(0)) { $0 &+ $1[keyPath: part] })
    }

    private var lowerBounds: [String] {
        guard answer.rows.contains(where: { !$0.uniqueComplete }) else { return [] }
        return ["≥: the cap on people of a section and day was reached, so that there are at least so many"]
    }

    /// Such as `8,291 received = 8,288 counted + 3 waiting`: what is 0 is left out, but for `counted`.
    private var accounting: String {
        let entries = answer.accounting.entries
        let parts = ["counted", "pending", "damaged", "expired", "waiting", "lost"].compactMap { name in
            entries.first { $0.name == name && ($0.events > 0 || name == "counted") }
        }
        let sum = parts.map { "\(FigureText.count($0.events)) \($0.name)" }.joined(separator: " + ")
        return "accounting: \(FigureText.count(answer.accounting.received)) received = \(sum)"
    }
}
