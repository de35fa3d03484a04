/// The sixteen flags of an event: which parts follow its head, and how it was kept. Bits stand in events.
package struct EventFlags: OptionSet, Sendable, Equatable {
    /// The bits as they stand in an event.
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Written under a floor that is later than its time; the part *order time* follows.
    package static let late = EventFlags(rawValue: 1 << 0)
    /// The part *subject* follows.
    package static let subject = EventFlags(rawValue: 1 << 1)
    /// The part *address* follows.
    package static let address = EventFlags(rawValue: 1 << 2)
    /// The part *address hash* follows.
    package static let addressHash = EventFlags(rawValue: 1 << 3)
    /// Identity is `raw`: `cuid` may stand in the event, and no email address was masked.
    package static let rawIdentity = EventFlags(rawValue: 1 << 8)
    /// The person had not consented: nothing of the person and no evidence is kept.
    package static let anonymous = EventFlags(rawValue: 1 << 9)
    /// The person was forgotten: as anonymous, but for a random token that stands for the person.
    package static let forgotten = EventFlags(rawValue: 1 << 10)
    /// The request carried a `cuid` that was not empty, whatever became of it.
    package static let identifierGiven = EventFlags(rawValue: 1 << 11)

    /// The verdict is kept beside its evidence, because an event that it hung on was forgotten: it is not judged again,
    /// and is evidence for others as ever.
    package static let verdictKept = EventFlags(rawValue: 1 << 12)

    /// True when nothing that was received about the person is kept.
    package var keepsNobody: Bool { !isDisjoint(with: .nobody) }

    // Named sets: a literal of several members would be built anew at each use.
    private static let nobody: EventFlags = [.anonymous, .forgotten]
    /// The parts that say where a request came from.
    static let addressParts: EventFlags = [.address, .addressHash]
    /// The flags that announce parts: the writer sets them from what it is given.
    static let parts: EventFlags = [.late, .subject, .address, .addressHash]
    /// Flags that would announce parts this version doesn't know.
    static let unknownParts = EventFlags(rawValue: 0b1111_0000)
}
