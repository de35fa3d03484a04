import Bytes

extension HeadCursor {
    /// Reads the request line (RFC 9112 section 3).
    mutating func readRequestLine(
        _ bytes: Span<UInt8>, limits: HTTPLimits, into head: inout RequestHead
    ) throws(ParseStop) {
        // Room for the line and its line end; whoever runs out of it with bytes left has sent too long a line.
        let lineLimit = offset &+ limits.requestLineLimitBytes &+ 2
        var line = HeadCursor(end: min(end, lineLimit))
        line.offset = offset
        do throws(ParseStop) {
            let method = try line.readMethod(bytes)
            if let method { head.method = method }
            let target = try line.readTarget(bytes)
            head.target = ByteRange(target)
            head.version = try line.readVersion(bytes)
            guard let method else { throw ParseStop.rejected(.unknownMethod) }
            try line.splitTarget(bytes, target, method, into: &head)
        } catch .runOut where end >= lineLimit {
            throw .rejected(.requestLineTooLong)
        }
        offset = line.offset
    }

    /// Reads the method and the space behind it; nil when it is well-formed and unknown.
    private mutating func readMethod(_ bytes: Span<UInt8>) throws(ParseStop) -> HTTPMethod? {
        let start = offset
        while true {
            guard offset < end else { throw .runOut }
            let byte = bytes[offset]
            if byte == UInt8(ascii: " ") { break }
            if !byte.isTokenByte {
                let isLineEnd = byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
                throw .rejected(isLineEnd ? .malformedRequestLine : .malformedMethod)
            }
            offset &+= 1
        }
        if offset == start { throw .rejected(.malformedRequestLine) }
        let method = HTTPMethod(bytes.extracting(start..<offset))
        offset &+= 1
        return method
    }

    /// Reads the target and the space behind it. Bytes from 0x80 up are let through: mail clients send links as UTF-8.
    private mutating func readTarget(_ bytes: Span<UInt8>) throws(ParseStop) -> Range<Int> {
        let start = offset
        offset = bytes.firstBlankOrControl(from: start, to: end)
        guard offset < end else { throw .runOut }
        switch bytes[offset] {
        case UInt8(ascii: " "): break
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): throw .rejected(.malformedRequestLine)
        default: throw .rejected(.malformedTarget)
        }
        if offset == start { throw .rejected(.malformedRequestLine) }
        offset &+= 1
        return start..<offset &- 1
    }

    /// Reads the version and the line end (RFC 9112 section 2.3).
    private mutating func readVersion(_ bytes: Span<UInt8>) throws(ParseStop) -> HTTPVersion {
        var version = HTTPVersion.http11
        if offset &+ 8 <= end && bytes.littleEndian(UInt64.self, at: offset) == Self.http11Word {
            offset &+= 8
        } else {
            version = try readOtherVersion(bytes)
        }
        guard offset < end else { throw .runOut }
        switch bytes[offset] {
        case UInt8(ascii: "\r"): try readLineEnd(bytes)
        case UInt8(ascii: "\n"): throw .rejected(.bareLineFeed)
        default: throw .rejected(.malformedRequestLine)
        }
        return version
    }

    /// `HTTP/1.1` as a little-endian number.
    private static let http11Word: UInt64 = 0x312E_312F_5054_5448

    private mutating func readOtherVersion(_ bytes: Span<UInt8>) throws(ParseStop) -> HTTPVersion {
        let prefix: StaticString = "HTTP/"
        for index in 0..<prefix.utf8CodeUnitCount {
            guard offset < end else { throw .runOut }
            if bytes[offset] != (unsafe prefix.utf8Start[index]) { throw .rejected(.malformedRequestLine) }
            offset &+= 1
        }
        let major = try readVersionDigit(bytes)
        guard offset < end else { throw .runOut }
        if bytes[offset] != UInt8(ascii: ".") { throw .rejected(.malformedVersion) }
        offset &+= 1
        let minor = try readVersionDigit(bytes)
        if major != 1 { throw .rejected(.unsupportedVersion) }
        return minor == 0 ? .http10 : .http11
    }

    private mutating func readVersionDigit(_ bytes: Span<UInt8>) throws(ParseStop) -> UInt8 {
        guard offset < end else { throw .runOut }
        let byte = bytes[offset]
        guard byte.isASCIIDigit else { throw .rejected(.malformedVersion) }
        offset &+= 1
        return byte - UInt8(ascii: "0")
    }
}
