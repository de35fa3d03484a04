package import Bytes

/// Replaces what is shaped like an email address by `(email)`, so that a stored text names nobody.
///
/// An address is a run of bytes that local parts are made of, an at sign, and a domain of at least two labels, a later
/// one of which is not a number: `jquery@3.6.0` in a path is a version, not a person. The at sign and the dots of the
/// domain may be written in every way that `SpelledSign` knows, and each may stand several times in a row, the dots
/// also before the domain: `ann@@mail..example` reaches nobody and is read by everybody. A local part in quotes goes
/// with its quotes. In the place of a domain an IPv4 address may stand, and an IP address in brackets (RFC 5321,
/// section 4.1.3), percent-encoded or not, the end bracket there or not. The signs that separate the parts of a URL
/// (`/ ? # & = ; , :`) end an address. Where in doubt, more is masked rather than less; a name of one label, as in
/// `react@latest`, is no domain that mail is sent to, and in `?article=4012.html` a parameter has a value.
///
/// Of a text that was cut the end tells less. There the local part is masked before an at sign whose domain reaches
/// the end, be it one of no label; before what begins an at sign, as in `ann%4` and `ann=`; and what stands in a quote
/// that was opened at the beginning of a word and not closed, where it is no longer than a local part. A word at the
/// end that none of these holds for stays: every cut text ends with one.
///
/// One pass, O(n) for every input, no allocation.
package enum EmailMask {
    /// The most bytes that masking `count` bytes can give: an address of four bytes becomes seven, and at the end of a
    /// text that was cut what was left of it may be shorter.
    package static func maximumCount(masking count: Int) -> Int { count &* 2 &+ 7 }

    /// Appends `bytes` to `output` with every address replaced.
    ///
    /// - Parameters:
    ///   - bytes: a stored text, percent-encoded or not.
    ///   - isCut: true where the end of the text was left out.
    ///   - output: has room for `maximumCount(masking: bytes.count)` bytes.
    /// - Returns: true when something was replaced.
    @discardableResult
    package static func append(_ bytes: Span<UInt8>, isCut: Bool = false, into output: inout ByteBuffer) -> Bool {
        guard isCut || bytes.mayHoldAtSign(before: bytes.count) else {
            output.append(bytes)
            return false
        }
        var quote = OpenQuote()
        var copied = 0
        var localStart = 0
        var offset = 0
        while offset < bytes.count {
            let sign = SpelledSign.atSign.read(bytes, at: offset)
            let isSign = sign.end != nil || (isCut && sign.isUnfinished)
            if isSign, !endsParameterName(bytes, at: offset, from: localStart) {
                let start = quotedStart(bytes, before: offset, notBefore: copied) ?? localStart
                // What was begun at the end of a cut text is the whole of what is left.
                let signEnd = sign.end.map { endOfAtSigns(bytes, from: $0, isCut: isCut) } ?? bytes.count
                if start < offset, let end = endOfHost(bytes, from: signEnd, sign: offset, isCut: isCut) {
                    output.append(bytes.extracting(copied..<start))
                    output.append("(email)")
                    copied = end
                    offset = end
                    quote = OpenQuote()
                } else {
                    quote.pass(UInt8(ascii: "@"), at: offset)
                    offset = signEnd
                }
                localStart = offset
                continue
            }
            let unit = EncodedByte(in: bytes, at: offset)
            quote.pass(unit.byte, at: offset)
            if !isLocalPart(bytes[offset]) { localStart = offset + 1 }
            offset = unit.end
        }
        if isCut, let start = quote.start {
            output.append(bytes.extracting(copied..<start))
            output.append("(email)")
            copied = bytes.count
        }
        output.append(bytes.extracting(copied..<bytes.count))
        return copied > 0
    }

    /// True for the equals sign at `offset` that ends the name of a query's parameter, which begins at `start`.
    private static func endsParameterName(_ bytes: Span<UInt8>, at offset: Int, from start: Int) -> Bool {
        guard bytes[offset] == UInt8(ascii: "="), start > 0 else { return false }
        let before = bytes[start - 1]
        return before == UInt8(ascii: "?") || before == UInt8(ascii: "&") || before == UInt8(ascii: ";")
    }

    /// A quoted local part that was begun and not ended.
    private struct OpenQuote {
        private var place: Int?
        private var bytesBehind = 0
        private var followsWord = false

        /// Where it begins, with at least a byte behind it and no more than a local part has; nil where none does.
        var start: Int? { 1...localPartBytesMax ~= bytesBehind ? place : nil }

        /// Takes the next byte of the text, decoded, which stands at `offset`.
        mutating func pass(_ byte: UInt8, at offset: Int) {
            if byte == UInt8(ascii: "\"") {
                place = place == nil && !followsWord ? offset : nil
                bytesBehind = 0
            } else {
                bytesBehind += 1
            }
            followsWord = isLocalPart(byte)
        }
    }

    /// RFC 5321, section 4.5.3.1.1.
    private static let localPartBytesMax = 64

    /// Offset of the quote that opens the quoted local part ending right before `offset`.
    private static func quotedStart(_ bytes: Span<UInt8>, before offset: Int, notBefore floor: Int) -> Int? {
        guard offset - 2 >= floor, bytes[offset - 1] == UInt8(ascii: "\"") else { return nil }
        // The search back is bounded, so that a text of quotes and at signs costs no more than any other.
        var start = offset - 2
        let first = max(floor, offset - 2 - localPartBytesMax)
        while start >= first {
            if bytes[start] == UInt8(ascii: "\"") { return start }
            start -= 1
        }
        return nil
    }

    /// True for a byte that a local part may hold, less the signs that separate the parts of a URL.
    static func isLocalPart(_ byte: UInt8) -> Bool {
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
}
