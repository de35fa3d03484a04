package import TrackingLinks

/// One line of a rule set that judges an event by those beside it: what an event alone can't say.
///
/// A rule gathers the events that agree in the fields of `by`. It decides those of them that lie in its pattern and
/// that nothing else has decided: what a rule on the event alone calls a proxy, a prefetch or a machine stays so.
/// Nor is that counted by `distinct`: what a browser prefetches or an office program probes is no part of a person's
/// burst.
package struct TimingRule: Equatable, Sendable {
    /// What events can agree or differ in.
    package enum Field: String, CaseIterable, Hashable, Sendable {
        /// The person behind the link.
        case person
        /// The section and experience.
        case message
        /// The link that reports count by; all opens have one and the same.
        case link
        /// The whole address, as its keyed hash tells it from others.
        case address
        /// The user agent.
        case agent
    }

    /// What makes the events of one group a machine's.
    package enum Pattern: Equatable, Sendable {
        /// So many different ones of a field within the time. With `orEvery` as many as the message has links are
        /// enough where a send told their number, if that is at least `everyLinkMin`.
        case distinct(Field, atLeast: Int, orEvery: Bool)
        /// Within the time before or behind an event that a rule on the event alone decided for this reason.
        case near(reason: String)
        /// Within the time behind the moment at which the message was sent.
        case afterSend
    }

    /// The fields that events of one group have in common; empty for `afterSend`.
    package let by: Set<Field>
    /// What the rule looks for.
    package let pattern: Pattern
    /// The time in nanoseconds.
    package let withinNanoseconds: UInt64
    /// How many different links the events of a `distinct` pattern must have at least, too; 0 and 1 ask for none.
    package let linksMin: Int
    /// How many different links a person must have at least to be counted in a `distinct` pattern of people; 0 and 1
    /// ask for none.
    package let linksEach: Int
    /// Clicks or opens alone, as evidence and as what is decided; nil: both.
    package let kind: TrackingResource?
    /// True when only events are evidence that no other rule has decided.
    package let countsUndecided: Bool
    /// The class that it gives.
    package let engagementClass: EngagementClass
    /// The word that `events` prints as `classReason`.
    package let reason: String

    /// The longest time that a rule may span: a minute. What lies in a window, at most 25,000 events a second, is held
    /// in memory and judged again at each flush.
    package static let withinNanosecondsMax: UInt64 = 60_000_000_000
    /// The shortest: a millisecond.
    package static let withinNanosecondsMin: UInt64 = 1_000_000
    /// A message with fewer links is soon clicked through by a person.
    package static let everyLinkMin = 4

    package init(
        by: Set<Field>, pattern: Pattern, withinNanoseconds: UInt64, linksMin: Int = 0, linksEach: Int = 0,
        kind: TrackingResource? = nil,
        countsUndecided: Bool = false, engagementClass: EngagementClass = .machine, reason: String
    ) {
        self.by = by
        self.pattern = pattern
        self.withinNanoseconds = withinNanoseconds
        self.linksMin = linksMin
        self.linksEach = linksEach
        self.kind = kind
        self.countsUndecided = countsUndecided
        self.engagementClass = engagementClass
        self.reason = reason
    }

    /// True when the rule needs to know what was sent.
    package var asksForSends: Bool {
        switch pattern {
        case .afterSend, .distinct(_, _, orEvery: true): true
        default: false
        }
    }
}

extension TimingRule {
    /// How far the rules look before and behind an event: those that count every event, and behind them those that
    /// count what these left undecided.
    static func windowNanoseconds(of rules: [TimingRule]) -> UInt64 {
        let first = rules.lazy.filter { !$0.countsUndecided }.map(\.withinNanoseconds).max() ?? 0
        let second = rules.lazy.filter(\.countsUndecided).map(\.withinNanoseconds).max() ?? 0
        return first + second
    }
}
