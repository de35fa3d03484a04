import Bytes
import LinuxSystem

/// What stands at the beginning of a segment, twice.
package struct SegmentHeader: Equatable, Sendable {
    /// The shard that the segment belongs to.
    package let shard: ShardIdentity
    /// The sequence of the segment's first record.
    package let firstSequence: UInt64
    /// When the segment was made, nanoseconds since 1970 UTC.
    package let createdNanoseconds: UInt64
    /// What makes the records its own.
    let salt: SegmentSalt

    /// The format's version that is written, and the newest that is read.
    package static let formatVersion: UInt16 = 1
    /// Offset of the first record.
    package static let recordsOffset = 8_192
    /// Bytes of one copy.
    package static let byteCount = 64
    /// Offset of the second copy.
    static let secondCopyOffset = 4_096
    private static let checksumBytes = 4

    init(shard: ShardIdentity, firstSequence: UInt64, createdNanoseconds: UInt64, salt: SegmentSalt) {
        self.shard = shard
        self.firstSequence = firstSequence
        self.createdNanoseconds = createdNanoseconds
        self.salt = salt
    }

    /// Appends both copies and the zeros around them: everything before the first record.
    func write(into buffer: inout ByteBuffer) {
        let start = buffer.count
        for copyOffset in [0, Self.secondCopyOffset] {
            Self.pad(&buffer, to: start + copyOffset)
            writeCopy(into: &buffer)
        }
        Self.pad(&buffer, to: start + Self.recordsOffset)
    }

    /// Reads the beginning of a segment and takes the good copy.
    ///
    /// - Throws: `headerDamaged` when there is none, `newerFormat` for a format that this program does not know.
    static func read(from file: any JournalFile, path: String) throws(JournalError) -> SegmentHeader {
        var beginning = ByteBuffer(capacity: recordsOffset)
        do throws(SystemError) {
            while beginning.freeCapacity > 0, try file.read(into: &beginning, at: UInt64(beginning.count)) > 0 {}
        } catch {
            throw .system(error, path: path)
        }
        switch beginning.withSpan({ SegmentHeaderCheck($0) }) {
        case .good(let header): return header
        case .damaged: throw .headerDamaged(segment: path)
        case .newer(let version): throw .newerFormat(segment: path, version: version)
        }
    }

    private func writeCopy(into buffer: inout ByteBuffer) {
        let start = buffer.count
        buffer.append("TREMOLOJ")
        buffer.appendLittleEndian(Self.formatVersion)
        buffer.appendLittleEndian(UInt16(Self.byteCount))
        buffer.appendLittleEndian(shard.shard)
        buffer.appendLittleEndian(UInt16(0))
        buffer.appendLittleEndian(shard.node)
        buffer.appendLittleEndian(shard.epoch)
        buffer.appendLittleEndian(firstSequence)
        buffer.appendLittleEndian(createdNanoseconds)
        buffer.appendLittleEndian(salt.marker)
        buffer.appendLittleEndian(salt.seed)
        buffer.appendLittleEndian(UInt32(0))
        let checksum = buffer.withSpan(of: start..<buffer.count) { CRC32C.checksum($0) }
        buffer.appendLittleEndian(checksum)
    }

    private static func pad(_ buffer: inout ByteBuffer, to count: Int) {
        while buffer.count < count { buffer.append(UInt8(0)) }
    }
}

/// What came of reading a segment's beginning.
enum SegmentHeaderCheck: Equatable {
    /// One of the two copies is good.
    case good(SegmentHeader)
    /// Both copies are bad, or the file is too short for one.
    case damaged
    /// A good copy of a format that this program does not know.
    case newer(version: UInt16)

    /// Reads the copies.
    ///
    /// - Parameter bytes: the segment from its first byte on, as far as it is there; more than the headers is no harm.
    init(_ bytes: Span<UInt8>) {
        self = .damaged
        for copyOffset in [0, SegmentHeader.secondCopyOffset] where bytes.count > copyOffset {
            let end = min(bytes.count, copyOffset + SegmentHeader.secondCopyOffset)
            self = Self.readCopy(bytes.extracting(copyOffset..<end))
            if self != .damaged { return }
        }
    }

    private static func readCopy(_ bytes: Span<UInt8>) -> SegmentHeaderCheck {
        guard bytes.count >= SegmentHeader.byteCount, bytes.hasPrefix("TREMOLOJ") else { return .damaged }
        let version: UInt16 = bytes.littleEndian(at: 8)
        let length = Int(bytes.littleEndian(UInt16.self, at: 10))
        guard length >= SegmentHeader.byteCount, length <= bytes.count else { return .damaged }
        let checksum = CRC32C.checksum(bytes.extracting(0..<length - 4))
        guard bytes.littleEndian(UInt32.self, at: length - 4) == checksum else { return .damaged }
        guard version == SegmentHeader.formatVersion else {
            return version > SegmentHeader.formatVersion ? .newer(version: version) : .damaged
        }
        guard bytes.littleEndian(UInt64.self, at: 32) < RecordHeader.sequenceLimit else { return .damaged }
        return .good(
            SegmentHeader(
                shard: ShardIdentity(
                    node: bytes.littleEndian(at: 16), epoch: bytes.littleEndian(at: 24),
                    shard: bytes.littleEndian(at: 12)),
                firstSequence: bytes.littleEndian(at: 32),
                createdNanoseconds: bytes.littleEndian(at: 40),
                salt: SegmentSalt(marker: bytes.littleEndian(at: 48), seed: bytes.littleEndian(at: 52))))
    }
}
