import Bytes
import LinuxSystem

/// The part of a segment that is in memory: a buffer of fixed size that moves over the file from front to back.
struct ReadWindow: ~Copyable {
    /// The bytes from `offset` on.
    var bytes: ByteBuffer
    /// Offset in the file of the first byte.
    private(set) var offset: UInt64

    init(capacity: Int, offset: UInt64) {
        bytes = ByteBuffer(capacity: capacity)
        self.offset = offset
    }

    /// Offset in the file behind the last byte.
    var endOffset: UInt64 { offset + UInt64(bytes.count) }

    /// Forgets the bytes: they are read again.
    mutating func forget(goOnAt place: UInt64) {
        bytes.removeAll()
        offset = place
    }

    /// Reads on, until `wanted` bytes from `place` on are there or the file ends.
    ///
    /// - Returns: how many bytes from `place` on there are, maybe more than wanted; fewer only at the file's end.
    mutating func fill(from place: UInt64, wanted: Int, of file: any JournalFile) throws(SystemError) -> Int {
        if place < offset || place > endOffset { forget(goOnAt: place) }
        if place + UInt64(wanted) > endOffset {
            bytes.removeFirst(Int(place - offset))
            offset = place
            while bytes.count < wanted, try file.read(into: &bytes, at: endOffset) > 0 {}
        }
        return Int(endOffset - place)
    }

    /// What stands at a place of the file, as far as it is in the window.
    func check(at place: UInt64, salt: SegmentSalt) -> RecordCheck {
        guard place >= offset, place <= endOffset else { return .short(neededBytes: RecordHeader.byteCount) }
        return bytes.withSpan(of: Int(place - offset)..<bytes.count) {
            RecordCheck($0, salt: salt, byteOffset: place)
        }
    }

    /// Offset of the next four bytes that are a marker, from `place` on; nil when there are none in the window.
    func firstMarker(_ marker: UInt32, from place: UInt64) -> UInt64? {
        let start = Int(place - offset)
        let first = UInt8(truncatingIfNeeded: marker)
        let found: Int? = bytes.withSpan { bytes in
            var index = start
            while index + 4 <= bytes.count {
                if bytes[index] == first, bytes.littleEndian(UInt32.self, at: index) == marker { return index }
                index += 1
            }
            return nil
        }
        return found.map { offset + UInt64($0) }
    }
}
