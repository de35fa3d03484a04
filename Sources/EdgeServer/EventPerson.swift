package import Bytes
package import Engagement
import Journal
package import Settings
import TrackingLinks

/// Whom somebody asks for: a person of a section under every pseudonym that events may hold.
package struct EventPerson: Sendable {
    /// The section's id.
    package let section: String
    /// The person; it stands in no event.
    package let person: Bytes16
    /// The person's pseudonyms: one under each event key that there is, and those that were added.
    package private(set) var subjects: [EventSubject]
    /// What can't be found because event keys are not there any more; nil where all are.
    package let noteOnMissingKeys: String?
    /// The identifier as it was given and normalised, for whoever masks it in texts; nobody logs or stores it.
    let identifiers: [[UInt8]]
    private let type: IdentifierType
    private let key: SectionPersonKey

    /// The person of an identifier, as links carry it; nil where it names nobody: as recording takes it, and where a
    /// line break stands in it, since that is most likely a list.
    ///
    /// - Parameter section: the section's id, configured or not: the identifiers of one that is not are email
    /// addresses.
    package init?(_ configuration: Configuration, section: String, identifier: String) throws(EdgeError) {
        let bytes = Array(identifier.utf8)
        guard bytes.count <= SubjectMaker.identifierBytesMax, !MergeTag.isUnfilled(bytes.span),
            !bytes.contains(UInt8(ascii: "\n")), !bytes.contains(UInt8(ascii: "\r"))
        else { return nil }
        var buffer = ByteBuffer(capacity: Identifier.bytesMax(normalising: bytes.count))
        let type = configuration.section(section)?.identifier.engagementType ?? .email
        let keys = try KeyFolder.read(configuration.keyFolder)
        guard let range = Identifier.normalise(bytes.span, as: type, into: &buffer) else { return nil }
        let key = keys.personKey(section: section)
        let normalised = buffer.withSpan(of: range) { $0.toArray() }
        self.init(
            section: section, person: key.person(of: normalised.span), type: type, keys: keys,
            identifiers: normalised == bytes ? [bytes] : [bytes, normalised])
    }

    init(section: String, person: Bytes16, type: IdentifierType, keys: KeySet, identifiers: [[UInt8]] = []) {
        self.identifiers = identifiers
        self.section = section
        self.person = person
        self.type = type
        key = keys.personKey(section: section)
        noteOnMissingKeys = keys.noteOnMissing
        subjects = keys.eventKeys.map { $0.subject(of: person) }
    }

    /// The person's pseudonyms under these keys.
    func subjects(under keys: KeySet) -> [EventSubject] { keys.eventKeys.map { $0.subject(of: person) } }

    /// Takes events under further pseudonyms for the person's.
    ///
    /// - Returns: true when any of them is new.
    mutating func add(_ further: some Sequence<EventSubject>) -> Bool {
        let new = further.filter { !subjects.contains($0) }
        subjects += new
        return !new.isEmpty
    }

    /// What tells the section's key from others.
    var keyMark: UInt64 { key.mark }

    /// True for an event of the person: by its pseudonym, or where identity was raw by what stands in it.
    package func isIn(_ event: EventView, _ payload: Span<UInt8>) -> Bool {
        if let subject = event.subject, subjects.contains(subject) { return true }
        guard event.flags.contains(.rawIdentity), let cuid = event.range(of: .cuid), !event.isCut(.cuid),
            let sec = event.range(of: .sec), payload.extracting(sec.offsets).equals(Array(section.utf8).span)
        else { return false }
        var buffer = PersonFinder.buffer
        guard cuid.count <= UInt32(SubjectMaker.identifierBytesMax),
            let range = Identifier.normalise(payload.extracting(cuid.offsets), as: type, into: &buffer)
        else { return false }
        return buffer.withSpan(of: range) { key.person(of: $0) } == person
    }

    /// The same for a payload that is not decoded yet: most are told at their head.
    func isIn(_ payload: Span<UInt8>, version: UInt8) -> Bool {
        guard payload.count >= Self.headBytes else { return false }
        if let subject = Self.subject(payload), subjects.contains(subject) { return true }
        let flags = EventFlags(rawValue: payload.littleEndian(at: Self.flagsOffset))
        guard flags.contains(.rawIdentity), let event = try? EventView(payload, version: version) else { return false }
        return isIn(event, payload)
    }

    /// The subject of an event that is not decoded; nil where it has none, or is too short for one.
    static func subject(_ payload: Span<UInt8>) -> EventSubject? {
        guard payload.count >= headBytes else { return nil }
        let flags = EventFlags(rawValue: payload.littleEndian(at: flagsOffset))
        let place = headBytes + (flags.contains(.late) ? 8 : 0)
        guard flags.contains(.subject), payload.count >= place + 17 else { return nil }
        return EventSubject(keyID: payload[place], pseudonym: Bytes16(in: payload, at: place + 1))
    }

    private static let headBytes = 32
    private static let flagsOffset = 14
}

extension KeySet {
    /// What can't be found because event keys are not there any more; nil where all are. Whoever is known by a key that
    /// was destroyed is nobody.
    var noteOnMissing: String? {
        let present = Set(eventKeys.map(\.id))
        let missing = (1..<currentEventKey.id).filter { !present.contains($0) }
        guard !missing.isEmpty else { return nil }
        return
            "event keys are not there (\(missing.map(String.init).joined(separator: ", "))): people are not found by "
            + "events of their time"
    }
}
