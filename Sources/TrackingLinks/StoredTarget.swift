package import Bytes

/// The form of a target that events keep and reports group by: the normalised URL without its fragment and without its
/// query, but for the query names that the section keeps.
///
/// Addresses in it are not masked here: that depends on the identity setting (`EmailMask`).
package enum StoredTarget {
    /// The most bytes that storing a normalised target of `count` bytes, or an unusable text, can give.
    package static func maximumCount(of count: Int) -> Int { count + 3 * LinkLimits.storedTextBytesMax }

    /// Appends the stored form of a target.
    ///
    /// Kept query fields stay in the order of the URL, as they are spelled there. O(n × names).
    ///
    /// - Parameters:
    ///   - target: a normalised target.
    ///   - bytes: the bytes that the target's ranges lie in.
    ///   - buffer: has room for as many bytes as the normalised URL has.
    package static func write(
        _ target: Target, of bytes: Span<UInt8>, keeping linkQuery: LinkQuery, into buffer: inout ByteBuffer
    ) {
        buffer.append(target.scheme.name)
        buffer.append("://")
        // Host, port and path stand together in a normalised URL.
        buffer.append(bytes.extracting(target.host.offsets.lowerBound..<target.path.offsets.upperBound))
        guard !linkQuery.isEmpty, let range = target.query else { return }
        let query = bytes.extracting(range.offsets)
        var separator = UInt8(ascii: "?")
        var start = 0
        while start < query.count {
            let end = query.firstOffset(of: UInt8(ascii: "&"), from: start) ?? query.count
            let field = query.extracting(start..<end)
            let nameCount = field.firstOffset(of: UInt8(ascii: "=")) ?? field.count
            if linkQuery.contains(field.extracting(first: nameCount)) {
                buffer.append(separator)
                buffer.append(field)
                separator = UInt8(ascii: "&")
            }
            start = end + 1
        }
    }

    /// Appends a target that is no usable URL, so that an event can show it: up to the first `?` or `#`, without user
    /// info, every byte that is not printable ASCII percent-encoded.
    ///
    /// - Parameter buffer: has room for three times `LinkLimits.storedTextBytesMax`; what lies behind that many bytes
    ///   of the text is left out.
    /// - Returns: true when something was left out for its length: what is masked must then take the end for lost.
    package static func writeUnusable(_ whole: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        let text = whole.extracting(first: min(whole.count, LinkLimits.storedTextBytesMax))
        var end = 0
        while end < text.count, text[end] != UInt8(ascii: "?"), text[end] != UInt8(ascii: "#") { end += 1 }
        let shown = text.extracting(0..<end)
        let userInfo = rangeOfUserInfo(in: shown)
        PercentCoding.encode(shown.extracting(0..<userInfo.lowerBound), into: &buffer, keeping: printable)
        PercentCoding.encode(shown.extracting(userInfo.upperBound..<end), into: &buffer, keeping: printable)
        guard end < whole.count else { return false }
        return whole[end] != UInt8(ascii: "?") && whole[end] != UInt8(ascii: "#")
    }

    /// Where the authority's user and password stand, the at sign included: whoever put them into a link did not mean
    /// them for a log.
    private static func rangeOfUserInfo(in text: Span<UInt8>) -> Range<Int> {
        guard let colon = text.firstOffset(of: UInt8(ascii: ":")), text.extracting(colon..<text.count).hasPrefix("://")
        else {
            return 0..<0
        }
        let start = colon + 3
        var end = start
        var offset = start
        while offset < text.count, text[offset] != UInt8(ascii: "/"), text[offset] != UInt8(ascii: "\\") {
            if text[offset] == UInt8(ascii: "@") { end = offset + 1 }
            offset += 1
        }
        return start..<end
    }

    /// The stored form of a fallback. Not for the hot path.
    static func bytes(of fallback: FallbackURL, keeping linkQuery: LinkQuery) -> [UInt8] {
        var buffer = ByteBuffer(capacity: maximumCount(of: fallback.bytes.count))
        write(fallback.target, of: fallback.bytes.span, keeping: linkQuery, into: &buffer)
        return buffer.toArray()
    }

    private static let printable = ByteSet(0x21...0x7E)
}
