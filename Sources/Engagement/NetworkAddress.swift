internal import Bytes

/// A client's whole address. It is used, then cut: see `cut(ipv4Prefix:ipv6Prefix:)`.
package struct NetworkAddress: Equatable, Sendable {
    /// The two kinds of address; raw values stand in events.
    package enum Family: UInt8, Sendable, Equatable {
        case ipv4 = 4
        case ipv6 = 6

        /// Length of an address in bits.
        package var bitCount: Int { self == .ipv4 ? 32 : 128 }
    }

    /// Which kind it is. An IPv4 address mapped into IPv6 is an IPv4 one.
    package let family: Family
    /// The first eight bytes as a big-endian number; an IPv4 address stands in its upper half.
    let high: UInt64
    /// The last eight bytes as a big-endian number.
    let low: UInt64

    init(family: Family, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    /// The address of 4 or 16 bytes in network order; nil for any other count.
    package init?(networkBytes bytes: Span<UInt8>) {
        switch bytes.count {
        case 4:
            self.init(family: .ipv4, high: UInt64(Self.bigEndian(bytes, from: 0, count: 4)) << 32, low: 0)
        case 16:
            let high = Self.bigEndian(bytes, from: 0, count: 8)
            let low = Self.bigEndian(bytes, from: 8, count: 8)
            // RFC 4291, 2.5.5.2: ::ffff:a.b.c.d.
            if high == 0, low >> 32 == 0xFFFF {
                self.init(family: .ipv4, high: low << 32, low: 0)
            } else {
                self.init(family: .ipv6, high: high, low: low)
            }
        default:
            return nil
        }
    }

    private static func bigEndian(_ bytes: Span<UInt8>, from start: Int, count: Int) -> UInt64 {
        var value: UInt64 = 0
        for offset in start..<start + count { value = value << 8 | UInt64(bytes[offset]) }
        return value
    }

    /// The byte at `index`, in network order.
    func byte(at index: Int) -> UInt8 {
        let half = index < 8 ? high : low
        return UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (index & 7)))
    }

    /// What may be stored of the address.
    ///
    /// - Parameters:
    ///   - ipv4Prefix: bits kept of an IPv4 address, 0 to 32.
    ///   - ipv6Prefix: bits kept of an IPv6 address, 0 to 128.
    package func cut(ipv4Prefix: Int, ipv6Prefix: Int) -> AddressCut {
        let prefix = min(max(family == .ipv4 ? ipv4Prefix : ipv6Prefix, 0), family.bitCount)
        return AddressCut(
            address: NetworkAddress(
                family: family,
                high: high & Self.mask(bits: min(prefix, 64)),
                low: low & Self.mask(bits: max(prefix - 64, 0))),
            prefixBitCount: prefix)
    }

    private static func mask(bits: Int) -> UInt64 {
        bits == 0 ? 0 : ~0 << UInt64(64 - bits)
    }
}
