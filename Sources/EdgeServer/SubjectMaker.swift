import Bytes
import Engagement
import Settings
import TrackingLinks

/// Makes the person behind a link's `cuid` into the pseudonym that the event keeps, where the person consents to that.
/// One for each worker.
///
/// The identifier exists in two buffers for the time of one request and nowhere else, unless the setting `identity` is
/// `raw`: by them it is masked where it stands in other fields. Nothing is allocated.
struct SubjectMaker: ~Copyable {
    private var keys: KeySet
    private var sections: EdgeSections
    private var consent: ConsentTables
    private let keepsRaw: Bool
    private let keepsNobody: Bool
    private var decoded = ByteBuffer(capacity: 3 * identifierBytesMax + 16)
    private var normalised = ByteBuffer(capacity: Identifier.bytesMax(normalising: identifierBytesMax))
    /// A section's id, or what a link says of consent.
    private var word = ByteBuffer(capacity: 3 * SectionTable.idBytesMax + 16)
    /// Where the last link's identifier stands in `decoded` and in `normalised`, empty there where it is nobody's; nil
    /// where none was filled in.
    private var named: (identifier: Range<Int>, normalised: Range<Int>)?
    /// The person of the link that was taken up last; nil where it names nobody, or nobody needs to know.
    private var person: Bytes16?

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

    /// Takes up the person behind a link whose event is recorded next. The status of one among millions is in no cache:
    /// it is fetched while the link is decided on.
    mutating func takeUp(_ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int?) {
        named = nil
        person = nil
        guard hasIdentifier(link) else { return }
        let people = sections.people(of: section)
        readIdentifier(link, of: query, people)
        let consented = people?.consent
        guard !keepsNobody || consented != nil else { return }
        person = namedPerson(link, of: query, people)
        if let consented, let person { consent.fetchAhead(person, at: consented.place) }
    }

    @inline(__always)
    private func hasIdentifier(_ link: borrowing TrackingLink) -> Bool {
        link.value(of: .cuid).map { !$0.isEmpty } ?? false
    }

    /// What the event keeps of the person behind the link that was taken up.
    ///
    /// - Parameter asksNotToBeFollowed: true when the request says so (`Sec-GPC`, `DNT`).
    mutating func identity(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int?, kind: TrackingResource,
        asksNotToBeFollowed: Bool
    ) -> Identity {
        var identity = Identity()
        let people = sections.people(of: section)
        let hasIdentifier = hasIdentifier(link)
        if hasIdentifier { identity.flags.insert(.identifierGiven) }
        if asksNotToBeFollowed, people?.honoursSignals ?? false {
            identity.flags.insert(.anonymous)
            return identity
        }
        if let consented = people?.consent {
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
        let people = sections.people(of: section)
        readIdentifier(link, of: query, people)
        return namedPerson(link, of: query, people)
    }

    /// Reads the identifier that a link carries; none where it was not filled in, or is too long to be anybody's.
    private mutating func readIdentifier(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, _ people: EdgeSections.SectionPeople?
    ) {
        named = nil
        decoded.removeAll()
        guard !link.unfilled.contains(.cuid),
            let value = link.decodeField(.cuid, of: query, into: &decoded, limitBytes: Self.identifierBytesMax),
            !value.isCut
        else { return }
        normalised.removeAll()
        let identifier = decoded.withSpan(of: value.range.offsets) {
            Identifier.normalise($0, as: people?.identifierType ?? .email, into: &normalised)
        }
        named = (value.range.offsets, identifier ?? 0..<0)
    }

    /// The person whose identifier was read.
    private mutating func namedPerson(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, _ people: EdgeSections.SectionPeople?
    ) -> Bytes16? {
        guard let named, !named.normalised.isEmpty else { return nil }
        let key = people?.key ?? strangerKey(link, of: query)
        return normalised.withSpan(of: named.normalised) { key.person(of: $0) }
    }

    /// Masks the identifier that was read for the last identity, as the link has it and normalised, which of an address
    /// is its SHA-256, in the fields that were appended to the event.
    ///
    /// - Parameter keepsSection: true where the section is configured.
    func maskIdentifier(in events: inout EventWriter, keepsSection: Bool, into batch: inout ByteBuffer) {
        guard let named else { return }
        decoded.withSpan(of: named.identifier) { identifier in
            normalised.withSpan(of: named.normalised) { normalised in
                events.mask(identifier: identifier, keepsSection: keepsSection, into: &batch)
                guard !normalised.equals(identifier) else { return }
                events.mask(identifier: normalised, keepsSection: keepsSection, into: &batch)
            }
        }
    }

    /// What the link itself says of consent: `true` or, with any other value, a refusal. Of several the one that
    /// refuses counts, wherever it stands.
    private mutating func claim(of link: borrowing TrackingLink, _ query: Span<UInt8>) -> ConsentStatus? {
        guard link.present.contains(.activeConsentAccepted) else { return nil }
        guard !link.refusesConsentLater else { return .optedOut }
        word.removeAll()
        let value = link.decodeField(
            .activeConsentAccepted, of: query, into: &word, limitBytes: SectionTable.idBytesMax)
        guard let value else { return nil }
        return word.withSpan(of: value.range.offsets) { $0.equals("true") } ? .optedIn : .optedOut
    }

    /// Appends the identifier itself, where the operator keeps it.
    mutating func appendIdentifier(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, to events: inout EventWriter,
        into batch: inout ByteBuffer
    ) {
        guard keepsRaw, let raw = link.value(of: .cuid), !raw.isEmpty else { return }
        // It is masked nowhere, and `decoded` holds another length of it now.
        named = nil
        decoded.removeAll()
        guard let value = link.decodeField(.cuid, of: query, into: &decoded) else { return }
        decoded.withSpan(of: value.range.offsets) { events.append(.cuid, $0, isCut: value.isCut, into: &batch) }
    }

    /// The key of a section that is not configured (yet): derived from its id as a configured one's is, so that its
    /// people stay the same when it is.
    private mutating func strangerKey(_ link: borrowing TrackingLink, of query: Span<UInt8>) -> SectionPersonKey {
        word.removeAll()
        let value = link.decodeField(.sec, of: query, into: &word, limitBytes: SectionTable.idBytesMax)
        guard let value, !value.isCut else { return keys.personKey(section: Span()) }
        return word.withSpan(of: value.range.offsets) { keys.personKey(section: $0) }
    }
}
