/// Why a request was answered as it was: one byte in the event, one name in its JSON.
///
/// Values below 32 are stated here, values from 32 upwards are those of `TargetRefusal`. Neither ever changes.
package enum DecisionReason: RawRepresentable, Hashable, Sendable, CaseIterable {
    /// It was an open, which always gets the image.
    case open
    /// The section lists the target's host.
    case listed
    /// The section does not list the target's host.
    case unlistedHost
    /// The target's host is of a kind that is never listed: not plain ASCII, percent-encoded or in Punycode.
    case unlistableHost
    /// No section of that name is configured.
    case unknownSection
    /// A click without a target.
    case missingTarget
    /// The section does not list the host but only observes.
    case observedHost
    /// A signature covers the target.
    case signed
    /// The section asks for a signature, and the link has none.
    case unsigned
    /// The section asks for a signature, and the link's is not good.
    case badSignature
    /// The link's signature was good until a time that has passed.
    case expiredSignature
    /// A rule of the section says that the link is dead.
    case killedLink
    /// A rule of the section says that the link leads elsewhere since a time that has passed.
    case expiredLink
    /// A rule of the section leads the link to another place.
    case rewrittenLink
    /// The target is not a URL that a redirect may carry.
    case unusable(TargetRefusal)

    package static let allCases: [DecisionReason] =
        [
            .open, .listed, .unlistedHost, .unlistableHost, .unknownSection, .missingTarget, .observedHost, .signed,
            .unsigned, .badSignature, .expiredSignature, .killedLink, .expiredLink, .rewrittenLink,
        ]
        + TargetRefusal.allCases.map { .unusable($0) }

    /// The byte in the event.
    package var rawValue: UInt8 {
        switch self {
        case .open: 1
        case .listed: 2
        case .unlistedHost: 3
        case .unlistableHost: 4
        case .unknownSection: 5
        case .missingTarget: 6
        case .observedHost: 7
        case .signed: 8
        case .unsigned: 9
        case .badSignature: 10
        case .expiredSignature: 11
        case .killedLink: 12
        case .expiredLink: 13
        case .rewrittenLink: 14
        case .unusable(let refusal): refusal.rawValue
        }
    }

    /// The reason of a stored byte, or nil where no reason has it.
    package init?(rawValue: UInt8) {
        switch rawValue {
        case 1: self = .open
        case 2: self = .listed
        case 3: self = .unlistedHost
        case 4: self = .unlistableHost
        case 5: self = .unknownSection
        case 6: self = .missingTarget
        case 7: self = .observedHost
        case 8: self = .signed
        case 9: self = .unsigned
        case 10: self = .badSignature
        case 11: self = .expiredSignature
        case 12: self = .killedLink
        case 13: self = .expiredLink
        case 14: self = .rewrittenLink
        default:
            guard let refusal = TargetRefusal(rawValue: rawValue) else { return nil }
            self = .unusable(refusal)
        }
    }

    /// The name in events and reports.
    package var name: StaticString {
        switch self {
        case .open: "open"
        case .listed: "listed"
        case .unlistedHost: "unlistedHost"
        case .unlistableHost: "unlistableHost"
        case .unknownSection: "unknownSection"
        case .missingTarget: "missingTarget"
        case .observedHost: "observedHost"
        case .signed: "signed"
        case .unsigned: "unsigned"
        case .badSignature: "badSignature"
        case .expiredSignature: "expiredSignature"
        case .killedLink: "killedLink"
        case .expiredLink: "expiredLink"
        case .rewrittenLink: "rewrittenLink"
        case .unusable(let refusal): refusal.name
        }
    }
}
