import Bytes

/// Hides whom a link is for, so that a mail that was made for one person can be talked about.
///
/// The value of every `cuid` is replaced, in the link's own query and in that of a link within it, percent-encoded as
/// often as it may be, and then everything that is shaped like an email address. Where in doubt, more is hidden rather
/// than less. O(n). Not for the hot path.
package enum RecipientMask {
    /// What stands for an identifier that is there.
    package static let sign = "(present)"

    /// The text without identifiers.
    package static func masked(_ text: String) -> String {
        let given = Array(text.utf8)
        var hidden: [UInt8] = []
        hidden.reserveCapacity(given.count)
        var offset = 0
        while offset < given.count {
            guard let value = value(in: given.span, at: offset) else {
                hidden.append(given[offset])
                offset += 1
                continue
            }
            hidden += given[offset..<value.lowerBound]
            if !value.isEmpty { hidden += Array(sign.utf8) }
            offset = value.upperBound
        }
        var output = ByteBuffer(capacity: max(1, EmailMask.maximumCount(masking: hidden.count)))
        EmailMask.append(hidden.span, into: &output)
        return String(decoding: output.toArray(), as: UTF8.self)
    }

    /// Where the value stands behind `cuid=` at `offset`, or nil where no such thing stands there.
    private static func value(in text: Span<UInt8>, at offset: Int) -> Range<Int>? {
        guard text.extracting(offset..<text.count).hasPrefixIgnoringASCIICase("cuid") else { return nil }
        let place = offset + 4
        guard place < text.count else { return nil }
        if text[place] == UInt8(ascii: "=") { return place + 1..<end(in: text, from: place + 1, encodedTimes: 0) }
        // A template engine's `&#x3D;` and `&#61;`.
        let rest = text.extracting(place..<text.count)
        for entity: StaticString in ["&#x3d;", "&#61;"] where rest.hasPrefixIgnoringASCIICase(entity) {
            let start = place + entity.utf8CodeUnitCount
            return start..<end(in: text, from: start, encodedTimes: 0)
        }
        guard let sign = escape(in: text, at: place, UInt8(ascii: "3"), UInt8(ascii: "d")) else { return nil }
        return sign.end..<end(in: text, from: sign.end, encodedTimes: sign.times)
    }

    /// Where a value ends: at the next `&` or `#`, encoded no more often than what stands in front of it was.
    private static func end(in text: Span<UInt8>, from start: Int, encodedTimes: Int) -> Int {
        var offset = start
        while offset < text.count, text[offset] != UInt8(ascii: "&"), text[offset] != UInt8(ascii: "#") {
            let sign =
                escape(in: text, at: offset, UInt8(ascii: "2"), UInt8(ascii: "6"))
                ?? escape(in: text, at: offset, UInt8(ascii: "2"), UInt8(ascii: "3"))
            if let sign, sign.times <= encodedTimes { return offset }
            offset = sign?.end ?? offset + 1
        }
        return offset
    }

    /// The percent-encoding at `offset` of the byte with these two digits (small letters): how often it is encoded, and
    /// where it ends; nil where there is none.
    private static func escape(
        in text: Span<UInt8>, at offset: Int, _ high: UInt8, _ low: UInt8
    ) -> (times: Int, end: Int)? {
        guard text[offset] == UInt8(ascii: "%") else { return nil }
        var digits = offset + 1
        var times = 1
        while digits + 1 < text.count, text[digits] == UInt8(ascii: "2"), text[digits + 1] == UInt8(ascii: "5") {
            digits += 2
            times += 1
        }
        guard digits + 1 < text.count, text[digits] == high, text[digits + 1].asciiLowercased == low else { return nil }
        return (times, digits + 2)
    }
}
