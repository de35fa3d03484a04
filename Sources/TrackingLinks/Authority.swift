import Bytes

/// A host and its optional port, checked: the part of a URL that decides where a browser goes, and a pattern of a list.
struct Authority {
    /// Bytes of the host, from the authority's start.
    let hostCount: Int
    /// What kind of host it is.
    let hostKind: Target.HostKind
    /// The port that is named, or nil.
    let port: UInt16?

    /// Reads `host` or `host:port`. An empty port (`host:`) is none, as in browsers.
    init(parsing bytes: Span<UInt8>) throws(TargetRefusal) {
        guard bytes.firstOffset(of: UInt8(ascii: "@")) == nil else { throw .userInfo }
        guard !bytes.isEmpty else { throw .emptyHost }
        let colon: Int?
        if bytes[0] == UInt8(ascii: "[") {
            guard let bracket = bytes.firstOffset(of: UInt8(ascii: "]")) else { throw .ipv6Syntax }
            hostCount = bracket + 1
            hostKind = .ipv6
            guard IPv6Address(parsing: bytes.extracting(1..<bracket)) != nil else { throw .ipv6Syntax }
            colon = hostCount < bytes.count ? hostCount : nil
            if let colon, bytes[colon] != UInt8(ascii: ":") { throw .hostSyntax }
        } else {
            colon = bytes.firstOffset(of: UInt8(ascii: ":"))
            hostCount = colon ?? bytes.count
            hostKind = try HostName.kind(of: bytes.extracting(0..<hostCount))
        }
        port = try colon.flatMap { offset throws(TargetRefusal) in
            try Self.port(bytes.extracting(offset + 1..<bytes.count))
        }
    }

    /// The number of a port, nil for an empty text.
    private static func port(_ digits: Span<UInt8>) throws(TargetRefusal) -> UInt16? {
        guard !digits.isEmpty else { return nil }
        var value: UInt32 = 0
        for offset in digits.indices {
            guard digits[offset].isASCIIDigit else { throw .port }
            value = value * 10 + UInt32(digits[offset] - UInt8(ascii: "0"))
            guard value <= 65_535 else { throw .port }
        }
        guard value > 0 else { throw .port }
        return UInt16(value)
    }
}
