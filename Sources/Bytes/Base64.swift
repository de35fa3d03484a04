/// Base64 (RFC 4648): the standard alphabet with padding, for HTTP Basic, and base64url without, for what stands in
/// links.
///
/// Reading is strict: one text for each run of bytes. What gives an array or a string is not for the hot path.
package enum Base64 {
    /// Which 64 characters, and whether `=` fills the last group.
    package enum Alphabet: Sendable {
        /// `+` and `/`, padded (RFC 4648, 4).
        case standard
        /// `-` and `_`, not padded (RFC 4648, 5).
        case url
    }

    /// The text of `bytes`. O(n).
    package static func encode(_ bytes: Span<UInt8>, alphabet: Alphabet = .standard) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var offset = 0
        while offset < bytes.count {
            let taken = min(3, bytes.count - offset)
            var group: UInt32 = 0
            for index in 0..<3 { group = group << 8 | (index < taken ? UInt32(bytes[offset + index]) : 0) }
            for index in 0...taken {
                text.append(character(UInt8(group >> UInt32(18 - 6 * index) & 0x3F), alphabet: alphabet))
            }
            if alphabet == .standard {
                text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - taken))
            }
            offset += taken
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, or nil when it is not exactly what `encode` writes for some bytes: another character,
    /// padding that is missing or too much, or bits set that no byte has (RFC 4648, 3.5). O(n).
    package static func decode(_ text: Span<UInt8>, alphabet: Alphabet = .standard) -> [UInt8]? {
        var buffer = ByteBuffer(capacity: text.count + 1)
        return decode(text, alphabet: alphabet, into: &buffer) ? buffer.toArray() : nil
    }

    /// Appends the bytes of a text, by the same rules. O(n), allocates nothing.
    ///
    /// - Parameter buffer: has room for as many bytes as the text has characters; less comes out.
    /// - Returns: false, and nothing appended, where the text is not what `encode` writes.
    package static func decode(
        _ text: Span<UInt8>, alphabet: Alphabet = .standard, into buffer: inout ByteBuffer
    ) -> Bool {
        let start = buffer.count
        var count = text.count
        if alphabet == .standard {
            guard count.isMultiple(of: 4) else { return false }
            for _ in 0..<2 where count > 0 && text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        }
        guard count % 4 != 1 else { return false }
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for offset in 0..<count {
            guard let value = value(text[offset], alphabet: alphabet) else {
                buffer.truncate(to: start)
                return false
            }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                buffer.append(UInt8(truncatingIfNeeded: bits >> bitCount))
                bits &= 1 << bitCount - 1
            }
        }
        if bits != 0 { buffer.truncate(to: start) }
        return bits == 0
    }

    private static func character(_ value: UInt8, alphabet: Alphabet) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: alphabet == .url ? UInt8(ascii: "-") : UInt8(ascii: "+")
        default: alphabet == .url ? UInt8(ascii: "_") : UInt8(ascii: "/")
        }
    }

    private static func value(_ character: UInt8, alphabet: Alphabet) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+") where alphabet == .standard, UInt8(ascii: "-") where alphabet == .url: 62
        case UInt8(ascii: "/") where alphabet == .standard, UInt8(ascii: "_") where alphabet == .url: 63
        default: nil
        }
    }
}
