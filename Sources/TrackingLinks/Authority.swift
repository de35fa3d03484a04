import Bytes

/// The part of a URL that decides where a browser goes, taken apart: host and port.
struct Authority {
    /// Where the host stands, from the authority's start.
    let host: Range<Int>
    /// The port that is named, or nil. An empty port (`host:`) is none, as in browsers.
    let port: UInt16?

    /// Reads `host` or `host:port`; the host itself is for `HostReader`. Names of users are refused: a redirector has
    /// no use for them but to mislead.
    init(parsing bytes: Span<UInt8>) throws(TargetRefusal) {
        guard bytes.firstOffset(of: UInt8(ascii: "@")) == nil else { throw .userInfo }
        var hostEnd = 0
        if !bytes.isEmpty, bytes[0] == UInt8(ascii: "[") {
            guard let bracket = bytes.firstOffset(of: UInt8(ascii: "]")) else { throw .ipv6Syntax }
            hostEnd = bracket + 1
            guard hostEnd == bytes.count || bytes[hostEnd] == UInt8(ascii: ":") else { throw .hostSyntax }
        } else {
            hostEnd = bytes.firstOffset(of: UInt8(ascii: ":")) ?? bytes.count
        }
        host = 0..<hostEnd
        port = hostEnd < bytes.count ? try Self.port(bytes.extracting(hostEnd + 1..<bytes.count)) : nil
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
