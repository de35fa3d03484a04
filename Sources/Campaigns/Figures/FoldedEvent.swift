import Engagement
import TrackingLinks

/// What of one event the figures are made of: 104 bytes, every word a number of the `FigureVocabulary`.
struct FoldedEvent {
    /// When the request was taken up, in nanoseconds since 1970 UTC.
    var timeNanoseconds: UInt64
    /// Where the event stands in the order that limits and windows follow.
    var orderTimeNanoseconds: UInt64
    /// A hash of the payload, the same in every process: it decides between events of one order time.
    var digest: UInt64
    /// The first 64 bits of the person's pseudonym; meaningful when `hasPerson`.
    var person: UInt64
    /// The other 64 bits of it.
    var personRest: UInt64
    /// Tells the client's address from others of the node; 0 where none is known.
    var address: UInt64
    /// Tells the user agent from others.
    var agent: UInt64
    /// The start of the section's hour, in seconds since 1970 UTC.
    var hourStartSeconds: Int64
    /// How far ahead of UTC the section's clocks stand in that hour.
    var offsetSeconds: Int32
    /// The section's day, as days since 1970-01-01.
    var dayNumber: Int32
    /// Number of the placement.
    var placement: UInt32
    /// Number of the route.
    var route: UInt32
    /// Number of the traits.
    var traits: UInt32
    /// The word that clicks are counted by; none for opens.
    var link: UInt32
    /// The stored target, a sample for its host; none where there is no host.
    var sample: UInt32
    /// The rule that judged the event alone.
    var rule: UInt16
    var kind: TrackingResource
    /// What the event is called: as it was judged alone, or by a timing rule.
    var engagementClass: EngagementClass
    var outcome: Outcome
    var hasPerson: Bool
    /// The event is judged alone and is no evidence for others: it came late, or its evidence was not kept.
    var standsAlone: Bool
    /// The verdict that is kept beside the evidence: no timing rule decides the event.
    var keptClass: EngagementClass?
    /// The event counts where a second may be crowded. What was forgotten does, as it did before.
    var countsInCrowd: Bool
    /// How many seals of people had been begun when the event was not counted yet (`PeopleSeal`).
    var sealsBefore: UInt16 = 0

    /// True when `self` comes before `other` in the order that limits follow.
    func precedes(_ other: FoldedEvent) -> Bool {
        orderTimeNanoseconds != other.orderTimeNanoseconds
            ? orderTimeNanoseconds < other.orderTimeNanoseconds : digest < other.digest
    }
}
