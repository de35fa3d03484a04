import Bytes

extension Target {
    /// Reads a decoded target. O(n), no allocation; no bytes make it trap.
    package static func parse(_ bytes: Span<UInt8>) -> TargetParse {
        do throws(TargetRefusal) {
            return .target(try Target(parsing: bytes))
        } catch {
            return .unusable(error)
        }
    }

    private init(parsing bytes: Span<UInt8>) throws(TargetRefusal) {
        guard bytes.count <= LinkLimits.targetBytesMax else { throw .tooLong }
        try Self.refuseUnusableBytes(bytes)
        let scheme: Scheme
        let authorityStart: Int
        if bytes.hasPrefixIgnoringASCIICase("https://") {
            (scheme, authorityStart) = (.https, 8)
        } else if bytes.hasPrefixIgnoringASCIICase("http://") {
            (scheme, authorityStart) = (.http, 7)
        } else {
            throw Self.beginsWithAnotherScheme(bytes) ? .otherScheme : .notAbsolute
        }

        let pathStart = Self.endOfAuthority(bytes, from: authorityStart)
        let authority = try Authority(parsing: bytes.extracting(authorityStart..<pathStart))
        self.scheme = scheme
        self.host = ByteRange(authorityStart..<authorityStart + authority.hostCount)
        self.hostKind = authority.hostKind
        self.port = authority.port ?? scheme.defaultPort

        // The first number sign ends the rest, the first question mark before it the path (WHATWG URL, 4.4).
        let fragmentSign = bytes.firstOffset(of: UInt8(ascii: "#"), from: pathStart)
        let restEnd = fragmentSign ?? bytes.count
        let querySign = bytes.extracting(0..<restEnd).firstOffset(of: UInt8(ascii: "?"), from: pathStart)
        self.path = ByteRange(pathStart..<(querySign ?? restEnd))
        self.query = querySign.map { ByteRange($0 + 1..<restEnd) }
        self.fragment = fragmentSign.map { ByteRange($0 + 1..<bytes.count) }
    }

    /// Refuses the bytes that no URL holds and that browsers drop, trim or read as something else.
    private static func refuseUnusableBytes(_ bytes: Span<UInt8>) throws(TargetRefusal) {
        for offset in bytes.indices {
            let byte = bytes[offset]
            if byte < 0x20 || byte == 0x7F { throw .controlByte }
            if byte == UInt8(ascii: " ") { throw .space }
            if byte == UInt8(ascii: "\\") { throw .backslash }
        }
    }

    /// True when the text begins with a scheme (RFC 3986, 3.1) that is neither http nor https.
    private static func beginsWithAnotherScheme(_ bytes: Span<UInt8>) -> Bool {
        guard let colon = bytes.firstOffset(of: UInt8(ascii: ":")), colon > 0, bytes[0].isASCIILetter else {
            return false
        }
        let scheme = bytes.extracting(0..<colon)
        for offset in scheme.indices {
            let byte = scheme[offset]
            let isSchemeByte =
                byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
            guard isSchemeByte else { return false }
        }
        return !scheme.equalsIgnoringASCIICase("http") && !scheme.equalsIgnoringASCIICase("https")
    }

    private static func endOfAuthority(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return end
            default: end += 1
            }
        }
        return end
    }
}
