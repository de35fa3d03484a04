internal import Bytes

/// A sign of an email address in the ways that texts write it: as it is or in full width, as an HTML character
/// reference, quoted-printable (`=40`), and each of these percent-encoded any number of times.
enum SpelledSign {
    case atSign
    case dot

    /// What stands at an offset.
    enum Reading {
        case missing
        /// The text ends within what may have become the sign.
        case unfinished
        /// The sign, up to this offset.
        case found(end: Int)

        /// Where the sign ends, or nil where there is none.
        var end: Int? {
            if case .found(let end) = self { end } else { nil }
        }

        /// True where the text ends within the sign.
        var isUnfinished: Bool {
            if case .unfinished = self { true } else { false }
        }

        /// What stands there when one of two spellings may.
        func or(_ other: Reading) -> Reading {
            switch (self, other) {
            case (.found, _), (.unfinished, .missing), (.unfinished, .unfinished): self
            default: other
            }
        }
    }

    /// Reads the sign at `offset`, which lies inside. A spelling has its own first byte, and what follows is read as
    /// far as it is the spelling: O(n) for all offsets of a text.
    func read(_ bytes: Span<UInt8>, at offset: Int) -> Reading {
        let first = EncodedByte(in: bytes, at: offset)
        if first.isUnfinished { return mayBegin(first, in: bytes) ? .unfinished : .missing }
        switch (first.byte, self) {
        case (UInt8(ascii: "@"), .atSign), (UInt8(ascii: "."), .dot): return .found(end: first.end)
        case (UInt8(ascii: "="), .atSign): return Self.match("=40", bytes, from: offset)
        case (UInt8(ascii: "="), .dot): return Self.match("=2e", bytes, from: offset)
        case (UInt8(ascii: "&"), .atSign):
            return Self.match("&commat;", bytes, from: offset).or(Self.number("64", "40", bytes, from: first.end))
        case (UInt8(ascii: "&"), .dot):
            return Self.match("&period;", bytes, from: offset).or(Self.number("46", "2e", bytes, from: first.end))
        case (0xEF, .atSign):
            // U+FF20 and U+FE6B.
            return Self.match("＠", bytes, from: offset).or(Self.match("﹫", bytes, from: offset))
        case (0xE3, .dot), (0xEF, .dot):
            // The dots of UTS 46: U+3002, U+FF0E and U+FF61.
            return Self.match("。", bytes, from: offset).or(Self.match("．", bytes, from: offset))
                .or(Self.match("｡", bytes, from: offset))
        default: return .missing
        }
    }

    /// True where an escape that was cut may have become the first byte of a spelling.
    private func mayBegin(_ first: EncodedByte, in bytes: Span<UInt8>) -> Bool {
        first.mayBecome(self == .atSign ? UInt8(ascii: "@") : UInt8(ascii: "."), in: bytes)
            || first.mayBecome(UInt8(ascii: "="), in: bytes) || first.mayBecome(UInt8(ascii: "&"), in: bytes)
            || first.mayBecome(0xEF, in: bytes)
    }

    /// Reads the bytes of a spelling in small letters, ASCII letters compared without regard to case.
    private static func match(_ spelling: StaticString, _ bytes: Span<UInt8>, from start: Int) -> Reading {
        let length = spelling.utf8CodeUnitCount
        let expected = unsafe spelling.utf8Start
        var offset = start
        for place in 0..<length {
            let letter = unsafe expected[place]
            guard offset < bytes.count else { return .unfinished }
            let unit = EncodedByte(in: bytes, at: offset)
            if unit.isUnfinished { return unit.mayBecome(letter, in: bytes) ? .unfinished : .missing }
            guard unit.byte.asciiLowercased == letter else { return .missing }
            offset = unit.end
        }
        return .found(end: offset)
    }

    /// Reads the number of a character reference behind its ampersand, with zeros before it or without, and with its
    /// semicolon or without.
    private static func number(
        _ decimal: StaticString, _ hexadecimal: StaticString, _ bytes: Span<UInt8>, from start: Int
    ) -> Reading {
        let hash = match("#x", bytes, from: start)
        guard let digits = hash.end ?? match("#", bytes, from: start).end else { return hash }
        let isHexadecimal = hash.end != nil
        var offset = digits
        while offset < bytes.count, EncodedByte(in: bytes, at: offset).byte == UInt8(ascii: "0") {
            offset = EncodedByte(in: bytes, at: offset).end
        }
        let number = match(isHexadecimal ? hexadecimal : decimal, bytes, from: offset)
        guard let end = number.end, end < bytes.count else { return number }
        let next = EncodedByte(in: bytes, at: end)
        if next.byte == UInt8(ascii: ";") { return .found(end: next.end) }
        let goesOn = isHexadecimal ? next.byte.hexDigitValue != nil : next.byte.isASCIIDigit
        return goesOn ? .missing : number
    }
}
