extension AddressCut: CustomStringConvertible {
    /// `192.0.2.0/24` or `2001:db8::/48`.
    package var description: String { "\(address)/\(prefixBitCount)" }
}

extension NetworkAddress: CustomStringConvertible {
    /// `192.0.2.1`, or IPv6 as RFC 5952 writes it.
    package var description: String {
        switch family {
        case .ipv4: (0..<4).map { String(byte(at: $0)) }.joined(separator: ".")
        case .ipv6: ipv6Text
        }
    }

    private var ipv6Text: String {
        let groups = (0..<8).map { UInt16(byte(at: 2 * $0)) << 8 | UInt16(byte(at: 2 * $0 + 1)) }
        // RFC 5952, 4.2: the longest run of at least two zero groups, the first of equals, becomes two colons.
        var zeros = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > zeros.count { zeros = start..<end }
            start = end + 1
        }
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !zeros.isEmpty else { return text(groups[...]) }
        return text(groups[..<zeros.lowerBound]) + "::" + text(groups[zeros.upperBound...])
    }
}
