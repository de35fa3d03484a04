/// The grammar of numbers in JSON5 (specification, 6) and JSON (RFC 8259, 6).
enum JSON5Number {
    /// The nearest `Double` to a number as it is written, infinite where that is, or nil when it is no number.
    static func value(of text: Span<UInt8>, dialect: JSON5.Dialect) -> Double? {
        var offset = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative || text.count > 0 && text[0] == UInt8(ascii: "+") && dialect == .json5 { offset = 1 }
        let rest = text.extracting(offset..<text.count)
        if dialect == .json5 {
            if rest.equals("Infinity") { return isNegative ? -.infinity : .infinity }
            if rest.equals("NaN") { return .nan }
            if rest.hasPrefixIgnoringASCIICase("0x") {
                guard Hexadecimal.isHexadecimal(rest.extracting(2..<rest.count)) else { return nil }
                return Double(text.toString())
            }
        }
        return isDecimal(rest, dialect: dialect) ? Double(text.toString()) : nil
    }

    /// Digits, a fraction and an exponent. JSON5 lets the digits on one side of the point be missing.
    private static func isDecimal(_ text: Span<UInt8>, dialect: JSON5.Dialect) -> Bool {
        var offset = 0
        let whole = skipDigits(in: text, from: &offset)
        if whole > 1, text[0] == UInt8(ascii: "0") { return false }
        var fraction = 0
        if offset < text.count, text[offset] == UInt8(ascii: ".") {
            offset += 1
            fraction = skipDigits(in: text, from: &offset)
            if dialect == .json, fraction == 0 { return false }
        }
        guard whole + fraction > 0, whole > 0 || dialect == .json5 else { return false }
        if offset < text.count, text[offset].asciiLowercased == UInt8(ascii: "e") {
            offset += 1
            if offset < text.count, text[offset] == UInt8(ascii: "+") || text[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            guard skipDigits(in: text, from: &offset) > 0 else { return false }
        }
        return offset == text.count
    }

    /// Steps over digits and says how many there were.
    private static func skipDigits(in text: Span<UInt8>, from offset: inout Int) -> Int {
        let start = offset
        while offset < text.count, text[offset].isASCIIDigit { offset += 1 }
        return offset - start
    }
}
