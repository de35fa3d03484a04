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
        [moment] + notes.map(TerminalText.escape) + [machines] + earlier + lowerBounds + ["accounting: \(sums)"]
    }

    /// The same for whoever reads a page: whole sentences, in words that need no manual.
    var pageSentences: [String] {
        [Self.sentence(moment)] + notes.map { Self.sentence(TerminalText.escape($0)) } + machineSentences
            + (reachesCap
                ? ["“At least” stands where more people came than are told apart in a section and day."] : [])
            + [Self.sentence("Where every event is: " + sums)]
    }

    private static func sentence(_ words: String) -> String {
        let text = words.prefix(1).uppercased() + words.dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }

    private var machineSentences: [String] {
        var sentences: [String] = []
        if !answer.columns.contains(.repair) {
            let (clicks, opens) = (answer.rows.map(\.clicks), answer.rows.map(\.opens))
            var parts = [
                "\(Self.share(clicks, \.machine, "click")) and \(Self.share(opens, \.machine, "open")) by machines",
                "\(Self.sum(clicks, \.prefetch)) clicks and \(Self.sum(opens, \.prefetch)) opens fetched ahead by mail "
                    + "services",
            ]
            if (clicks + opens).contains(where: { $0.unknown > 0 }) {
                parts.append(
                    "\(Self.sum(clicks, \.unknown)) clicks and \(Self.sum(opens, \.unknown)) opens of which no "
                        + "evidence was kept")
            }
            sentences.append("Told apart from people: \(parts.joined(separator: "; ")).")
        }
        var judged = "People are those who came themselves or through their mail service’s proxy"
        if let version = answer.rulesVersion { judged += ", by rule set \(TerminalText.escape(version))" }
        sentences.append(judged + ".")
        if answer.accounting.pending > 0 {
            let count = answer.accounting.pending
            sentences.append(
                "\(FigureText.count(count)) event\(count == 1 ? " is" : "s are") provisional: what comes within "
                    + "seconds may still change who it was.")
        }
        return sentences
    }

    private var moment: String {
        guard answer.asOfNanoseconds > 0 else { return "as of no event yet" }
        return "as of \(RFC3339.string(answer.asOfNanoseconds, fractionDigits: 0))"
    }

    private var machines: String {
        let version = answer.rulesVersion.map { " (rules \(TerminalText.escape($0)))" } ?? ""
        let pending = answer.accounting.pending
        let open = pending == 0 ? "" : "; \(FigureText.count(pending)) events are provisional"
        let crowded = answer.crowdedEvents
        let alone =
            crowded == 0
            ? ""
            : "; no timing rule looked at \(FigureText.count(crowded)) event\(crowded == 1 ? "" : "s") of everything "
                + "that was received, because too many came in one second"
        let meaning = "total counts them; people are classes human and proxy\(open)\(alone)"
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

    /// Rates of a range that begins after a sending count its people and not its messages.
    private var earlier: [String] {
        guard !answer.scope.earlierSends.isEmpty,
            answer.rows.contains(where: { $0.openRate != nil || $0.clickRate != nil })
        else { return [] }
        return ["messages were sent before this time, and who opened may have had one: open and click rates mislead"]
    }

    /// Rows are short of people because of the cap: what sealed people lack is told in a note.
    private var reachesCap: Bool {
        answer.sealedPeople.map(\.reachesCap) ?? answer.rows.contains { !$0.uniqueComplete }
    }

    private var lowerBounds: [String] {
        guard reachesCap else { return [] }
        return ["≥: the cap on people of a section and day was reached, so that there are at least so many"]
    }

    /// Such as `8,291 received = 8,288 counted + 3 waiting`: what is 0 is left out, but for `counted`.
    private var sums: String {
        let entries = answer.accounting.entries
        let parts = ["counted", "pending", "damaged", "expired", "waiting", "lost"].compactMap { name in
            entries.first { $0.name == name && ($0.events > 0 || name == "counted") }
        }
        let sum = parts.map { "\(FigureText.count($0.events)) \($0.name)" }.joined(separator: " + ")
        return "\(FigureText.count(answer.accounting.received)) received = \(sum)"
    }
}
