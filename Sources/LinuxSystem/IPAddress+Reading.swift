import Bytes

extension IPAddress {
    /// Reads `192.0.2.1` (four decimal numbers without leading zeros) or an IPv6 address in any form of RFC 4291
    /// section 2.2, without a zone. Nil for anything else. O(bytes), without an allocation.
    package init?(ascii text: Span<UInt8>) {
        guard text.count > 1 && text.count <= Self.textBytesMax else { return nil }
        let hasColon = text.firstOffset(of: UInt8(ascii: ":")) != nil
        guard let address = hasColon ? Self.groups(text) : Self.quad(text).map(IPAddress.ipv4) else { return nil }
        self = address
    }

    /// The longest text of an address: six groups and an IPv4 address.
    private static var textBytesMax: Int { 45 }

    private static func quad(_ text: Span<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var numbers = 1
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0 && numbers < 4 else { return nil }
                address = address << 8 | number
                (number, digits, numbers) = (0, 0, numbers + 1)
                continue
            }
            guard byte.isASCIIDigit && digits < 3 && (digits == 0 || number > 0) else { return nil }
            number = number * 10 + UInt32(byte &- UInt8(ascii: "0"))
            digits += 1
            guard number <= 255 else { return nil }
        }
        return numbers == 4 && digits > 0 ? address << 8 | number : nil
    }

    private static func groups(_ text: Span<UInt8>) -> IPAddress? {
        let colon = UInt8(ascii: ":")
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        // Where the zeros are left out, as a number of groups before them.
        var gap: Int?
        var offset = 0
        if text[0] == colon {
            guard text[1] == colon else { return nil }
            (gap, offset) = (0, 2)
        }
        while offset < text.count {
            let start = offset
            var value: UInt16 = 0
            while offset < text.count, offset - start < 4, let digit = text[offset].hexDigitValue {
                value = value << 4 | UInt16(digit)
                offset += 1
            }
            if offset < text.count && text[offset] == UInt8(ascii: ".") {
                guard count <= 6, let last = quad(text.extracting(start..<text.count)) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: last >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: last)
                count += 2
                break
            }
            guard offset > start && count < 8 else { return nil }
            groups[count] = value
            count += 1
            guard offset < text.count else { break }
            guard text[offset] == colon && offset + 1 < text.count else { return nil }
            offset += 1
            if text[offset] == colon {
                guard gap == nil else { return nil }
                gap = count
                offset += 1
            }
        }
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        return address(groups, count, gap: gap ?? count)
    }

    /// The address of so many groups, with zeros where some are left out.
    private static func address(_ groups: InlineArray<8, UInt16>, _ count: Int, gap: Int) -> IPAddress {
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for index in 0..<count {
            let place = index < gap ? index : index + 8 - count
            let group = UInt64(groups[index]) << UInt64(48 - 16 * (place & 3))
            if place < 4 { words.high |= group } else { words.low |= group }
        }
        return .ipv6(high: words.high, low: words.low)
    }
}
