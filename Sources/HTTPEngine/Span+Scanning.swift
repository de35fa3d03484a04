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

/// Marks the colons of a word.
@inline(__always)
func colonMarks(_ word: UInt64) -> UInt64 {
    zeroBytes(word ^ (lowBits &* UInt64(UInt8(ascii: ":"))))
}

extension Span where Element == UInt8 {
    /// The eight bytes at `offset` as a little-endian number. They lie inside.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The same, for who has checked the end before.
    @inline(__always)
    func uncheckedWord(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// Offset of the first byte in `start..<end` that is below 0x20 or DEL, or `end`. O(n).
    func firstControl(from start: Int, to end: Int) -> Int {
        firstMark(from: start, to: end, { bytesBelow(0x20, $0) | zeroBytes($0 ^ (lowBits &* 0x7F)) })
    }

    /// Offset of the first space, control byte or DEL in `start..<end`, or `end`. O(n).
    func firstBlankOrControl(from start: Int, to end: Int) -> Int {
        firstMark(from: start, to: end, { bytesBelow(0x21, $0) | zeroBytes($0 ^ (lowBits &* 0x7F)) })
    }

    /// Offset of the first `byte` in `start..<end`, or `end`. O(n).
    @inline(__always)
    func firstOffset(of byte: UInt8, from start: Int, to end: Int) -> Int {
        let pattern = lowBits &* UInt64(byte)
        return firstMark(from: start, to: end, { zeroBytes($0 ^ pattern) })
    }

    /// Offset of the first byte in `start..<end` that `marks` finds, or `end`.
    @inline(__always)
    private func firstMark(from start: Int, to end: Int, _ marks: (UInt64) -> UInt64) -> Int {
        precondition(start >= 0 && end <= count, "the search goes past the bytes")
        var offset = start
        while offset &+ 16 <= end {
            let hits = marks(uncheckedWord(at: offset))
            let more = marks(uncheckedWord(at: offset &+ 8))
            if hits | more != 0 {
                return hits != 0
                    ? offset &+ hits.trailingZeroBitCount &>> 3 : offset &+ 8 &+ more.trailingZeroBitCount &>> 3
            }
            offset &+= 16
        }
        while offset &+ 8 <= end {
            let hits = marks(uncheckedWord(at: offset))
            if hits != 0 { return offset &+ hits.trailingZeroBitCount &>> 3 }
            offset &+= 8
        }
        while offset < end {
            // The other seven bytes of the word are zero, which is a mark only behind the first.
            if marks(UInt64(self[offset])) & 0x80 != 0 { return offset }
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
