/// What a person said to a section about being followed, as far as anybody knows. Raw values stand in records and
/// tables.
package enum ConsentStatus: UInt8, Sendable, Equatable, CaseIterable {
    /// The person refused, or stands in no list that names all who consent.
    case optedOut = 0
    /// The person consented.
    case optedIn = 1
}

/// What a person's status means for events of one kind in one section.
package enum ConsentPolicy: UInt8, Sendable, Equatable, CaseIterable {
    /// Nothing.
    case ignore
    /// Who opted out is anonymous.
    case honourOptOut
    /// Who did not opt in is anonymous.
    case requireOptIn

    /// True when the event of a person keeps nothing of the person.
    ///
    /// - Parameters:
    ///   - stored: the status on record; nil where there is none, or no person.
    ///   - claimed: what the link itself says of consent (`active_consent_accepted`); nil where it says nothing. A
    ///     refusal holds for this event, whatever is on record; a consent counts only where nothing is.
    package func makesAnonymous(stored: ConsentStatus?, claimed: ConsentStatus?) -> Bool {
        let status: ConsentStatus? = claimed == .optedOut ? .optedOut : stored ?? claimed
        switch self {
        case .ignore: return false
        case .honourOptOut: return status == .optedOut
        case .requireOptIn: return status != .optedIn
        }
    }
}
