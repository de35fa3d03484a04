internal import Bytes

/// A range of addresses in CIDR notation (RFC 4632, section 3.1; RFC 4291, section 2.3), as a rules file lists it.
struct NetworkRange: Hashable, Sendable {
    let family: NetworkAddress.Family
    /// The first address, in the upper bits; every bit behind the prefix is 0.
    let first: UInt128
    /// Leading bits that all addresses share.
    let prefixBitCount: Int

    /// The last address, in the upper bits as `first` is.
    var last: UInt128 { prefixBitCount == 0 ? .max : first | (UInt128.max >> UInt128(prefixBitCount)) }

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or a bare address. Nil for anything else, and where bits are set behind
    /// the prefix, because it is not clear what was meant.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first, parts.count <= 2 else { return nil }
        if address.contains(":") {
            guard let value = Self.ipv6(address) else { return nil }
            (family, first) = (.ipv6, value)
        } else {
            guard let value = Self.ipv4(address) else { return nil }
            (family, first) = (.ipv4, UInt128(value) << 96)
        }
        if parts.count == 2 {
            guard let count = Self.number(parts[1], digitsMax: 3), count <= family.bitCount else { return nil }
            prefixBitCount = count
        } else {
            prefixBitCount = family.bitCount
        }
        guard first << UInt128(prefixBitCount) == 0 else { return nil }
        // Addresses of ::ffff:0:0/96 are IPv4 ones (RFC 4291, 2.5.5.2) and are looked for among those.
        guard family == .ipv4 || prefixBitCount < 96 || first >> 32 != 0xFFFF else { return nil }
    }

    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = number(part, digitsMax: 3), byte <= 255 else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    /// Groups of hex digits, `::` once for a run of zeros. The form that ends in an IPv4 address is not read.
    private static func ipv6(_ text: Substring) -> UInt128? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var groups: [[UInt128]] = []
        for half in halves {
            guard !half.isEmpty else {
                groups.append([])
                continue
            }
            var numbers: [UInt128] = []
            for group in half.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(isHexDigit),
                    let number = UInt128(group, radix: 16)
                else { return nil }
                numbers.append(number)
            }
            groups.append(numbers)
        }
        let count = groups.reduce(0) { $0 + $1.count }
        guard halves.count == 1 ? count == 8 : count < 8 else { return nil }
        let zeros = [UInt128](repeating: 0, count: 8 - count)
        return (groups[0] + zeros + groups.dropFirst().joined()).reduce(0) { $0 << 16 | $1 }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte.asciiLowercased)
    }

    private static func number(_ text: Substring, digitsMax: Int) -> Int? {
        guard (1...digitsMax).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), String(number) == text
        else { return nil }
        return number
    }
}
