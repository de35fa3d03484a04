internal import Bytes

// What stands behind an at sign.

extension EmailMask {
    /// Offset behind the at signs that follow the one that ends at `start`, one behind the other.
    static func endOfAtSigns(_ bytes: Span<UInt8>, from start: Int, isCut: Bool) -> Int {
        var end = start
        while end < bytes.count {
            let next = SpelledSign.atSign.read(bytes, at: end)
            if isCut, next.isUnfinished { return bytes.count }
            guard let nextEnd = next.end else { break }
            end = nextEnd
        }
        return end
    }

    /// Offset behind the domain or the address that begins at `start`, or nil where neither does.
    ///
    /// - Parameters:
    ///   - sign: where the at sign stands before it.
    ///   - isCut: true where the text's end was left out: then what reaches the end is a domain, however short.
    static func endOfHost(_ bytes: Span<UInt8>, from start: Int, sign: Int, isCut: Bool) -> Int? {
        guard start < bytes.count else { return isCut ? start : nil }
        if EncodedByte(in: bytes, at: sign).byte == UInt8(ascii: "=") {
            return endOfQuotedPrintableDomain(bytes, from: start, isCut: isCut)
        }
        let first = endOfDots(bytes, from: start, isCut: isCut)
        return endOfDomain(bytes, from: first, isCut: isCut) ?? endOfIPv4(bytes, from: first, isCut: isCut)
            ?? endOfLiteral(bytes, from: first, isCut: isCut)
    }

    /// Offset behind the domain behind `=40`. That is a number with a name before it far more often (`width=40.5`,
    /// `/id=4012.html`, `size=40mm.html`): a domain that begins with a digit, holds an escape or ends as files do is
    /// none here.
    private static func endOfQuotedPrintableDomain(_ bytes: Span<UInt8>, from start: Int, isCut: Bool) -> Int? {
        guard bytes[start].isASCIILetter || bytes[start] >= 0x80,
            let end = endOfDomain(bytes, from: start, isCut: isCut)
        else { return nil }
        let domain = bytes.extracting(start..<end)
        var lastLabel = 0
        for offset in domain.indices {
            if domain[offset] == UInt8(ascii: "%") { return nil }
            if domain[offset] == UInt8(ascii: ".") { lastLabel = offset + 1 }
        }
        let name = domain.extracting(lastLabel..<domain.count)
        return isFileType(name) ? nil : end
    }

    /// True for what names of files on the web end with, and no domain.
    private static func isFileType(_ name: Span<UInt8>) -> Bool {
        func isIt(_ type: StaticString) -> Bool { name.equalsIgnoringASCIICase(type) }
        return isIt("html") || isIt("htm") || isIt("php") || isIt("aspx") || isIt("asp") || isIt("jsp") || isIt("jpg")
            || isIt("jpeg") || isIt("png") || isIt("gif") || isIt("webp") || isIt("avif") || isIt("svg") || isIt("pdf")
            || isIt("css") || isIt("js") || isIt("json") || isIt("xml") || isIt("txt")
    }

    /// Offset behind the dots that stand one behind the other from `start` on. A dot that was begun at the end of a
    /// text that was cut counts.
    private static func endOfDots(_ bytes: Span<UInt8>, from start: Int, isCut: Bool) -> Int {
        var end = start
        while end < bytes.count {
            let next = SpelledSign.dot.read(bytes, at: end)
            if isCut, next.isUnfinished { return bytes.count }
            guard let nextEnd = next.end else { break }
            end = nextEnd
        }
        return end
    }

    /// Offset behind the domain that begins at `start`, or nil where no domain of two labels does. Behind the last
    /// label with a letter nothing belongs to the domain: a full stop that ends a sentence, a number.
    private static func endOfDomain(_ bytes: Span<UInt8>, from start: Int, isCut: Bool) -> Int? {
        var domainEnd: Int?
        var labels = 0
        var labelStart = start
        while labelStart < bytes.count {
            var hasLetter = false
            var end = labelStart
            while end < bytes.count, isLabel(bytes[end]), SpelledSign.dot.read(bytes, at: end).end == nil,
                SpelledSign.atSign.read(bytes, at: end).end == nil
            {
                if bytes[end].isASCIILetter || bytes[end] >= 0x80 { hasLetter = true }
                end += 1
            }
            guard end > labelStart else { return domainEnd }
            labels += 1
            if labels > 1, hasLetter { domainEnd = end }
            labelStart = endOfDots(bytes, from: end, isCut: isCut)
            guard labelStart > end || end == bytes.count else { return domainEnd }
        }
        return isCut ? bytes.count : domainEnd
    }

    /// Offset behind the IPv4 address that begins at `start`, four numbers up to 255, or nil where none does.
    private static func endOfIPv4(_ bytes: Span<UInt8>, from start: Int, isCut: Bool) -> Int? {
        var end = start
        for number in 0..<4 {
            let digits = number == 0 ? start : endOfDots(bytes, from: end, isCut: isCut)
            guard number == 0 || digits > end else { return nil }
            end = digits
            var value = 0
            while end < bytes.count, end - digits < 4, bytes[end].isASCIIDigit {
                value = value * 10 + Int(bytes[end] - UInt8(ascii: "0"))
                end += 1
            }
            guard 1...3 ~= end - digits, value <= 255 else { return nil }
        }
        return end
    }

    /// Offset behind the address in brackets that begins at `start`, or nil where none does. One without an end bracket
    /// ends with the text, or, where it has a number and a dot or colon, with what an address can hold.
    private static func endOfLiteral(_ bytes: Span<UInt8>, from start: Int, isCut: Bool) -> Int? {
        guard start < bytes.count else { return nil }
        let bracket = EncodedByte(in: bytes, at: start)
        guard bracket.byte == UInt8(ascii: "[") else { return nil }
        let first = bracket.end
        let last = min(bytes.count, first + literalBytesMax)
        var (hasNumber, hasSeparator) = (false, false)
        var offset = first
        while offset < last {
            let byte = bytes[offset]
            let unit = EncodedByte(in: bytes, at: offset)
            if unit.byte == UInt8(ascii: "]") { return offset > first ? unit.end : nil }
            let isSeparator = byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
            guard isLabel(byte) || isSeparator else { break }
            if byte.isASCIIDigit { hasNumber = true }
            if isSeparator { hasSeparator = true }
            offset += 1
        }
        if offset == bytes.count { return isCut || offset > first ? offset : nil }
        return hasNumber && hasSeparator ? offset : nil
    }

    /// `IPv6:` and 39 digits and colons, each of which may be percent-encoded twice. It bounds what is looked at for
    /// each at sign.
    private static let literalBytesMax = 5 * 44

    /// True for a byte that a domain's label may hold, percent-encoding included.
    private static func isLabel(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80 || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "%")
    }
}
