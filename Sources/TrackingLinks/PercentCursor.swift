import Bytes

/// Walks over percent-encoded bytes and gives the decoded ones, so that a value can be looked at without a copy.
struct PercentCursor {
    /// Offset of the next byte to read.
    private(set) var offset = 0
    /// True once a `%` without two hex digits behind it was given as text.
    private(set) var metBrokenEscape = false

    /// The next decoded byte, or nil at the end.
    @inline(__always)
    mutating func next(in bytes: Span<UInt8>) -> UInt8? {
        guard offset < bytes.count else { return nil }
        let byte = bytes[offset]
        if byte == UInt8(ascii: "%") {
            if let decoded = PercentCoding.escapedByte(in: bytes, at: offset) {
                offset += 3
                return decoded
            }
            metBrokenEscape = true
        }
        offset += 1
        return byte
    }
}
