import Bytes

// The searches that a request head consists of, sixteen bytes at a time (`ByteBlock`).

extension Span where Element == UInt8 {
    /// Offset of the first byte in `start..<end` that is below 0x20 or DEL, or `end`. O(n).
    @inline(__always)
    func firstControl(from start: Int, to end: Int) -> Int {
        firstOffset(from: start, to: end) { $0.atMost(0x1F) | $0.equal(0x7F) }
    }

    /// The same, and on the way `signs` gets a bit where something stands before it that an at sign can begin with.
    @inline(__always)
    func firstControl(from start: Int, to end: Int, signs: inout UInt32) -> Int {
        firstOffset(
            from: start, to: end, where: { $0.atMost(0x1F) | $0.equal(0x7F) },
            noting: \.atSignBeginnings, in: &signs)
    }

    /// Offset of the first space, control byte or DEL in `start..<end`, or `end`. O(n).
    @inline(__always)
    func firstBlankOrControl(from start: Int, to end: Int) -> Int {
        firstOffset(from: start, to: end) { $0.atMost(0x20) | $0.equal(0x7F) }
    }

    /// Offset of the first `byte` in `start..<end`, or `end`. O(n).
    @inline(__always)
    func firstOffset(of byte: UInt8, from start: Int, to end: Int) -> Int {
        firstOffset(from: start, to: end) { $0.equal(byte) }
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
