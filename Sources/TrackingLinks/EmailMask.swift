package import Bytes

/// Replaces what is shaped like an email address by `(email)`, so that a stored text names nobody.
///
/// An address is a run of bytes that local parts are made of, an at sign, and a domain of at least two labels, a later
/// one of which is not a number: `jquery@3.6.0` in a path is a version, not a person. The at sign and the dots of the
/// domain may be percent-encoded, any number of times (`%40`, `%2540`, `%252E`). A local part in quotes goes with its
/// quotes. In the place of a domain an IP address in brackets may stand (RFC 5321, section 4.1.3), percent-encoded or
/// not. The signs that separate the parts of a URL (`/ ? # & = ; , :`) end an address. Where in doubt, more is masked
/// rather than less; a name of one label, as in `react@latest`, is no domain that mail is sent to.
///
/// One pass, O(n) for every input, no allocation.
package enum EmailMask {
    /// The most bytes that masking `count` bytes can give.
    package static func maximumCount(masking count: Int) -> Int { count &* 2 }

    /// Appends `bytes` to `output` with every address replaced.
    ///
    /// - Parameters:
    ///   - bytes: a stored text, percent-encoded or not.
    ///   - output: has room for `maximumCount(masking: bytes.count)` bytes.
    /// - Returns: true when something was replaced.
    @discardableResult
    package static func append(_ bytes: Span<UInt8>, into output: inout ByteBuffer) -> Bool {
        guard bytes.firstOffset(of: UInt8(ascii: "@")) != nil || bytes.firstOffset(of: UInt8(ascii: "%")) != nil else {
            output.append(bytes)
            return false
        }
        var copied = 0
        var localStart = 0
        var offset = 0
        while offset < bytes.count {
            let atSignEnd = endOfAtSign(bytes, at: offset)
            if atSignEnd > offset {
                let start = quotedStart(bytes, before: offset, notBefore: copied) ?? localStart
                if start < offset,
                    let end = endOfDomain(bytes, from: atSignEnd) ?? endOfLiteral(bytes, from: atSignEnd)
                {
                    output.append(bytes.extracting(copied..<start))
                    output.append("(email)")
                    copied = end
                    offset = end
                } else {
                    offset = atSignEnd
                }
                localStart = offset
                continue
            }
            if !isLocalPart(bytes[offset]) { localStart = offset + 1 }
            offset += 1
        }
        output.append(bytes.extracting(copied..<bytes.count))
        return copied > 0
    }

    /// Offset behind the at sign at `offset`, however often it is percent-encoded, or `offset` where there is none.
    private static func endOfAtSign(_ bytes: Span<UInt8>, at offset: Int) -> Int {
        if bytes[offset] == UInt8(ascii: "@") { return offset + 1 }
        return endOfEscape(bytes, at: offset, UInt8(ascii: "4"), UInt8(ascii: "0"))
    }

    /// Offset behind the dot at `offset`, however often it is percent-encoded, or `offset` where there is none.
    private static func endOfDot(_ bytes: Span<UInt8>, at offset: Int) -> Int {
        if bytes[offset] == UInt8(ascii: ".") { return offset + 1 }
        return endOfEscape(bytes, at: offset, UInt8(ascii: "2"), UInt8(ascii: "e"))
    }

    /// Offset behind the percent-encoding at `offset`, encoded once or more, of the byte with these two digits (small
    /// letters), or `offset` where there is none. Only a percent sign begins one, and no two of them overlap: O(n) for
    /// a whole text.
    private static func endOfEscape(_ bytes: Span<UInt8>, at offset: Int, _ high: UInt8, _ low: UInt8) -> Int {
        guard bytes[offset] == UInt8(ascii: "%") else { return offset }
        var digits = offset + 1
        while digits + 1 < bytes.count, bytes[digits] == UInt8(ascii: "2"), bytes[digits + 1] == UInt8(ascii: "5") {
            digits += 2
        }
        guard digits + 1 < bytes.count, bytes[digits] == high, bytes[digits + 1].asciiLowercased == low else {
            return offset
        }
        return digits + 2
    }

    /// Offset of the quote that opens the quoted local part ending right before `offset`.
    private static func quotedStart(_ bytes: Span<UInt8>, before offset: Int, notBefore floor: Int) -> Int? {
        guard offset - 2 >= floor, bytes[offset - 1] == UInt8(ascii: "\"") else { return nil }
        // A local part has at most 64 bytes (RFC 5321, section 4.5.3.1.1): the search back is bounded, so that a text
        // of quotes and at signs costs no more than any other.
        var start = offset - 2
        let first = max(floor, offset - 66)
        while start >= first {
            if bytes[start] == UInt8(ascii: "\"") { return start }
            start -= 1
        }
        return nil
    }

    /// Offset behind the domain that begins at `start`, or nil where no domain of two labels does. Behind the last
    /// label with a letter nothing belongs to the domain: a full stop that ends a sentence, a number.
    private static func endOfDomain(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var domainEnd: Int?
        var labels = 0
        var labelStart = start
        while true {
            var hasLetter = false
            var end = labelStart
            while end < bytes.count, isLabel(bytes[end]), endOfDot(bytes, at: end) == end,
                endOfAtSign(bytes, at: end) == end
            {
                if bytes[end].isASCIILetter || bytes[end] >= 0x80 { hasLetter = true }
                end += 1
            }
            guard end > labelStart else { return domainEnd }
            labels += 1
            if labels > 1, hasLetter { domainEnd = end }
            guard end < bytes.count else { return domainEnd }
            labelStart = endOfDot(bytes, at: end)
            guard labelStart > end else { return domainEnd }
        }
    }

    /// Offset behind the address in brackets that begins at `start`, or nil where none does. One that was cut ends with
    /// the text.
    private static func endOfLiteral(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        var offset = endOfBracket(bytes, at: start, UInt8(ascii: "["), UInt8(ascii: "b"))
        let first = offset
        guard first > start else { return nil }
        let last = min(bytes.count, offset + literalBytesMax)
        while offset < last {
            let end = endOfBracket(bytes, at: offset, UInt8(ascii: "]"), UInt8(ascii: "d"))
            if end > offset { return offset > first ? end : nil }
            guard isLabel(bytes[offset]) || bytes[offset] == UInt8(ascii: ".") || bytes[offset] == UInt8(ascii: ":")
            else { return nil }
            offset += 1
        }
        return offset == bytes.count && offset > first ? offset : nil
    }

    /// Offset behind a bracket, however often it is percent-encoded, or `offset` where there is none.
    private static func endOfBracket(_ bytes: Span<UInt8>, at offset: Int, _ sign: UInt8, _ digit: UInt8) -> Int {
        bytes[offset] == sign ? offset + 1 : endOfEscape(bytes, at: offset, UInt8(ascii: "5"), digit)
    }

    /// `IPv6:` and 39 digits and colons, each of which may be percent-encoded twice. It bounds what is looked at for
    /// each at sign.
    private static let literalBytesMax = 5 * 44

    /// True for a byte that a local part may hold, less the signs that separate the parts of a URL.
    private static func isLocalPart(_ byte: UInt8) -> Bool {
        if byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80 { return true }
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "%"),
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            return true
        default:
            return false
        }
    }

    /// True for a byte that a domain's label may hold, percent-encoding included.
    private static func isLabel(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80 || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "%")
    }
}
