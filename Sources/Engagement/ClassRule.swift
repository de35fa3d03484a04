internal import TrackingLinks

/// One line of a rule set that gives a class: what to look at, what it must say, what follows.
struct ClassRule: Equatable, Sendable {
    /// What the rule looks at.
    enum Subject: Equatable, Sendable {
        /// The request's method.
        case method(RequestMethod)
        /// A header that is kept, compared by its first token without regard to case.
        case header(EventField, token: String)
        /// That the link is one that no person sees (`DecoyLink`).
        case decoy
        /// The listed network that the address lies in, by its number.
        case network(UInt16)
        /// The user agent.
        case userAgent(TextPattern)
    }

    let subject: Subject
    let engagementClass: EngagementClass
    /// The word that `events` prints as `classReason`.
    let reason: String
    /// Clicks or opens alone; nil: both.
    let kind: TrackingResource?
    /// True when the rule is for requests without a `Referer` alone.
    var withoutReferer = false
}
