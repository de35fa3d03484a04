import Bytes

extension HeadCursor {
    /// Finds path, query and authority in a target (RFC 9112 section 3.2).
    func splitTarget(
        _ bytes: Span<UInt8>, _ target: Range<Int>, _ method: HTTPMethod, into head: inout RequestHead
    ) throws(ParseStop) {
        if method == .connect {
            guard HostSyntax.isValid(bytes.extracting(target)) else { throw .rejected(.malformedTarget) }
            head.host = ByteRange(target)
            head.path = ByteRange(target.upperBound..<target.upperBound)
            return
        }
        if bytes[target.lowerBound] == UInt8(ascii: "/") {
            splitPath(bytes, target, into: &head)
            return
        }
        if target.count == 1 && bytes[target.lowerBound] == UInt8(ascii: "*") && method == .options {
            head.path = ByteRange(target)
            return
        }
        try splitAbsolute(bytes, target, into: &head)
    }

    /// Splits what stands behind the authority at its first `?`.
    @inline(__always)
    private func splitPath(_ bytes: Span<UInt8>, _ rest: Range<Int>, into head: inout RequestHead) {
        let mark = bytes.firstOffset(of: UInt8(ascii: "?"), from: rest.lowerBound, to: rest.upperBound)
        head.path = ByteRange(rest.lowerBound..<mark)
        if mark < rest.upperBound { head.query = ByteRange(mark &+ 1..<rest.upperBound) }
    }

    /// Splits an absolute target: what a client sends to a proxy, and may send to any server (RFC 9112 section 3.2.2).
    private func splitAbsolute(
        _ bytes: Span<UInt8>, _ target: Range<Int>, into head: inout RequestHead
    ) throws(ParseStop) {
        let text = bytes.extracting(target)
        var start = target.lowerBound
        if text.hasPrefixIgnoringASCIICase("http://") {
            start += 7
        } else if text.hasPrefixIgnoringASCIICase("https://") {
            start += 8
        } else {
            throw .rejected(.malformedTarget)
        }
        var end = start
        while end < target.upperBound {
            let byte = bytes[end]
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
            if byte == UInt8(ascii: "@") { throw .rejected(.userInfoInTarget) }
            end += 1
        }
        if end == start { throw .rejected(.malformedTarget) }
        guard HostSyntax.isValid(bytes.extracting(start..<end)) else { throw .rejected(.malformedHost) }
        head.host = ByteRange(start..<end)
        splitPath(bytes, end..<target.upperBound, into: &head)
    }
}

/// What an authority may look like: `uri-host [":" port]` of RFC 9110 section 7.2.
enum HostSyntax {
    /// True for a name, an IPv4 address or an IPv6 address in brackets, with or without a port of at most five digits.
    ///
    /// Whether the name means something is not asked: sub-delimiters and percent signs are let through as RFC 3986
    /// section 3.2.2 lets them.
    static func isValid(_ authority: Span<UInt8>) -> Bool {
        guard authority.count > 0 else { return false }
        var offset = 0
        if authority[0] == UInt8(ascii: "[") {
            offset = 1
            while offset < authority.count && authority[offset] != UInt8(ascii: "]") {
                guard isAddressByte(authority[offset]) else { return false }
                offset += 1
            }
            guard offset > 2 && offset < authority.count else { return false }
            offset += 1
        } else {
            while offset < authority.count && authority[offset] != UInt8(ascii: ":") {
                guard isNameByte(authority[offset]) else { return false }
                offset += 1
            }
            guard offset > 0 else { return false }
        }
        guard offset < authority.count else { return true }
        guard authority[offset] == UInt8(ascii: ":") && authority.count - offset <= 6 else { return false }
        for index in offset + 1..<authority.count where !authority[index].isASCIIDigit { return false }
        return true
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte.hexDigitValue != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// Letters, digits and `!$%&'()*+,-.;=_~`.
    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x2BFF_7FF2_0000_0000 : byte < 128 ? 0x47FF_FFFE_87FF_FFFE : 0
        return (bits &>> UInt64(byte & 63)) & 1 == 1
    }
}
