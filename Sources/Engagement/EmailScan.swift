internal import Bytes

/// A look at a value before it is searched for email addresses: most hold neither of the two signs that one needs.
enum EmailScan {
    /// True when an at sign may stand in the first `limit` bytes, as it is or percent-encoded once or more.
    ///
    /// O(n), eight bytes at a time.
    static func mayHoldAddress(_ value: Span<UInt8>, within limit: Int) -> Bool {
        let count = min(value.count, limit)
        guard count >= 8 else {
            for offset in 0..<count {
                let byte = value[offset]
                if byte == UInt8(ascii: "@") || byte == UInt8(ascii: "%") { return true }
            }
            return false
        }
        var offset = 0
        while true {
            let word: UInt64 = value.littleEndian(at: offset)
            if hasZeroByte(word ^ atSigns) { return true }
            if hasZeroByte(word ^ percentSigns), hasEncodedAtSign(value, in: offset..<offset + 8) { return true }
            if offset == count - 8 { return false }
            // The last word overlaps the one before rather than being taken byte by byte.
            offset = min(offset + 8, count - 8)
        }
    }

    private static let atSigns: UInt64 = 0x4040_4040_4040_4040
    private static let percentSigns: UInt64 = 0x2525_2525_2525_2525

    /// True when one of the eight bytes is 0 (Warren: "Hacker's Delight", 6-1).
    private static func hasZeroByte(_ word: UInt64) -> Bool {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
    }

    /// True when `%40`, or a `%25` that may become one, begins in `range`.
    private static func hasEncodedAtSign(_ value: Span<UInt8>, in range: Range<Int>) -> Bool {
        for offset in range where value[offset] == UInt8(ascii: "%") && value.count - offset >= 3 {
            switch (value[offset + 1], value[offset + 2]) {
            case (UInt8(ascii: "4"), UInt8(ascii: "0")), (UInt8(ascii: "2"), UInt8(ascii: "5")): return true
            default: continue
            }
        }
        return false
    }
}
