import Bytes
package import Engagement
import TrackingLinks

/// Judges the events of a journal under two rule sets: both answers to a question are `JournalAnswer`'s, so that a
/// trial counts as a report does.
package final class RulesTrial {
    private let before: JournalAnswer
    private let after: JournalAnswer
    private let judges: (before: EventJudge<Seen?>, after: EventJudge<Void>)
    /// Verdicts whose other half is not out yet; events come out in the order in which they came.
    private var waiting: (before: [(seen: Seen?, verdict: RulesComparison.Verdict)], after: [RulesComparison.Verdict])
    private var changes: [Change: RulesComparison.Transition] = [:]

    private struct Change: Hashable {
        var from: RulesComparison.Verdict
        var to: RulesComparison.Verdict
    }

    /// What a transition tells of an event.
    private struct Seen {
        let isClick: Bool
        let userAgent: [UInt8]?
    }

    /// Begins with no event.
    ///
    /// - Parameters:
    ///   - sends: what was sent, whichever node recorded it.
    ///   - countries: tells the country of a cut address; nil where nobody can be asked.
    package init(
        _ question: ReportQuestion, before: RuleSet, after: RuleSet, sections: SectionDirectory,
        sends: [SendsRecord], countries: (any CountryLookup)? = nil
    ) {
        self.before = JournalAnswer(question, rules: before, sections: sections, countries: countries)
        self.after = JournalAnswer(question, rules: after, sections: sections, countries: countries)
        judges = (
            EventJudge(rules: before, sections: sections, sends: sends),
            EventJudge(rules: after, sections: sections, sends: sends)
        )
        waiting = ([], [])
        for send in sends {
            self.before.add(send)
            self.after.add(send)
        }
    }

    /// Adds one event where the question means it. Events come in the order of their order times.
    package func add(_ event: EventView, in payload: Span<UInt8>, node: UInt64) {
        let isMeant = before.add(event, in: payload, node: node)
        after.add(event, in: payload, node: node)
        var seen: Seen?
        // Refused events stand beside the classes: what changes adds up to what the figures differ by.
        if isMeant, event.outcome != .refused {
            seen = Seen(
                isClick: event.kind == .click,
                userAgent: event.range(of: .userAgent).map { payload.extracting($0.offsets).toArray() })
        }
        // Each at its own time: rules without windows hand out every event at once, and windows that were looked at
        // for each event would be judged over and over.
        if judges.before.append(seen, event, in: payload, node: node) { takeBefore(isAtEnd: false) }
        if judges.after.append((), event, in: payload, node: node) { takeAfter(isAtEnd: false) }
        pair()
    }

    /// How many verdicts of events were sought by both: what the trial costs.
    var judgings: Int { judges.before.judgings + judges.after.judgings }

    /// Adds a name.
    package func add(_ name: NameRecord) {
        before.add(name)
        after.add(name)
    }

    /// What was added comes to.
    package func comparison() -> RulesComparison {
        takeBefore(isAtEnd: true)
        takeAfter(isAtEnd: true)
        pair()
        return RulesComparison(
            before: before.answer(), after: after.answer(), transitions: changes.values.sorted(by: Self.precedes))
    }

    private func takeBefore(isAtEnd: Bool) {
        for (seen, judgement, _) in judges.before.take(isAtEnd: isAtEnd) {
            waiting.before.append((seen, Self.verdict(judgement, judges.before.classifier)))
        }
    }

    private func takeAfter(isAtEnd: Bool) {
        for (_, judgement, _) in judges.after.take(isAtEnd: isAtEnd) {
            waiting.after.append(Self.verdict(judgement, judges.after.classifier))
        }
    }

    /// Counts the events of which both verdicts are out.
    private func pair() {
        let pairs = min(waiting.before.count, waiting.after.count)
        guard pairs > 0 else { return }
        for (one, to) in zip(waiting.before, waiting.after) {
            if let seen = one.seen { count(seen, from: one.verdict, to: to) }
        }
        waiting.before.removeFirst(pairs)
        waiting.after.removeFirst(pairs)
    }

    private func count(_ seen: Seen, from: RulesComparison.Verdict, to: RulesComparison.Verdict) {
        guard from != to else { return }
        let change = Change(from: from, to: to)
        var transition =
            changes[change]
            ?? RulesComparison.Transition(
                from: from, to: to, clicks: 0, opens: 0,
                userAgent: seen.userAgent.map { String(decoding: $0, as: UTF8.self) })
        if seen.isClick { transition.clicks += 1 } else { transition.opens += 1 }
        changes[change] = transition
    }

    private static func verdict(_ judgement: Judgement, _ classifier: Classifier) -> RulesComparison.Verdict {
        RulesComparison.Verdict(judgement.engagementClass.name, classifier.reason(of: judgement))
    }

    /// Other classes first, then by events, then by words.
    private static func precedes(
        _ left: RulesComparison.Transition, _ right: RulesComparison.Transition
    ) -> Bool {
        func rank(_ transition: RulesComparison.Transition) -> (Int, UInt64, [String]) {
            (
                transition.from.className == transition.to.className ? 1 : 0, .max - transition.events,
                [
                    transition.from.className, transition.from.reason, transition.to.className,
                    transition.to.reason,
                ]
            )
        }
        let (one, other) = (rank(left), rank(right))
        if (one.0, one.1) != (other.0, other.1) { return (one.0, one.1) < (other.0, other.1) }
        return one.2.lexicographicallyPrecedes(other.2)
    }
}
