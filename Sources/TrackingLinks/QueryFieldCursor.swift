import Bytes

/// Walks over the fields of a query, known or not, with the one rule that matters for where they end: a target that was
/// put in without encoding reaches to the end.
struct QueryFieldCursor {
    /// A field as it stands in the query.
    struct Field {
        /// What it is, or nil for a name that is not known.
        let field: TrackingField?
        /// Where the name stands.
        let name: Range<Int>
        /// Where the value stands, empty behind the name where there is no equals sign.
        let value: Range<Int>
        /// True when an equals sign separates the two.
        let hasEquals: Bool
        /// True for a target that reaches to the end.
        let isRawTarget: Bool
    }

    private var offset = 0

    /// The next field, empty ones included, or nil behind the last.
    mutating func next(in query: Span<UInt8>) -> Field? {
        guard offset < query.count else { return nil }
        let start = offset
        let nameEnd = query.firstOffset(from: start, to: query.count) {
            $0.equal(UInt8(ascii: "=")) | $0.equal(UInt8(ascii: "&"))
        }
        let hasEquals = nameEnd < query.count && query[nameEnd] == UInt8(ascii: "=")
        let valueStart = hasEquals ? nameEnd + 1 : nameEnd
        let field = TrackingField(nameIn: query, start..<nameEnd)
        let isRaw = field == .targetUrl && TrackingLink.isRawTarget(query.extracting(valueStart..<query.count))
        let end =
            isRaw
            ? query.count
            : query.firstOffset(from: valueStart, to: query.count) { $0.equal(UInt8(ascii: "&")) }
        offset = end + 1
        return Field(
            field: field, name: start..<nameEnd, value: valueStart..<end, hasEquals: hasEquals, isRawTarget: isRaw)
    }
}
