import Bytes

/// A character reference (HTML, 13.5) that escapes a sign of URLs: what HTML and template engines make of `&`, `=`, `'`
/// and the backtick. Its own `#` and `;` may be percent-encoded, as a client does with what can't stand in a request.
struct HTMLEntity {
    /// What it stands for.
    let byte: UInt8
    /// The offset behind it.
    private(set) var end: Int
    /// The name of undoing it.
    var repair: LinkRepair { isNamed ? .ampersandEntity : .numericEntity }
    private let isNamed: Bool

    /// Reads one with its ampersand. That of an ampersand reaches as far as it was escaped again: `&amp;amp;`.
    init?(in text: Span<UInt8>, at offset: Int) {
        guard text[offset] == UInt8(ascii: "&") else { return nil }
        self.init(behindAmpersand: text, at: offset + 1)
        guard byte == UInt8(ascii: "&") else { return }
        while let more = HTMLEntity(behindAmpersand: text, at: end), more.byte == byte { end = more.end }
    }

    /// Reads one whose ampersand stands before `offset`.
    init?(behindAmpersand text: Span<UInt8>, at offset: Int) {
        var end = offset
        if text.extracting(min(offset, text.count)..<text.count).hasPrefixIgnoringASCIICase("amp") {
            (byte, isNamed, end) = (UInt8(ascii: "&"), true, offset + 3)
        } else {
            guard Self.take(UInt8(ascii: "#"), text, &end), let number = Self.number(text, &end),
                let byte = Self.signs.first(where: { $0 == number })
            else { return nil }
            (self.byte, isNamed) = (byte, false)
        }
        guard Self.take(UInt8(ascii: ";"), text, &end) else { return nil }
        self.end = end
    }

    private static let signs: InlineArray<4, UInt8> = [
        UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "'"), UInt8(ascii: "`"),
    ]

    /// Steps over a byte, plain or percent-encoded.
    private static func take(_ byte: UInt8, _ text: Span<UInt8>, _ offset: inout Int) -> Bool {
        guard offset < text.count else { return false }
        if text[offset] == byte {
            offset += 1
        } else if PercentCoding.escapedByte(in: text, at: offset) == byte {
            offset += 3
        } else {
            return false
        }
        return true
    }

    /// Steps over a decimal number, or a hexadecimal one behind an `x`, of at most four digits.
    private static func number(_ text: Span<UInt8>, _ offset: inout Int) -> Int? {
        var radix = 10
        if offset < text.count, text[offset].asciiLowercased == UInt8(ascii: "x") {
            radix = 16
            offset += 1
        }
        var value = 0
        let start = offset
        while offset < text.count, offset - start < 4, let digit = text[offset].hexDigitValue, Int(digit) < radix {
            value = value * radix + Int(digit)
            offset += 1
        }
        return offset > start ? value : nil
    }
}

extension InlineArray where Element: Equatable {
    fileprivate func first(where holds: (Element) -> Bool) -> Element? {
        for index in indices where holds(self[index]) { return self[index] }
        return nil
    }
}
