import Bytes
package import Campaigns
import Engagement

/// Tells of a sender's own recipients, one after the other, who clicked, opened or did neither. Identifiers and
/// pseudonyms stay inside: what comes out is a yes or a no for each.
///
/// A recipient costs three compressions of SHA-256 and, for each event key that still exists, one pseudonym and one
/// look-up; nothing is allocated. The people of the answer stand in memory (`Audience`), recipients do not.
package struct RecipientSieve: ~Copyable {
    /// Which recipients are listed.
    package enum Choice: Sendable {
        /// Those who clicked.
        case clicked
        /// Those who opened.
        case opened
        /// Those who did neither.
        case neither
    }

    /// What becomes of one recipient.
    package enum Verdict: Equatable, Sendable {
        /// They are one of those who are asked for.
        case listed
        /// They are not.
        case left
        /// Nobody can be meant: the identifier is empty, has nothing of its kind in it, or is too long.
        case unusable
    }

    private let type: IdentifierType
    private let key: SectionPersonKey
    private let refusals: Refusals?
    private let eventKeys: [EventKey]
    /// The people in the store that recipients are held against.
    package let audience: Audience
    private let choice: Choice
    private var normalised = ByteBuffer(capacity: Identifier.bytesMax(normalising: SubjectMaker.identifierBytesMax))

    /// Who is not to be followed, where the section honours that.
    struct Refusals {
        /// What people said, and the list in force.
        let statuses: ConsentTable
        /// For clicks and for opens.
        let policies: [ConsentPolicy]

        /// True for a person of whom events of either kind keep nothing now.
        func holds(for person: Bytes16) -> Bool {
            let status = statuses.status(of: ConsentKey(person))
            return policies.contains { $0.makesAnonymous(stored: status, claimed: nil) }
        }
    }

    init(
        type: IdentifierType, key: SectionPersonKey, refusals: Refusals?, eventKeys: [EventKey], audience: Audience,
        choice: Choice
    ) {
        self.type = type
        self.key = key
        self.refusals = refusals
        self.eventKeys = eventKeys
        self.audience = audience
        self.choice = choice
    }

    /// Judges one recipient by the identifier that the links of their mail carried as `cuid`.
    package mutating func verdict(on identifier: Span<UInt8>) -> Verdict {
        guard identifier.count <= SubjectMaker.identifierBytesMax else { return .unusable }
        normalised.removeAll()
        let range = Identifier.normalise(identifier, as: type, into: &normalised)
        guard let range else { return .unusable }
        return isListed(normalised.withSpan(of: range) { key.person(of: $0) }) ? .listed : .left
    }

    /// The one place where it is decided who is listed. A person who is not to be followed stands in no list, whatever
    /// they did.
    private func isListed(_ person: Bytes16) -> Bool {
        if let refusals, refusals.holds(for: person) { return false }
        var isInAudience = false
        for key in eventKeys where !isInAudience { isInAudience = audience.contains(key.subject(of: person)) }
        return isInAudience != (choice == .neither)
    }
}
