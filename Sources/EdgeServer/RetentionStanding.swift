import Bytes
import Campaigns

/// How retention stands, for metrics.
struct RetentionStanding: Sendable {
    /// Bytes of all segments.
    var journalBytes: UInt64 = 0
    /// All segments.
    var segments: UInt64 = 0
    /// Bytes of the disk that are free.
    var freeBytes: UInt64 = 0
    /// Bytes that are to stay free.
    var floorBytes: UInt64 = 0
    /// Events whose records were deleted, of all time.
    var expiredEvents: UInt64 = 0
    /// Segments that were deleted since the start, by reason.
    var removedSegments: [RetentionPlan.Reason: UInt64] = [:]
    /// What stores hold back.
    var held: [RetentionPlan.Holding] = []
    /// Records that stores will never have, since the start.
    var missedRecords: [String: UInt64] = [:]
    /// The last day whose people are counts, as days since 1970-01-01; nil where there is none.
    var peopleSealedThrough: Int32?

    /// A day as `yyyy-mm-dd`.
    static func text(ofDay day: Int32) -> String { CivilDate(dayNumber: Int(day)).text }
}
