import Bytes

// Eight bytes at a time: the searches that a request head consists of. Bit 7 of each byte of a word says whether the
// byte is what is looked for; borrows of the subtraction reach only bytes behind a hit, so that the first hit is exact.

private let lowBits: UInt64 = 0x0101_0101_0101_0101
private let highBits: UInt64 = 0x8080_8080_8080_8080

/// Marks the zero bytes of a word.
@inline(__always)
private func zeroBytes(_ word: UInt64) -> UInt64 {
    (word &- lowBits) & ~word & highBits
}

/// Marks the bytes below `bound`, which is at most 128.
@inline(__always)
private func bytesBelow(_ bound: UInt8, _ word: UInt64) -> UInt64 {
    (word &- lowBits &* UInt64(bound)) & ~word & highBits
}

extension Span where Element == UInt8 {
    /// The eight bytes at `offset` as a little-endian number. They lie inside.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Offset of the first byte in `start..<end` that is below `bound` or DEL, or `end`. O(n).
    @inline(__always)
    func firstControl(below bound: UInt8, from start: Int, to end: Int) -> Int {
        var offset = start
        while offset &+ 8 <= end {
            let word = word(at: offset)
            let hits = bytesBelow(bound, word) | zeroBytes(word ^ (lowBits &* 0x7F))
            if hits != 0 { return offset &+ hits.trailingZeroBitCount &>> 3 }
            offset &+= 8
        }
        while offset < end {
            let byte = self[offset]
            if byte < bound || byte == 0x7F { return offset }
            offset &+= 1
        }
        return end
    }

    /// Offset of the first `byte` in `start..<end`, or `end`. O(n).
    @inline(__always)
    func firstOffset(of byte: UInt8, from start: Int, to end: Int) -> Int {
        let pattern = lowBits &* UInt64(byte)
        var offset = start
        while offset &+ 8 <= end {
            let hits = zeroBytes(word(at: offset) ^ pattern)
            if hits != 0 { return offset &+ hits.trailingZeroBitCount &>> 3 }
            offset &+= 8
        }
        while offset < end {
            if self[offset] == byte { return offset }
            offset &+= 1
        }
        return end
    }
}

extension UInt8 {
    /// True for the bytes that a token consists of (RFC 9110 section 5.6.2).
    @inline(__always)
    var isTokenByte: Bool {
        // Bits of ! # $ % & ' * + - . 0-9 in the first word, of A-Z ^ _ ` a-z | ~ in the second.
        let bits: UInt64 = self < 64 ? 0x03FF_6CFA_0000_0000 : self < 128 ? 0x57FF_FFFF_C7FF_FFFE : 0
        return (bits &>> UInt64(self & 63)) & 1 == 1
    }
}
