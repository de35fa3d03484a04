import CLinux

/// An IP address as numbers: what a listener binds to and what a connection comes from. It holds no reference and
/// costs no allocation.
package enum IPAddress: Hashable, Sendable {
    /// Four bytes, the first one in the highest place.
    case ipv4(UInt32)
    /// Sixteen bytes, the first one in the highest place of `high`.
    case ipv6(high: UInt64, low: UInt64)

    /// 127.0.0.1.
    package static let loopback = IPAddress.ipv4(0x7F00_0001)

    /// An IPv6 address that wraps an IPv4 one (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2) as that IPv4 address; every
    /// other address as it is.
    package var folded: IPAddress {
        if case .ipv6(0, let low) = self, low >> 32 == 0xFFFF { return .ipv4(UInt32(truncatingIfNeeded: low)) }
        return self
    }

    /// True for 127.0.0.0/8 and ::1, also when wrapped in IPv6.
    package var isLoopback: Bool {
        switch folded {
        case .ipv4(let address): address >> 24 == 127
        case .ipv6(let high, let low): high == 0 && low == 1
        }
    }

    /// Number of bytes, 4 or 16.
    package var byteCount: Int {
        switch self {
        case .ipv4: 4
        case .ipv6: 16
        }
    }

    /// Byte number `index` in the order of the network, from 0 up to `byteCount`.
    package func byte(_ index: Int) -> UInt8 {
        switch self {
        case .ipv4(let address):
            precondition(index >= 0 && index < 4, "an IPv4 address has four bytes")
            return UInt8(truncatingIfNeeded: address >> UInt32(24 - 8 * index))
        case .ipv6(let high, let low):
            precondition(index >= 0 && index < 16, "an IPv6 address has sixteen bytes")
            return UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7)))
        }
    }

    /// The address with every bit behind the first `prefixLength` cleared. A length past the end changes nothing.
    package func cut(to prefixLength: Int) -> IPAddress {
        switch self {
        case .ipv4(let address):
            return .ipv4(address & ~UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(max(0, 32 - prefixLength))) &- 1))
        case .ipv6(let high, let low):
            return .ipv6(
                high: high & Self.mask(prefixLength), low: low & Self.mask(prefixLength - 64))
        }
    }

    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
    }
}

/// Where a socket is bound, or who is at its other end.
package enum SocketAddress: Hashable, Sendable {
    /// TCP.
    case internet(IPAddress, port: UInt16)
    /// A socket in the file system.
    case unix(path: String)
    /// The peer of a socket in the file system has no name.
    case unnamed

    /// True when only this machine can reach it: a loopback address, or a socket in the file system.
    package var isLoopback: Bool {
        switch self {
        case .internet(let address, _): address.isLoopback
        case .unix, .unnamed: true
        }
    }

    /// The IP address, or nil.
    package var ipAddress: IPAddress? {
        if case .internet(let address, _) = self { address } else { nil }
    }

    /// The port, or nil.
    package var port: UInt16? {
        if case .internet(_, let port) = self { port } else { nil }
    }

    init(_ raw: tremolo_address) {
        switch Int(raw.family) {
        case Int(tremolo_family_ipv4):
            self = .internet(.ipv4(UInt32(truncatingIfNeeded: raw.low)), port: raw.port)
        case Int(tremolo_family_ipv6):
            self = .internet(IPAddress.ipv6(high: raw.high, low: raw.low).folded, port: raw.port)
        default:
            self = .unnamed
        }
    }

    var raw: tremolo_address {
        switch self {
        case .internet(.ipv4(let address), let port):
            tremolo_address(high: 0, low: UInt64(address), port: port, family: UInt8(tremolo_family_ipv4))
        case .internet(.ipv6(let high, let low), let port):
            tremolo_address(high: high, low: low, port: port, family: UInt8(tremolo_family_ipv6))
        case .unix:
            tremolo_address(high: 0, low: 0, port: 0, family: UInt8(tremolo_family_unix))
        case .unnamed:
            tremolo_address(high: 0, low: 0, port: 0, family: UInt8(tremolo_family_unnamed))
        }
    }
}
