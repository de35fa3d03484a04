package import LinuxSystem

/// A range of IP addresses, as `10.0.0.0/8` or `2001:db8::/32` name it; a bare address is the range of itself.
package struct NetworkPrefix: Hashable, Sendable {
    /// The first address of the range, every bit behind the prefix 0.
    package let address: IPAddress
    /// Leading bits that all addresses of the range share: up to 32 for IPv4, up to 128 for IPv6.
    package let length: Int

    /// Reads a range (RFC 4632 section 3.1, RFC 4291 section 2.3). Nil for anything else, and for a range with bits set
    /// behind its prefix, because it is not clear what was meant. An IPv4 address wrapped in IPv6 is taken as IPv4.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let written = IPAddress(parts[0]) else { return nil }
        let writtenBits = written.byteCount * 8
        var length = writtenBits
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), number <= writtenBits, digits == String(number)
            else { return nil }
            length = number
        }
        let folded = written.folded
        if folded != written { length -= 96 }
        guard length >= 0, folded.cut(to: length) == folded else { return nil }
        self.address = folded
        self.length = length
    }

    /// True when the address lies in the range. An IPv4 address wrapped in IPv6 is taken as IPv4.
    package func contains(_ candidate: IPAddress) -> Bool {
        let folded = candidate.folded
        return folded.byteCount == address.byteCount && folded.cut(to: length) == address
    }
}

extension NetworkPrefix: CustomStringConvertible {
    /// As it is read, such as `10.0.0.0/8`.
    package var description: String { "\(address)/\(length)" }
}
