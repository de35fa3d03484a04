import Bytes

/// The URLs in a text without markup, as mail clients find them to make links of.
enum TextLinks {
    /// Where the URLs of http and https stand, in order. One goes to the next space, quote, angle bracket or control
    /// character, less the punctuation behind it: `(see https://a.example/x).` holds `https://a.example/x`. O(n).
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var offset = 0
        while let colon = text.span.firstOffset(of: UInt8(ascii: ":"), from: offset) {
            guard let start = start(of: text, before: colon), start >= offset else {
                offset = colon + 1
                continue
            }
            var end = colon
            while end < text.count, !ends.contains(text[end]) { end += 1 }
            offset = end
            let brackets = bracketCounts(in: text[start..<end])
            var closing = brackets.closing
            while end > colon + 3, glued.contains(text[end - 1]) {
                if text[end - 1] == UInt8(ascii: ")") {
                    guard closing > brackets.opening else { break }
                    closing -= 1
                }
                end -= 1
            }
            if end > colon + 3 { ranges.append(start..<end) }
        }
        return ranges
    }

    /// Where `http` or `https` begins in front of `://`, or nil.
    private static func start(of text: [UInt8], before colon: Int) -> Int? {
        guard text.span.extracting(colon..<text.count).hasPrefix("://") else { return nil }
        for scheme: StaticString in ["https", "http"] {
            let start = colon - scheme.utf8CodeUnitCount
            guard start >= 0, text.span.extracting(start..<colon).equalsIgnoringASCIICase(scheme) else { continue }
            return start == 0 || !text[start - 1].isASCIILetter ? start : nil
        }
        return nil
    }

    private static func bracketCounts(in url: ArraySlice<UInt8>) -> (opening: Int, closing: Int) {
        (url.count { $0 == UInt8(ascii: "(") }, url.count { $0 == UInt8(ascii: ")") })
    }

    private static let ends = ByteSet.controls.union(" <>\"`")
    private static let glued: ByteSet = ".,;:!?')]"
}
