package import Bytes

extension Target {
    /// The most bytes that normalising a target of `count` bytes can give.
    package static func maximumNormalisedCount(of count: Int) -> Int { count &* 3 &+ 64 }

    /// Appends the URL in the form that a redirect carries and returns the target with its ranges in that form.
    ///
    /// Scheme and host are in lower case, an IPv6 address as browsers write it, a default port is left out, an empty
    /// path is a slash. Path, query and fragment stay as they came, but for the bytes that browsers percent-encode
    /// there (WHATWG URL, 1.3), so that the URL is printable ASCII. The same text comes out when its own outcome is
    /// normalised again.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that this target was parsed from.
    ///   - buffer: has room for `maximumNormalisedCount(of: bytes.count)` bytes.
    package func normalised(of bytes: Span<UInt8>, into buffer: inout ByteBuffer) -> Target {
        buffer.append(scheme.name)
        buffer.append("://")
        let hostStart = buffer.count
        appendHost(of: bytes, into: &buffer)
        let host = ByteRange(hostStart..<buffer.count)
        if !hasDefaultPort {
            buffer.append(UInt8(ascii: ":"))
            buffer.appendDecimal(UInt64(port))
        }
        let pathStart = buffer.count
        if path.isEmpty { buffer.append(UInt8(ascii: "/")) }
        PercentCoding.encode(bytes.extracting(path.offsets), into: &buffer, keeping: Self.keptInPath)
        let path = ByteRange(pathStart..<buffer.count)
        return Target(
            scheme: scheme, host: host, hostKind: hostKind, port: port, path: path,
            query: append("?", query, of: bytes, keeping: Self.keptInQuery, into: &buffer),
            fragment: append("#", fragment, of: bytes, keeping: Self.keptInFragment, into: &buffer))
    }

    private func appendHost(of bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        let host = bytes.extracting(self.host.offsets)
        if hostKind == .ipv6, let address = IPv6Address(bracketed: host) {
            address.append(into: &buffer)
            return
        }
        if hostKind.isLinkable {
            for offset in host.indices { buffer.append(host[offset].asciiLowercased) }
            return
        }
        // Hosts of these kinds are stored but never sent: each has one spelling in printable ASCII, escapes in
        // capitals.
        var cursor = PercentCursor()
        var offset = 0
        while let byte = cursor.next(in: host) {
            if cursor.offset - offset == 1 && byte < 0x80 {
                buffer.append(byte.asciiLowercased)
            } else {
                PercentCoding.encode(CollectionOfOne(byte).span, into: &buffer, keeping: ByteSet())
            }
            offset = cursor.offset
        }
    }

    private func append(
        _ sign: StaticString, _ part: ByteRange?, of bytes: Span<UInt8>, keeping kept: ByteSet,
        into buffer: inout ByteBuffer
    ) -> ByteRange? {
        guard let part else { return nil }
        buffer.append(sign)
        let start = buffer.count
        PercentCoding.encode(bytes.extracting(part.offsets), into: &buffer, keeping: kept)
        return ByteRange(start..<buffer.count)
    }

    private static let printable = ByteSet(0x21...0x7E)
    private static let keptInPath = printable.subtracting("\"#<>?`{}")
    private static let keptInQuery = printable.subtracting("\"#<>'")
    private static let keptInFragment = printable.subtracting("\"<>`")
}

extension ByteSet {
    /// The bytes of this set that are not in `other`.
    fileprivate func subtracting(_ other: ByteSet) -> ByteSet {
        inverted.union(other).inverted
    }
}
