// Addresses as people write them. Names are not looked up: what a server binds to must not depend on a name server.

extension IPAddress: CustomStringConvertible {
    /// Reads `192.0.2.1` (four decimal numbers without leading zeros) or an IPv6 address in any form of RFC 4291
    /// section 2.2, without a zone. Nil for anything else.
    package init?(_ text: some StringProtocol) {
        if text.contains(":") {
            guard let groups = Self.groups(of: text) else { return nil }
            let high = groups[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            let low = groups[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            self = .ipv6(high: high, low: low)
        } else {
            guard let address = Self.quad(text) else { return nil }
            self = .ipv4(address)
        }
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

    private static func quad(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                part.utf8.count == 1 || part.utf8.first != 0x30, let value = UInt8(part)
            else { return nil }
            address = address << 8 | UInt32(value)
        }
        return address
    }

    /// The eight groups of an IPv6 address.
    private static func groups(of text: some StringProtocol) -> [UInt16]? {
        var head: [UInt16] = []
        var tail: [UInt16] = []
        var compressed = false
        let halves = parts(of: String(text), separatedBy: "::")
        guard halves.count <= 2 else { return nil }
        for (index, half) in halves.enumerated() {
            guard let read = plainGroups(half, mayEndInQuad: index == halves.count - 1) else { return nil }
            if index == 0 { head = read } else { (tail, compressed) = (read, true) }
        }
        let missing = 8 - head.count - tail.count
        guard compressed ? missing >= 1 : missing == 0 else { return nil }
        return head + [UInt16](repeating: 0, count: missing) + tail
    }

    private static func plainGroups(_ text: Substring, mayEndInQuad: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
            if mayEndInQuad, index == pieces.count - 1, piece.contains(".") {
                guard let address = quad(piece) else { return nil }
                groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
                continue
            }
            guard (1...4).contains(piece.utf8.count), piece.utf8.allSatisfy(isHexadecimal),
                let value = UInt16(piece, radix: 16)
            else { return nil }
            groups.append(value)
        }
        return groups
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func parts(of text: String, separatedBy separator: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(separator) {
                parts.append(text[start..<index])
                index = text.index(index, offsetBy: separator.count)
                start = index
            } else {
                index = text.index(after: index)
            }
        }
        return parts + [text[start...]]
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
