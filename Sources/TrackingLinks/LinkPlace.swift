import Bytes

/// Where the query of a link that can be signed stands in its URL.
struct LinkPlace: Equatable {
    /// The bytes behind the question mark and before the fragment; none, behind the path, where there is no question
    /// mark.
    let query: Range<Int>
    /// True when the URL has a question mark.
    let hasQuestionMark: Bool

    /// True for an unsubscribe link, false for a tracking link.
    let isUnsubscribing: Bool

    /// Finds it in an absolute http or https URL or a request target whose path is that of a tracking link or of an
    /// unsubscribe link.
    init(_ url: Span<UInt8>) throws(SigningRefusal) {
        let end = url.firstOffset(of: UInt8(ascii: "#")) ?? url.count
        let rest = url.extracting(0..<end)
        var pathStart = 0
        if rest.hasPrefixIgnoringASCIICase("https://") || rest.hasPrefixIgnoringASCIICase("http://") {
            let authority = rest.hasPrefixIgnoringASCIICase("https://") ? 8 : 7
            pathStart = rest.firstOffset(from: authority, to: end) {
                $0.equal(UInt8(ascii: "/")) | $0.equal(UInt8(ascii: "?"))
            }
        }
        let pathEnd = rest.firstOffset(of: UInt8(ascii: "?"), from: pathStart) ?? end
        let path = rest.extracting(pathStart..<pathEnd)
        isUnsubscribing = UnsubscribeLink.isPath(path)
        guard isUnsubscribing || TrackingResource(path: path) != nil else { throw .notTrackingLink }
        hasQuestionMark = pathEnd < end
        query = (hasQuestionMark ? pathEnd + 1 : end)..<end
    }
}

/// Bytes in place of a part of a link.
struct LinkChange: Equatable {
    private let range: Range<Int>
    private let bytes: [UInt8]

    /// Puts `bytes` in the place of `range`, which counts from the query's beginning.
    init(at query: Range<Int>, _ range: Range<Int>, with bytes: [UInt8]) {
        self.range = query.lowerBound + range.lowerBound..<query.lowerBound + range.upperBound
        self.bytes = bytes
    }

    /// The link with the change.
    func applied(to url: Span<UInt8>) -> [UInt8] {
        var changed: [UInt8] = []
        changed.reserveCapacity(url.count + bytes.count)
        for offset in 0..<range.lowerBound { changed.append(url[offset]) }
        changed += bytes
        for offset in range.upperBound..<url.count { changed.append(url[offset]) }
        return changed
    }
}
