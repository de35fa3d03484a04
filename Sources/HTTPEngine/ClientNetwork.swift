package import Bytes
package import LinuxSystem

/// What limits take for one client: an IPv4 address, or the 64 leading bits of an IPv6 one. Of such an IPv6 network
/// whoever has one address has all.
package struct ClientNetwork: Equatable, Sendable, BitwiseCopyable {
    /// The address, or its 64 leading bits.
    package let bits: UInt64
    /// Which of the two `bits` are.
    package let isIPv6: Bool

    /// What an address belongs to. An IPv4 address wrapped in IPv6 is taken as IPv4.
    package init(_ address: IPAddress) {
        switch address.folded {
        case .ipv4(let address): (bits, isIPv6) = (UInt64(address), false)
        case .ipv6(let high, _): (bits, isIPv6) = (high, true)
        }
    }

    /// Takes one apart that was kept.
    package init(bits: UInt64, isIPv6: Bool) {
        (self.bits, self.isIPv6) = (bits, isIPv6)
    }

    /// Its place in a table, which nobody can choose who doesn't know the key.
    package func hash(_ hash: SipHash24) -> UInt64 {
        var bytes = InlineArray<9, UInt8>(repeating: isIPv6 ? 6 : 4)
        for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * index)) }
        return hash.hash64(bytes.span)
    }
}
