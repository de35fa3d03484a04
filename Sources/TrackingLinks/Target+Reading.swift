package import Bytes

extension Target {
    /// The most bytes that normalising a target of `count` bytes can give.
    package static func maximumNormalisedCount(of count: Int) -> Int { count &* 3 &+ HostReader.writtenBytesMax &+ 64 }

    /// Reads a decoded target as browsers do (WHATWG URL, 4.4) and appends it in the form that a redirect carries.
    ///
    /// Scheme and host are in lower case, addresses as browsers write them, a default port is left out, an empty path
    /// is a slash, backslashes of the path are slashes. Path, query and fragment stay as they came otherwise, but for
    /// the bytes that browsers percent-encode there (WHATWG URL, 1.3) and the backslash, which is none of a URL's (RFC
    /// 3986, 2), so that the URL is printable ASCII. The same text comes out when its own outcome is read again. O(n),
    /// no allocation; no bytes make it trap.
    ///
    /// - Parameters:
    ///   - names: listed hosts, for one outside ASCII that only its list can tell.
    ///   - buffer: has room for `maximumNormalisedCount(of: bytes.count)` bytes; what is appended before an error is of
    ///     no use.
    /// - Returns: the target, its ranges in `buffer`.
    package static func read(
        _ bytes: Span<UInt8>, names: HostList = HostList(), into buffer: inout ByteBuffer
    ) throws(TargetRefusal) -> Target {
        guard bytes.count <= LinkLimits.targetBytesMax else { throw .tooLong }
        try refuseControlBytes(bytes)
        let text = bytes.extracting(withoutSpacesAtEnds(bytes))
        let (scheme, authorityStart) = try schemeAndSlashes(text)
        let pathStart = try endOfAuthority(text, from: authorityStart)
        let authorityText = text.extracting(authorityStart..<pathStart)
        let authority = try Authority(parsing: authorityText)

        buffer.append(scheme.name)
        buffer.append("://")
        let hostStart = buffer.count
        let kind = try HostReader.read(authorityText.extracting(authority.host), names: names, into: &buffer)
        let host = ByteRange(hostStart..<buffer.count)
        let port = authority.port ?? scheme.defaultPort
        if port != scheme.defaultPort {
            buffer.append(UInt8(ascii: ":"))
            buffer.appendDecimal(UInt64(port))
        }
        return appendRest(
            of: text, from: pathStart, to: Target(scheme: scheme, host: host, hostKind: kind, port: port),
            into: &buffer)
    }

    /// Appends path, query and fragment. The first number sign ends the rest, the first question mark before it the
    /// path.
    private static func appendRest(
        of text: Span<UInt8>, from pathStart: Int, to target: consuming Target, into buffer: inout ByteBuffer
    ) -> Target {
        let fragmentSign = text.firstOffset(of: UInt8(ascii: "#"), from: pathStart)
        let restEnd = fragmentSign ?? text.count
        let querySign = text.extracting(0..<restEnd).firstOffset(of: UInt8(ascii: "?"), from: pathStart)
        let start = buffer.count
        appendPath(text.extracting(pathStart..<(querySign ?? restEnd)), into: &buffer)
        target.path = ByteRange(start..<buffer.count)
        if let querySign {
            target.query = append("?", text.extracting(querySign + 1..<restEnd), keeping: keptInQuery, into: &buffer)
        }
        if let fragmentSign {
            let fragment = text.extracting(fragmentSign + 1..<text.count)
            target.fragment = append("#", fragment, keeping: keptInFragment, into: &buffer)
        }
        return target
    }

    private static func appendPath(_ path: Span<UInt8>, into buffer: inout ByteBuffer) {
        if path.isEmpty { buffer.append(UInt8(ascii: "/")) }
        var start = 0
        while start < path.count {
            let end = path.firstOffset(of: UInt8(ascii: "\\"), from: start) ?? path.count
            PercentCoding.encode(path.extracting(start..<end), into: &buffer, keeping: keptInPath)
            if end < path.count { buffer.append(UInt8(ascii: "/")) }
            start = end + 1
        }
    }

    private static func append(
        _ sign: StaticString, _ part: Span<UInt8>, keeping kept: ByteSet, into buffer: inout ByteBuffer
    ) -> ByteRange {
        buffer.append(sign)
        let start = buffer.count
        PercentCoding.encode(part, into: &buffer, keeping: kept)
        return ByteRange(start..<buffer.count)
    }

    /// Refuses control bytes. A browser drops tabs and line ends wherever they stand and trims the others: nobody who
    /// meant well put them there.
    private static func refuseControlBytes(_ bytes: Span<UInt8>) throws(TargetRefusal) {
        let control = bytes.firstOffset(from: 0, to: bytes.count) { $0.atMost(0x1F) | $0.equal(0x7F) }
        guard control == bytes.count else { throw .controlByte }
    }

    /// Where the text stands without the spaces at its ends.
    private static func withoutSpacesAtEnds(_ bytes: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = bytes.count
        while start < end, bytes[start] == UInt8(ascii: " ") { start += 1 }
        while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return start..<end
    }

    /// The scheme, and where the authority begins: behind any number of slashes, as in browsers.
    private static func schemeAndSlashes(_ text: Span<UInt8>) throws(TargetRefusal) -> (Scheme, Int) {
        let scheme: Scheme
        var offset: Int
        if text.hasPrefixIgnoringASCIICase("https:") {
            (scheme, offset) = (.https, 6)
        } else if text.hasPrefixIgnoringASCIICase("http:") {
            (scheme, offset) = (.http, 5)
        } else {
            throw beginsWithAScheme(text) ? .otherScheme : .notAbsolute
        }
        while offset < text.count, text[offset] == UInt8(ascii: "/") { offset += 1 }
        return (scheme, offset)
    }

    /// True when the text begins with a scheme and a colon (RFC 3986, 3.1).
    private static func beginsWithAScheme(_ bytes: Span<UInt8>) -> Bool {
        guard let colon = bytes.firstOffset(of: UInt8(ascii: ":")), colon > 0, bytes[0].isASCIILetter else {
            return false
        }
        for offset in 0..<colon where !schemeBytes.contains(bytes[offset]) { return false }
        return true
    }

    /// Where the authority ends. A backslash ends it too, in browsers, and would be read otherwise elsewhere.
    private static func endOfAuthority(_ bytes: Span<UInt8>, from start: Int) throws(TargetRefusal) -> Int {
        var end = start
        while end < bytes.count {
            switch bytes[end] {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return end
            case UInt8(ascii: "\\"): throw .backslash
            default: end += 1
            }
        }
        return end
    }

    private static let schemeBytes = ByteSet.letters.union(.digits).union("+-.")
    private static let printable = ByteSet(0x21...0x7E)
    private static let keptInPath = printable.subtracting("\"#<>?`{}\\")
    private static let keptInQuery = printable.subtracting("\"#<>'\\")
    private static let keptInFragment = printable.subtracting("\"<>`\\")
}

extension ByteSet {
    /// The bytes of this set that are not in `other`.
    fileprivate func subtracting(_ other: ByteSet) -> ByteSet {
        inverted.union(other).inverted
    }
}
