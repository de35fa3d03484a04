import Bytes
import Engagement
import Settings
import TrackingLinks

/// Makes the person behind a link's `cuid` into the pseudonym that the event keeps. One for each worker.
///
/// The identifier exists in two buffers for the time of one request and nowhere else, unless the setting `identity` is
/// `raw`. Nothing is allocated.
struct SubjectMaker: ~Copyable {
    private let keys: KeySet
    private var sections: EdgeSections
    private let keepsRaw: Bool
    private let keepsNobody: Bool
    private var decoded = ByteBuffer(capacity: 3 * identifierBytesMax + 16)
    private var normalised = ByteBuffer(capacity: Identifier.bytesMax(normalising: identifierBytesMax))
    private var sectionID = ByteBuffer(capacity: 3 * SectionTable.idBytesMax + 16)

    /// Bytes of a decoded identifier that name a person. A longer one is nobody: cut, it could be somebody else.
    static let identifierBytesMax = 1_024

    init(keys: KeySet, sections: EdgeSections, identity: IdentitySetting) {
        self.keys = keys
        self.sections = sections
        keepsRaw = identity == .raw
        keepsNobody = identity == .none
    }

    /// Goes on with the sections of a configuration that was read again.
    mutating func use(_ sections: EdgeSections) {
        self.sections = sections
    }

    /// Puts the subject into an event, where the link has an identifier that was filled in.
    mutating func put(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int?, into facts: inout EventFacts
    ) {
        decoded.removeAll()
        guard let raw = link.value(of: .cuid), !raw.isEmpty else { return }
        facts.flags.insert(.identifierGiven)
        if keepsRaw { facts.flags.insert(.rawIdentity) }
        guard !keepsNobody, !link.unfilled.contains(.cuid),
            let value = link.decodeField(.cuid, of: query, into: &decoded, limitBytes: Self.identifierBytesMax),
            !value.isCut
        else { return }
        normalised.removeAll()
        let people = sections.people(of: section)
        let identifier = decoded.withSpan(of: value.range.offsets) {
            Identifier.normalise($0, as: people?.identifierType ?? .email, into: &normalised)
        }
        guard let identifier else { return }
        let key = people?.key ?? strangerKey(link, of: query)
        let person = normalised.withSpan(of: identifier) { key.person(of: $0) }
        facts.subject = keys.currentEventKey.subject(of: person)
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
