import Bytes

/// The room for following a tracking link that stands in another: its query and what was read of it.
struct LinkNest: ~Copyable {
    /// The inner link.
    private(set) var link = TrackingLink()
    private var query = ByteBuffer(capacity: Target.maximumNormalisedCount(of: LinkLimits.targetBytesMax))
    private var repair = QueryRepair(bytesMax: LinkLimits.targetBytesMax)

    /// Reads the link that a target is.
    ///
    /// - Parameter url: the bytes that the target's ranges lie in.
    mutating func read(_ target: Target, of url: borrowing ByteBuffer) {
        query.removeAll()
        if let range = target.query { url.withSpan(of: range.offsets) { query.append($0) } }
        Self.read(query, into: &link, repair: &repair)
    }

    /// Calls `body` with the link and the bytes that it was read from.
    func withQuery<Result>(_ body: (borrowing TrackingLink, Span<UInt8>) -> Result) -> Result {
        if link.isRepaired { return repair.query.withSpan { body(link, $0) } }
        return query.withSpan { body(link, $0) }
    }

    private static func read(
        _ query: borrowing ByteBuffer, into link: inout TrackingLink, repair: inout QueryRepair
    ) {
        query.withSpan { link.read(query: $0, repair: &repair) }
    }
}
