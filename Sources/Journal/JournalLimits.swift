/// What the journal's writer keeps to.
package struct JournalLimits: Equatable, Sendable {
    /// A segment that would grow past this is closed, in bytes. 64 MiB: retention, import and rewriting work on whole
    /// segments, and recovery reads one; a million events or less.
    package let segmentBytes: UInt64
    /// A segment older than this is closed, in nanoseconds. An hour: what is closed can be shipped and expires.
    package let segmentAgeNanoseconds: UInt64
    /// Room for records that are not written yet, in bytes: the batch of a turn, and what waits while writing fails.
    /// 8 MiB hold some ten seconds of a busy worker; memory that was never used costs nothing.
    package let waitingLimitBytes: Int
    /// While writing fails it is tried again at most this often, in nanoseconds. 100 ms: a failing disk costs a call
    /// ten times a second and not one each turn.
    package let retryNanoseconds: UInt64

    /// Limits; what is too small to work is raised to the least that does (a segment of one batch's header and one
    /// record, a batch of two of the largest records).
    package init(
        segmentBytes: UInt64 = 64 << 20,
        segmentAgeNanoseconds: UInt64 = 3_600_000_000_000,
        waitingLimitBytes: Int = 8 << 20,
        retryNanoseconds: UInt64 = 100_000_000
    ) {
        let recordLimitBytes = RecordHeader.byteCount + RecordHeader.payloadLimitBytes
        self.segmentBytes = max(segmentBytes, UInt64(SegmentHeader.recordsOffset + RecordHeader.byteCount))
        self.segmentAgeNanoseconds = segmentAgeNanoseconds
        self.waitingLimitBytes = max(waitingLimitBytes, 2 * recordLimitBytes)
        self.retryNanoseconds = retryNanoseconds
    }
}

/// What is certain when a batch is acknowledged.
package enum JournalDurability: Equatable, Sendable {
    /// The batch is in the kernel's page cache: it survives the death of the process.
    case process
    /// The batch is synced: it survives a power cut.
    case disk
}
