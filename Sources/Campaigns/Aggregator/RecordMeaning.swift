package import Engagement
package import Journal

/// What a record comes to for whoever adds records up: it is decoded as the aggregator decodes it, and not kept.
package enum RecordMeaning: Equatable {
    /// A click or an open.
    case event
    /// Events that were answered and never journaled; nil where the gap can't be read.
    case lost(UInt64?)
    /// A fact of the `admin` shard, or a kind that this version does not know.
    case other

    /// Reads a record.
    ///
    /// - Throws: why it can't be decoded: it counts as damaged.
    package init(_ record: RecordHeader, _ payload: Span<UInt8>) throws(EngagementError) {
        switch record.kind {
        case .event:
            _ = try EventView(payload, version: record.version)
            self = .event
            return
        case .gap:
            self = .lost(Gap(payload: payload, version: record.version)?.lostEvents)
            return
        case .sends: _ = try SendsRecord(payload, version: record.version)
        case .name: _ = try NameRecord(payload, version: record.version)
        case .consent: _ = try ConsentRecord(payload, version: record.version)
        case .keyChange: _ = try KeyChangeRecord(payload, version: record.version)
        case .forgetting: _ = try ForgettingRecord(payload, version: record.version)
        default: break
        }
        self = .other
    }
}
