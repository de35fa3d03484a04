import Journal
import LinuxSystem

/// About how many records a journal holds, without reading it: what progress is shown against.
enum JournalEstimate {
    /// The records of all shards. A segment's first sequence tells how many stand before it; of the last segment the
    /// size does, at the mean size of the others' records.
    static func recordCount(in journalFolder: String) -> UInt64 {
        // What can't be listed is told by whoever reads it.
        guard let shards = try? JournalDirectory.scan(journalFolder) else { return 0 }
        return shards.reduce(0) { $0 + recordCount($1) }
    }

    private static func recordCount(_ shard: JournalDirectory.Shard) -> UInt64 {
        guard let first = shard.segments.first, let last = shard.segments.last else { return 0 }
        let before = last - first
        let sizes = shard.segments.map { (try? Files.status(shard.segmentPath($0)))?.sizeBytes ?? 0 }
        let lastBytes = sizes.last ?? 0
        let beforeBytes = sizes.dropLast().reduce(0, +)
        let recordBytes = before > 0 ? max(1, beforeBytes / before) : usualRecordBytes
        return before + lastBytes / recordBytes
    }

    /// A record of a click by a browser, as the standard scenario's.
    private static let usualRecordBytes: UInt64 = 260
}
