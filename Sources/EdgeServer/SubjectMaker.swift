import Bytes
import Engagement
import Settings
import TrackingLinks

/// Makes the person behind a link's `cuid` into the pseudonym that the event keeps, where the person consents to that.
/// One for each worker.
///
/// The identifier exists in two buffers for the time of one request and nowhere else, unless the setting `identity` is
/// `raw`. Nothing is allocated.
struct SubjectMaker: ~Copyable {
    private var keys: KeySet
    private var sections: EdgeSections
    private var consent: ConsentTables
    private let keepsRaw: Bool
    private let keepsNobody: Bool
    private var decoded = ByteBuffer(capacity: 3 * identifierBytesMax + 16)
    private var normalised = ByteBuffer(capacity: Identifier.bytesMax(normalising: identifierBytesMax))
    private var sectionID = ByteBuffer(capacity: 3 * SectionTable.idBytesMax + 16)

    /// Bytes of a decoded identifier that name a person.
    static let identifierBytesMax = LinkLimits.identifierBytesMax

    /// What an event keeps of the person behind it.
    struct Identity {
        /// `identifierGiven`, `rawIdentity`, `anonymous`.
        var flags: EventFlags = []
        /// The pseudonym; nil where there is nobody, or nobody is kept.
        var subject: EventSubject?

        /// True when nothing of the person is kept.
        @inline(__always)
        var isAnonymous: Bool { flags.contains(.anonymous) }
    }

    init(
        keys: KeySet, sections: EdgeSections, identity: IdentitySetting, consent: ConsentTables = ConsentTables([])
    ) {
        self.keys = keys
        self.consent = consent
        self.sections = sections
        keepsRaw = identity == .raw
        keepsNobody = identity == .none
    }

    /// Goes on with the sections of a configuration that was read again.
    mutating func use(_ sections: EdgeSections) {
        self.sections = sections
    }

    /// Goes on with other event keys; the root is the same.
    mutating func use(_ keys: KeySet) {
        self.keys = keys
    }

    /// Goes on with other statuses of people.
    mutating func use(_ consent: ConsentTables) {
        self.consent = consent
    }

    /// What the event keeps of the person behind a link.
    ///
    /// - Parameter asksNotToBeFollowed: true when the request says so (`Sec-GPC`, `DNT`).
    mutating func identity(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int?, kind: TrackingResource,
        asksNotToBeFollowed: Bool
    ) -> Identity {
        var identity = Identity()
        let people = sections.people(of: section)
        let hasIdentifier = link.value(of: .cuid).map { !$0.isEmpty } ?? false
        if hasIdentifier { identity.flags.insert(.identifierGiven) }
        if asksNotToBeFollowed, people?.honoursSignals ?? false {
            identity.flags.insert(.anonymous)
            return identity
        }
        let consented = people?.consent
        let needsPerson = hasIdentifier && !(keepsNobody && consented == nil)
        let person = needsPerson ? person(link, of: query, people) : nil
        if let consented {
            let stored = person.flatMap { consent.status(of: $0, at: consented.place) }
            let policy = consented.policy(for: kind)
            if policy.makesAnonymous(stored: stored, claimed: claim(of: link, query)) {
                identity.flags.insert(.anonymous)
                return identity
            }
        }
        if keepsRaw, hasIdentifier { identity.flags.insert(.rawIdentity) }
        if !keepsNobody { identity.subject = person.map { keys.currentEventKey.subject(of: $0) } }
        return identity
    }

    /// The person that the link of a configured section names; nil where it names nobody.
    mutating func person(_ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int) -> Bytes16? {
        person(link, of: query, sections.people(of: section))
    }

    /// The person that a link names; nil where its identifier was not filled in, or can't be anybody's.
    private mutating func person(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, _ people: EdgeSections.SectionPeople?
    ) -> Bytes16? {
        decoded.removeAll()
        guard !link.unfilled.contains(.cuid),
            let value = link.decodeField(.cuid, of: query, into: &decoded, limitBytes: Self.identifierBytesMax),
            !value.isCut
        else { return nil }
        normalised.removeAll()
        let identifier = decoded.withSpan(of: value.range.offsets) {
            Identifier.normalise($0, as: people?.identifierType ?? .email, into: &normalised)
        }
        guard let identifier else { return nil }
        let key = people?.key ?? strangerKey(link, of: query)
        return normalised.withSpan(of: identifier) { key.person(of: $0) }
    }

    /// What the link itself says of consent: `true` or, with any other value, a refusal.
    private mutating func claim(of link: borrowing TrackingLink, _ query: Span<UInt8>) -> ConsentStatus? {
        guard link.present.contains(.activeConsentAccepted) else { return nil }
        decoded.removeAll()
        let value = link.decodeField(
            .activeConsentAccepted, of: query, into: &decoded, limitBytes: Self.identifierBytesMax)
        guard let value else { return nil }
        return decoded.withSpan(of: value.range.offsets) { $0.equals("true") } ? .optedIn : .optedOut
    }

    /// Appends the identifier itself, where the operator keeps it.
    mutating func appendIdentifier(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, to events: inout EventWriter,
        into batch: inout ByteBuffer
    ) {
        guard keepsRaw, let raw = link.value(of: .cuid), !raw.isEmpty else { return }
        decoded.removeAll()
        guard let value = link.decodeField(.cuid, of: query, into: &decoded) else { return }
        decoded.withSpan(of: value.range.offsets) { events.append(.cuid, $0, isCut: value.isCut, into: &batch) }
    }

    /// The key of a section that is not configured (yet): derived from its id as a configured one's is, so that its
    /// people stay the same when it is.
    private mutating func strangerKey(_ link: borrowing TrackingLink, of query: Span<UInt8>) -> SectionPersonKey {
        sectionID.removeAll()
        let value = link.decodeField(.sec, of: query, into: &sectionID, limitBytes: SectionTable.idBytesMax)
        guard let value, !value.isCut else { return keys.personKey(section: Span()) }
        return sectionID.withSpan(of: value.range.offsets) { keys.personKey(section: $0) }
    }
}
