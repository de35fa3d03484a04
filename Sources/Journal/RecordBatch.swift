import Bytes

/// Records that are not written yet, as they will stand in the file: what a turn appends, and what waits.
///
/// A record's sequence is fixed when it is appended; its marker and checksum belong to the segment that it is written
/// to, so they are filled in when that is known, and again when it becomes another one. Nothing here allocates.
struct RecordBatch: ~Copyable {
    /// The records, one behind the other.
    var buffer: ByteBuffer
    /// The sequence of the first record.
    private(set) var firstSequence: UInt64
    /// The sequence behind the last record.
    private(set) var endSequence: UInt64
    /// Records of kind event.
    private(set) var events: UInt64 = 0
    /// Bytes of the records that carry marker and checksum.
    private var sealedBytes = 0
    /// Bytes at the beginning that a failed write may have left behind the last good record of the segment in use.
    var attemptedBytes = 0
    /// Bytes at the beginning that may stand in a segment that was left and could not be cut.
    private(set) var strandedBytes = 0
    /// Where the record begins that is being appended; -1 between records.
    private var openStart = -1
    private var openLimitBytes = 0

    /// What was taken out of a batch.
    struct Taken {
        /// Bytes of whole records.
        var bytes = 0
        /// Number of the records.
        var records: UInt64 = 0
        /// Those of kind event.
        var events: UInt64 = 0
    }

    /// An empty one, whose first record has a sequence.
    init(capacity: Int, firstSequence: UInt64 = 0) {
        self.firstSequence = firstSequence
        endSequence = firstSequence
        buffer = ByteBuffer(capacity: capacity)
    }

    /// True between the beginning of a record and its end.
    var isOpen: Bool { openStart >= 0 }

    /// Begins a record, if there is room for it.
    mutating func begin(kind: RecordKind, version: UInt8, payloadLimitBytes: Int) -> Bool {
        precondition(!isOpen, "the record before is neither ended nor abandoned")
        guard buffer.freeCapacity >= RecordHeader.byteCount + payloadLimitBytes else { return false }
        openStart = buffer.count
        openLimitBytes = payloadLimitBytes
        buffer.appendLittleEndian(UInt64(0))
        buffer.appendLittleEndian(endSequence)
        buffer.appendLittleEndian(UInt64(kind.rawValue) << 32 | UInt64(version) << 40)
        return true
    }

    /// Ends the record that was begun.
    ///
    /// - Returns: its sequence.
    mutating func end() -> UInt64 {
        precondition(isOpen, "no record was begun")
        let payloadBytes = buffer.count - openStart - RecordHeader.byteCount
        precondition(payloadBytes >= 0 && payloadBytes <= openLimitBytes, "the payload is longer than was said")
        buffer.storeLittleEndian(UInt32(truncatingIfNeeded: payloadBytes), at: openStart + RecordLayout.payloadLength)
        let start = openStart
        if buffer.withSpan({ $0[start + RecordLayout.kind] }) == RecordKind.event.rawValue { events += 1 }
        openStart = -1
        endSequence += 1
        return endSequence - 1
    }

    /// Drops the record that was begun.
    mutating func abandon() {
        precondition(isOpen, "no record was begun")
        buffer.truncate(to: openStart)
        openStart = -1
    }

    /// Where the last record begins; nil when there is none.
    var lastRecordStart: Int? {
        buffer.withSpan { bytes in
            var start: Int?
            var end = 0
            while end < bytes.count {
                start = end
                end += RecordLayout.recordBytes(in: bytes, at: end)
            }
            return start
        }
    }

    /// Drops the last record, which begins at `start`: the next one gets its sequence.
    mutating func dropLast(from start: Int) {
        precondition(!isOpen && endSequence > firstSequence, "there is no record to drop")
        if buffer.withSpan({ $0[start + RecordLayout.kind] }) == RecordKind.event.rawValue { events -= 1 }
        buffer.truncate(to: start)
        endSequence -= 1
        sealedBytes = min(sealedBytes, start)
    }

    /// Gives the records that have none yet their marker and checksum.
    mutating func seal(for salt: SegmentSalt) {
        while sealedBytes < buffer.count {
            let (checksum, recordBytes) = buffer.withSpan(of: sealedBytes..<buffer.count) { bytes in
                let recordBytes = RecordLayout.recordBytes(in: bytes, at: 0)
                return (RecordLayout.checksum(of: bytes.extracting(0..<recordBytes), salt: salt), recordBytes)
            }
            buffer.storeLittleEndian(
                UInt64(salt.marker) | UInt64(checksum) << 32, at: sealedBytes + RecordLayout.marker)
            sealedBytes += recordBytes
        }
    }

    /// Says that the records will be written to another segment; what was attempted stands in the one before.
    mutating func unseal() {
        sealedBytes = 0
        strandedBytes = max(strandedBytes, attemptedBytes)
        attemptedBytes = 0
    }

    /// Takes out the records that lie as a whole within the first `written` bytes.
    mutating func take(upTo written: Int) -> Taken {
        var taken = Taken()
        if written == buffer.count {
            taken = Taken(bytes: written, records: endSequence - firstSequence, events: events)
            buffer.removeAll()
        } else {
            taken = buffer.withSpan { Self.wholeRecords(in: $0, upTo: written) }
            buffer.removeFirst(taken.bytes)
        }
        firstSequence += taken.records
        events -= taken.events
        sealedBytes -= taken.bytes
        attemptedBytes = max(0, attemptedBytes - taken.bytes)
        strandedBytes = max(0, strandedBytes - taken.bytes)
        return taken
    }

    private static func wholeRecords(in bytes: Span<UInt8>, upTo written: Int) -> Taken {
        var taken = Taken()
        while taken.bytes + RecordHeader.byteCount <= written {
            let recordBytes = RecordLayout.recordBytes(in: bytes, at: taken.bytes)
            guard taken.bytes + recordBytes <= written else { break }
            taken.records += 1
            if bytes[taken.bytes + RecordLayout.kind] == RecordKind.event.rawValue { taken.events += 1 }
            taken.bytes += recordBytes
        }
        return taken
    }
}
