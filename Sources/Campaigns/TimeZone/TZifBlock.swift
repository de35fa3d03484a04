import Bytes

/// One header and data block of a TZif file (RFC 8536 sections 3.1 and 3.2), as places in the file's bytes.
struct TZifBlock {
    /// Offset of the header.
    let start: Int
    /// Offset behind the data block.
    let end: Int
    /// 0 for version 1, else the ASCII digit.
    let version: UInt8
    let timeCount: Int
    let leapCount: Int
    private let typeCount: Int
    private let timeBytes: Int

    /// Reads the header at `start` and makes sure that the whole block lies inside the bytes.
    init(_ bytes: Span<UInt8>, at start: Int, timeBytes: Int) throws(TimeZoneError) {
        guard start <= bytes.count, bytes.count - start >= 44, bytes.extracting(start..<start + 4).equals("TZif") else {
            throw .malformed(byteOffset: start)
        }
        var counts: [Int] = []
        for index in 0..<6 { counts.append(Int(bytes.bigEndian(at: start + 20 + index * 4, count: 4))) }
        // 2^32 of each would still fit an Int: no overflow before the comparison with the file's size.
        let size =
            counts[3] * (timeBytes + 1) + counts[4] * 6 + counts[5] + counts[2] * (timeBytes + 4) + counts[1]
            + counts[0]
        guard counts[4] > 0, size <= bytes.count - start - 44 else { throw .malformed(byteOffset: start + 20) }
        self.start = start
        self.timeBytes = timeBytes
        version = bytes[start + 4]
        leapCount = counts[2]
        timeCount = counts[3]
        typeCount = counts[4]
        end = start + 44 + size
    }

    /// The moment of a transition.
    func time(_ index: Int, of bytes: Span<UInt8>) -> Int64 {
        let raw = bytes.bigEndian(at: start + 44 + index * timeBytes, count: timeBytes)
        return timeBytes == 8 ? Int64(bitPattern: raw) : Int64(Int32(truncatingIfNeeded: raw))
    }

    /// The number of the local time type that holds from a transition on.
    func type(_ index: Int, of bytes: Span<UInt8>) -> Int {
        Int(bytes[start + 44 + timeCount * timeBytes + index])
    }

    /// The offset from UTC of a local time type.
    func offset(ofType type: Int, of bytes: Span<UInt8>) throws(TimeZoneError) -> Int32 {
        let place = start + 44 + timeCount * (timeBytes + 1) + type * 6
        guard type < typeCount else { throw .malformed(byteOffset: place) }
        let offset = Int32(truncatingIfNeeded: bytes.bigEndian(at: place, count: 4))
        // RFC 8536 section 3.2: between -25 and 26 hours, exclusive.
        guard offset > -90_000, offset < 93_600 else { throw .malformed(byteOffset: place) }
        return offset
    }
}

extension Span where Element == UInt8 {
    /// The big-endian number of `count` (at most 8) bytes at `offset`, which the caller has checked.
    fileprivate func bigEndian(at offset: Int, count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count { value = value << 8 | UInt64(self[offset + index]) }
        return value
    }
}
