import Bytes

/// The path of a URL as rules compare it: its first segments, dot segments resolved.
///
/// A rule must not be got around by another spelling of the same path, so segments are found as a browser finds them
/// (WHATWG URL, 4.4, "path state"): `/` and `\` separate, `.` and `%2e` mean this segment, `..` and its spellings take
/// one away. Empty segments count where `..` takes one away and nowhere else, because most servers read `//` as `/`.
/// One pass over the path, no allocation.
struct RulePath {
    /// Segments that are told apart, and that a rule's prefix has at most. What lies deeper is walked over.
    static let segmentsMax = 32

    /// How many of the first segments are known.
    private(set) var count = 0
    private var starts = InlineArray<32, UInt32>(repeating: 0)
    private var ends = InlineArray<32, UInt32>(repeating: 0)
    /// Empty segments behind each segment; the first number is that of those before any.
    private var empties = InlineArray<33, UInt32>(repeating: 0)
    /// Segments, empty ones among them, behind the last that is told apart.
    private var deeper = 0

    /// Reads a path with its leading slash, or no bytes.
    init(_ path: Span<UInt8>) {
        var start = path.count > 0 && Self.isSeparator(path[0]) ? 1 : 0
        while start < path.count {
            var end = start
            while end < path.count, !Self.isSeparator(path[end]) { end += 1 }
            switch Self.dotCount(path.extracting(start..<end)) {
            case 1: break
            case 2: removeLast()
            default: append(start..<end)
            }
            start = end + 1
        }
    }

    /// True when the path has more segments than are told apart.
    var isDeeper: Bool { deeper > 0 }

    /// Where a segment lies in the path.
    func segment(_ number: Int) -> Range<Int> { Int(starts[number])..<Int(ends[number]) }

    /// True for the two bytes that separate segments.
    static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }

    private mutating func append(_ segment: Range<Int>) {
        if deeper > 0 || (count == Self.segmentsMax && !segment.isEmpty) {
            deeper += 1
        } else if segment.isEmpty {
            empties[count] += 1
        } else {
            starts[count] = UInt32(segment.lowerBound)
            ends[count] = UInt32(segment.upperBound)
            count += 1
            empties[count] = 0
        }
    }

    private mutating func removeLast() {
        if deeper > 0 {
            deeper -= 1
        } else if empties[count] > 0 {
            empties[count] -= 1
        } else if count > 0 {
            count -= 1
        }
    }

    /// 1 for a segment that means itself, 2 for one that takes the one before away, 0 for every other.
    private static func dotCount(_ segment: Span<UInt8>) -> Int {
        guard segment.count <= 6 else { return 0 }
        var cursor = PercentCursor()
        var dots = 0
        while let byte = cursor.next(in: segment) {
            guard byte == UInt8(ascii: "."), dots < 2 else { return 0 }
            dots += 1
        }
        return dots
    }
}

/// Walks over a segment and gives the bytes that rules compare: an escape is the byte that it names, whichever it is,
/// but for an escaped separator, which is another character than the separator itself (RFC 3986, 2.2).
struct RuleSegmentCursor {
    private var cursor = PercentCursor()
    /// What stands behind the zero that marks an escaped separator or zero.
    private var marked: UInt8?

    mutating func next(in segment: Span<UInt8>) -> UInt8? {
        if let byte = marked {
            marked = nil
            return byte
        }
        let start = cursor.offset
        guard let byte = cursor.next(in: segment) else { return nil }
        guard cursor.offset - start > 1, byte == 0 || RulePath.isSeparator(byte) else { return byte }
        marked = byte
        return 0
    }
}
