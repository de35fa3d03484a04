package import Bytes

/// The key of one section that makes a person of an identifier. It never rotates: refusals stay in force by it.
///
/// A person costs two compressions of SHA-256 and no allocation.
package struct SectionPersonKey: Sendable {
    private let key: HMACSHA256Key

    /// Derives the key of the section with that id.
    init(root: HMACSHA256Key, section: Span<UInt8>) {
        var code = HMACSHA256(key: root)
        code.update("tremolo/v1/person/".utf8.span)
        code.update(section)
        key = HMACSHA256Key(code.finalize())
    }

    /// The person behind a normalised identifier. It stands in consent lists and memory, never in an event.
    package func person(of identifier: Span<UInt8>) -> Bytes16 {
        key.authenticate(identifier).prefix16
    }

    /// What tells this key from others and nothing of it: lists of people carry it.
    package var mark: UInt64 { key.authenticate("tremolo/v1/list-mark".utf8.span).prefix16.littleEndianWords.0 }
}

/// A key that makes pseudonyms for events, and that may be destroyed: then they lead nowhere.
package struct EventKey: Sendable {
    /// Its number, which stands beside each pseudonym: 1 to 255.
    package let id: UInt8
    private let hash: SipHash24

    /// The key with that number; 0 is no key's.
    init?(id: UInt32, key: SipHashKey) {
        guard KeyPurpose.event.ids.contains(id), let id = UInt8(exactly: id) else { return nil }
        self.id = id
        hash = SipHash24(key: key)
    }

    /// The pseudonym of a person in events. Allocates nothing.
    package func subject(of person: Bytes16) -> EventSubject {
        EventSubject(keyID: id, pseudonym: person.withSpan { hash.hash128($0) })
    }
}

/// The keys that events and people are made with, from the files of the key folder.
package struct KeySet: Sendable {
    private let root: HMACSHA256Key
    /// Every event key there is, by ascending id: the last one makes new pseudonyms, the others find old ones.
    package let eventKeys: [EventKey]
    /// The event key that new events use.
    package let currentEventKey: EventKey

    /// Takes what it needs of the folder's keys; signing and address keys are others' business.
    package init(_ files: [KeyFile]) throws(EngagementError) {
        var roots: [HMACSHA256Key] = []
        var events: [EventKey] = []
        for file in files.sorted(by: { $0.id < $1.id }) {
            switch file.purpose {
            case .root:
                guard roots.isEmpty else { throw .repeatedKey(.root, id: 0) }
                roots.append(HMACSHA256Key(file.secret.span))
            case .event:
                guard let sipHashKey = file.sipHashKey, let key = EventKey(id: file.id, key: sipHashKey),
                    key.id != events.last?.id
                else { throw .repeatedKey(.event, id: file.id) }
                events.append(key)
            case .address, .signing:
                continue
            }
        }
        guard let root = roots.first else { throw .missingKey(.root) }
        guard let current = events.last else { throw .missingKey(.event) }
        self.root = root
        eventKeys = events
        currentEventKey = current
    }

    /// The key of the section with that id, configured or not; the empty id is for links that name none.
    package func personKey(section: Span<UInt8>) -> SectionPersonKey {
        SectionPersonKey(root: root, section: section)
    }

    /// The key of the section with that id. Not for the hot path.
    package func personKey(section: String) -> SectionPersonKey { personKey(section: Array(section.utf8).span) }

    /// The key that clicks of `tremolo doctor` are marked with.
    package var doctorKey: HMACSHA256Key {
        var code = HMACSHA256(key: root)
        code.update("tremolo/v1/doctor".utf8.span)
        return HMACSHA256Key(code.finalize())
    }

    /// True when both make the same person of an identifier.
    package func hasSameRoot(as other: KeySet) -> Bool {
        personKey(section: Span()).mark == other.personKey(section: Span()).mark
    }

    /// The event key with that number, or nil when it was destroyed.
    package func eventKey(id: UInt8) -> EventKey? {
        eventKeys.first { $0.id == id }
    }
}
