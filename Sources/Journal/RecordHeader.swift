import Bytes

/// What stands before a record's payload, and where the record lies.
package struct RecordHeader: Equatable, Sendable {
    /// The record's number in its shard.
    package let sequence: UInt64
    /// What it is.
    package let kind: RecordKind
    /// The version of the payload's form.
    package let version: UInt8
    /// Offset of the record's first byte in its segment.
    package let byteOffset: UInt64
    /// Bytes of the payload.
    package let payloadBytes: Int

    /// Bytes of the header.
    package static let byteCount = 24
    /// Sequences are below this: a million records a second for nine years. A file that says otherwise is not believed,
    /// so that no sum over shards overflows.
    package static let sequenceLimit: UInt64 = 1 << 48
    /// The most bytes that a payload may have: a record is at most 64 KiB.
    package static let payloadLimitBytes = 65_536 - byteCount

    /// Offset behind the record's last byte in its segment.
    package var endOffset: UInt64 { byteOffset + UInt64(Self.byteCount + payloadBytes) }
}

/// The two random numbers of a segment that make its records its own. They never leave the file.
struct SegmentSalt: Equatable, Sendable {
    /// What every record begins with; never 0.
    let marker: UInt32
    /// What every record's checksum starts from.
    let seed: UInt32

    init(marker: UInt32, seed: UInt32) {
        self.marker = marker
        self.seed = seed
    }

    /// From random bits.
    init(random: UInt64) {
        let marker = UInt32(truncatingIfNeeded: random)
        // Zeros are what a hole in a file reads as.
        self.marker = marker == 0 ? 0x7472_656D : marker
        self.seed = UInt32(truncatingIfNeeded: random >> 32)
    }
}

/// Places of the fields in a record's header; FORMAT.md has the table.
enum RecordLayout {
    static let marker = 0
    static let checksum = 4
    static let sequence = 8
    static let payloadLength = 16
    static let kind = 20
    static let version = 21
    static let reserved = 22

    /// Bytes of the record that begins at `offset`, by its length field. The record is one of ours.
    static func recordBytes(in bytes: Span<UInt8>, at offset: Int) -> Int {
        RecordHeader.byteCount + Int(bytes.littleEndian(UInt32.self, at: offset + payloadLength))
    }

    /// The checksum of a record that is there as a whole.
    static func checksum(of record: Span<UInt8>, salt: SegmentSalt) -> UInt32 {
        CRC32C.checksum(record.extracting(sequence..<record.count), seed: salt.seed)
    }
}

/// What bytes are, read as a record.
enum RecordCheck: Equatable {
    /// A record with the right marker and checksum. Its sequence is not judged.
    case good(RecordHeader)
    /// No record; why not.
    case bad(DamageReason)
    /// The bytes end before the record would; that many are needed from its beginning.
    case short(neededBytes: Int)

    /// Reads the record at the beginning of `bytes`.
    ///
    /// - Parameter byteOffset: where `bytes` begin in the segment.
    init(_ bytes: Span<UInt8>, salt: SegmentSalt, byteOffset: UInt64) {
        guard bytes.count >= RecordHeader.byteCount else {
            self = .short(neededBytes: RecordHeader.byteCount)
            return
        }
        guard bytes.littleEndian(UInt32.self, at: RecordLayout.marker) == salt.marker else {
            self = .bad(.marker)
            return
        }
        let payloadBytes = Int(bytes.littleEndian(UInt32.self, at: RecordLayout.payloadLength))
        guard payloadBytes <= RecordHeader.payloadLimitBytes,
            bytes.littleEndian(UInt16.self, at: RecordLayout.reserved) == 0
        else {
            self = .bad(.length)
            return
        }
        let recordBytes = RecordHeader.byteCount + payloadBytes
        guard bytes.count >= recordBytes else {
            self = .short(neededBytes: recordBytes)
            return
        }
        let record = bytes.extracting(0..<recordBytes)
        guard
            record.littleEndian(UInt32.self, at: RecordLayout.checksum) == RecordLayout.checksum(of: record, salt: salt)
        else {
            self = .bad(.checksum)
            return
        }
        let sequence: UInt64 = record.littleEndian(at: RecordLayout.sequence)
        guard sequence < RecordHeader.sequenceLimit else {
            self = .bad(.sequence)
            return
        }
        self = .good(
            RecordHeader(
                sequence: sequence,
                kind: RecordKind(rawValue: record[RecordLayout.kind]),
                version: record[RecordLayout.version],
                byteOffset: byteOffset,
                payloadBytes: payloadBytes))
    }
}
