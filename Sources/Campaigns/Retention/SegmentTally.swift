import Engagement
import Journal

/// Counts what the segments hold that are about to be deleted, as the aggregator has counted it, some records at a
/// time.
struct SegmentTally {
    /// What has expired of the shard when they are gone.
    private(set) var expiry: ShardExpiry
    private let end: UInt64
    private let reader: ShardReader

    /// Begins where the shard's expiry stands.
    ///
    /// - Parameter end: the sequence behind the last record that goes.
    init(from expiry: ShardExpiry, to end: UInt64, journalFolder: String, storage: any JournalStorage) {
        self.expiry = expiry
        self.end = end
        reader = ShardReader(
            shard: expiry.shard, journalFolder: journalFolder, from: ShardPosition(nextSequence: expiry.nextSequence),
            storage: storage)
    }

    /// Reads on.
    ///
    /// - Returns: false when there is nothing left to read: `expiry` is complete then.
    mutating func read(atMost records: Int) throws(JournalError) -> Bool {
        for _ in 0..<records {
            switch try reader.next(below: end) {
            case .end:
                expiry.nextSequence = max(expiry.nextSequence, end)
                return false
            case .damaged(let damage): expiry.damaged += damage.missingSequences
            case .record(let record): reader.withPayload { take(record, $0) }
            }
        }
        return true
    }

    private mutating func take(_ record: RecordHeader, _ payload: Span<UInt8>) {
        do throws(EngagementError) {
            switch try RecordMeaning(record, payload) {
            case .event: expiry.events += 1
            case .lost(let events): expiry.lost += events ?? 0
            case .other: break
            }
        } catch {
            expiry.damaged += 1
        }
    }
}
