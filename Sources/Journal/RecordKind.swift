import Bytes

/// What a record is. A reader passes over kinds that it does not know.
package struct RecordKind: RawRepresentable, Hashable, Sendable {
    /// The number in the record's header.
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A click or an open.
    package static let event = RecordKind(rawValue: 1)
    /// Events that were answered and could not be journaled: a `Gap`.
    package static let gap = RecordKind(rawValue: 2)
    /// Numbers of messages sent.
    package static let sends = RecordKind(rawValue: 3)
    /// A name for an id.
    package static let name = RecordKind(rawValue: 4)
    /// A change of consent.
    package static let consent = RecordKind(rawValue: 5)
    /// What is left of an event whose person was erased.
    package static let forgotten = RecordKind(rawValue: 6)
    /// A change of the event key.
    package static let keyChange = RecordKind(rawValue: 7)
    /// That a person was forgotten.
    package static let forgetting = RecordKind(rawValue: 8)
}

/// The payload of a gap record: how many events were lost, and when.
package struct Gap: Equatable, Sendable {
    /// Events that were answered and are not in the journal.
    package let lostEvents: UInt64
    /// Time of the first, nanoseconds since 1970 UTC.
    package let firstNanoseconds: UInt64
    /// Time of the last, nanoseconds since 1970 UTC.
    package let lastNanoseconds: UInt64

    /// The form that is written.
    package static let version: UInt8 = 1
    /// Bytes of the payload.
    package static let byteCount = 24

    package init(lostEvents: UInt64, firstNanoseconds: UInt64, lastNanoseconds: UInt64) {
        self.lostEvents = lostEvents
        self.firstNanoseconds = firstNanoseconds
        self.lastNanoseconds = lastNanoseconds
    }

    /// The most lost events of one gap: sums over any number of gaps stay far from their end.
    package static let lostEventsMax: UInt64 = 1 << 40

    /// Reads a payload; nil when the version is unknown, the bytes are too few or the events too many. Further bytes
    /// are passed over.
    package init?(payload: Span<UInt8>, version: UInt8) {
        guard version == Self.version, payload.count >= Self.byteCount else { return nil }
        lostEvents = payload.littleEndian(at: 0)
        guard lostEvents <= Self.lostEventsMax else { return nil }
        firstNanoseconds = payload.littleEndian(at: 8)
        lastNanoseconds = payload.littleEndian(at: 16)
    }

    func write(into buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(lostEvents)
        buffer.appendLittleEndian(firstNanoseconds)
        buffer.appendLittleEndian(lastNanoseconds)
    }
}
