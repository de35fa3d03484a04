// Addresses as people write them. Names are not looked up: what a server binds to must not depend on a name server.

extension IPAddress: CustomStringConvertible {
    /// Reads `192.0.2.1` (four decimal numbers without leading zeros) or an IPv6 address in any form of RFC 4291
    /// section 2.2, without a zone. Nil for anything else.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        self.init(ascii: bytes.span)
    }

    /// As RFC 5952 writes it: `192.0.2.1`, `2001:db8::1`.
    package var description: String {
        switch self {
        case .ipv4:
            return (0..<4).map { String(byte($0)) }.joined(separator: ".")
        case .ipv6(let high, let low):
            let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 & 3))) }
            return Self.compressed(groups)
        }
    }

    /// The longest run of two or more zero groups becomes `::`, the first of equals (RFC 5952 section 4.2).
    private static func compressed(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var index = 0
        while index < groups.count {
            var end = index
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - index > max(best.count, 1) { best = index..<end }
            index = max(end, index + 1)
        }
        func hexadecimal(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return hexadecimal(groups[...]) }
        return hexadecimal(groups[..<best.lowerBound]) + "::" + hexadecimal(groups[best.upperBound...])
    }
}

extension SocketAddress: CustomStringConvertible {
    /// Reads `127.0.0.1:8080`, `[::1]:80`, `localhost:8080` (127.0.0.1), `:8080` or `*:8080` (every IPv4 address), or
    /// `unix:/path` (a path that begins with `/` may stand alone). Nil for anything else; names are not looked up.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") || text.hasPrefix("/") {
            let path = text.hasPrefix("unix:") ? String(text.dropFirst(5)) : text
            guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = UInt16(digits), let address = Self.address(of: host)
        else { return nil }
        self = .internet(address, port: port)
    }

    /// Such as `127.0.0.1:8080`, `[::1]:80`, `unix:/run/tremolo.sock`.
    package var description: String {
        switch self {
        case .internet(.ipv4(let address), let port): "\(IPAddress.ipv4(address)):\(port)"
        case .internet(let address, let port): "[\(address)]:\(port)"
        case .unix(let path): "unix:\(path)"
        case .unnamed: "unix:"
        }
    }

    private static func address(of host: Substring) -> IPAddress? {
        switch host {
        case "", "*": return .ipv4(0)
        case "localhost": return .loopback
        default: break
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inside = host.dropFirst().dropLast()
            return inside.contains(":") ? IPAddress(inside) : nil
        }
        return host.contains(":") ? nil : IPAddress(host)
    }
}
