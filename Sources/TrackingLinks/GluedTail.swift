import Bytes

/// Signs that a linkifier or a probing scanner glued to the end of a link: quotes, brackets, a full stop or a comma.
///
/// A link that was made well holds none of these as its last byte: encoders write `"`, `>` and `,` as escapes, and
/// `LinkBuilder` the others too. A quote or bracket that has its partner in the value belongs to it, as in
/// `/wiki/Foo_(bar)`. Of the escapes only those of the quotes and of `>` count, because clients encode these
/// themselves.
enum GluedTail {
    /// More than a few signs are no accident.
    private static let signsMax = 8

    /// Where a target ends without what was glued to it.
    ///
    /// - Parameter value: the target as it stands in the query, undecoded, to the query's end.
    static func end(of value: Span<UInt8>) -> Int {
        var end = value.count
        for _ in 0..<signsMax {
            let shorter = endOfOne(value, from: end)
            if shorter == end { break }
            end = shorter
        }
        return end
    }

    /// Copies a query without what was glued to its last field, where that can't hold such a sign: every known one but
    /// the recipient's, which may be any text. A target is `TargetReader`'s.
    static func undo(_ query: Span<UInt8>, into copy: inout ByteBuffer) -> LinkRepair {
        var cursor = QueryFieldCursor()
        var last: QueryFieldCursor.Field?
        while let field = cursor.next(in: query) { last = field }
        guard let last, let field = last.field, isBare(field) else { return [] }
        var end = last.value.upperBound
        for _ in 0..<signsMax where end > last.value.lowerBound {
            if mayEnd(with: query[end - 1]) {
                end -= 1
            } else if end - 3 >= last.value.lowerBound,
                let byte = PercentCoding.escapedByte(in: query, at: end - 3), escapedSigns.contains(byte)
            {
                end -= 3
            }
        }
        guard end < query.count else { return [] }
        copy.append(query.extracting(0..<end))
        return .gluedTail
    }

    /// True for a byte that may be glued on.
    @inline(__always)
    static func mayEnd(with byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: ">"), UInt8(ascii: ")"), UInt8(ascii: ","),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// True for the fields whose values hold letters, digits and brackets alone.
    static func isBare(_ field: TrackingField) -> Bool {
        switch field {
        case .cuid, .cuidType, .tlink, .targetUrl: false
        default: true
        }
    }

    private static func endOfOne(_ value: Span<UInt8>, from end: Int) -> Int {
        guard end > 0 else { return end }
        let byte = value[end - 1]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: ">"), UInt8(ascii: ","):
            return end - 1
        case UInt8(ascii: "'"):
            return count(of: byte, value, end).isMultiple(of: 2) ? end : end - 1
        case UInt8(ascii: ")"):
            return count(of: byte, value, end) > count(of: UInt8(ascii: "("), value, end) ? end - 1 : end
        case UInt8(ascii: "."):
            return isStopOfSentence(value, end) ? end - 1 : end
        default:
            break
        }
        guard end >= 3, let escaped = PercentCoding.escapedByte(in: value, at: end - 3) else { return end }
        switch escaped {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return count(of: escaped, value, end).isMultiple(of: 2) ? end : end - 3
        case UInt8(ascii: ">"):
            return count(of: escaped, value, end) > count(of: UInt8(ascii: "<"), value, end) ? end - 3 : end
        default:
            return end
        }
    }

    /// True when the full stop before `end` is not one of several, nor a whole segment of a path.
    private static func isStopOfSentence(_ value: Span<UInt8>, _ end: Int) -> Bool {
        guard end > 1 else { return false }
        let escaped = end >= 4 ? PercentCoding.escapedByte(in: value, at: end - 4) : nil
        switch escaped ?? value[end - 2] {
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "\\"): return false
        default: return true
        }
    }

    /// How often a byte stands in the value up to `end`, plain or percent-encoded.
    private static func count(of byte: UInt8, _ value: Span<UInt8>, _ end: Int) -> Int {
        var count = 0
        for offset in 0..<end {
            if value[offset] == byte || PercentCoding.escapedByte(in: value, at: offset) == byte { count += 1 }
        }
        return count
    }

    private static let escapedSigns: ByteSet = "'\">"
}
