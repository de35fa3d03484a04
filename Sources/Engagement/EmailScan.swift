internal import Bytes

/// A look at a value before it is searched for email addresses: most hold neither of the two signs that one needs.
enum EmailScan {
    /// True when an at sign may stand in the first `limit` bytes, as it is or percent-encoded once or more.
    ///
    /// O(n), sixteen bytes at a time.
    @inline(__always)
    static func mayHoldAddress(_ value: Span<UInt8>, within limit: Int) -> Bool {
        let count = min(value.count, limit)
        let sign = value.firstOffset(from: 0, to: count) { $0.equal(UInt8(ascii: "@")) | $0.equal(UInt8(ascii: "%")) }
        return sign < count && holdsAtSign(value, from: sign, to: count)
    }

    private static func holdsAtSign(_ value: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var offset = start
        while offset < end {
            if value[offset] == UInt8(ascii: "@") || beginsEncodedAtSign(value, at: offset) { return true }
            offset = value.firstOffset(from: offset + 1, to: end) {
                $0.equal(UInt8(ascii: "@")) | $0.equal(UInt8(ascii: "%"))
            }
        }
        return false
    }

    /// True for `%40`, and for a `%25` that may become one.
    private static func beginsEncodedAtSign(_ value: Span<UInt8>, at offset: Int) -> Bool {
        guard value.count - offset >= 3 else { return false }
        switch (value[offset + 1], value[offset + 2]) {
        case (UInt8(ascii: "4"), UInt8(ascii: "0")), (UInt8(ascii: "2"), UInt8(ascii: "5")): return true
        default: return false
        }
    }
}
