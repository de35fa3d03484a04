package import TrackingLinks

/// What stands in the head and the parts of an event that is about to be written.
package struct EventFacts: Sendable {
    /// When the request was taken up, in nanoseconds since 1970.
    package var timeNanoseconds: UInt64
    /// The floor that the event is written under; nil unless the clock read less than it. It makes the event `late`.
    package var lateOrderTimeNanoseconds: UInt64?
    /// Click or open.
    package var kind: TrackingResource
    /// How the request is answered. An open's is `pixel`, and only an open's.
    package var outcome: Outcome
    /// Why it is answered so: TrackingLinks' number.
    package var reason: UInt8
    /// The request's method.
    package var method: RequestMethod = .notKept
    /// 10 for HTTP/1.0, 11 for HTTP/1.1, 0 when not kept.
    package var httpVersion: UInt8 = 0
    /// The verdict, for an event whose evidence is not kept.
    package var frozenClass: EngagementClass?
    /// How the event is kept: `rawIdentity`, `anonymous`, `forgotten`, `identifierGiven`. The rest follows from the
    /// parts.
    package var flags: EventFlags = []
    /// What was repaired and noted in the link: TrackingLinks' bits.
    package var repairs: UInt32 = 0
    /// Which common headers the request had.
    package var headerPresence: HeaderPresence = []
    /// Fingerprint of the order of the header names.
    package var headerOrderHash: UInt64 = 0
    /// The person's pseudonym.
    package var subject: EventSubject?
    /// What is kept of the client's address.
    package var address: AddressCut?
    /// The keyed hash of the client's whole address.
    package var addressHash: AddressHash?

    /// Facts of one request; the rest is empty until it is set.
    package init(timeNanoseconds: UInt64, kind: TrackingResource, outcome: Outcome, reason: UInt8) {
        self.timeNanoseconds = timeNanoseconds
        self.kind = kind
        self.outcome = outcome
        self.reason = reason
    }
}
