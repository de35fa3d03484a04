import Bytes
import Engagement
import Journal
import LinuxSystem
import Synchronization

/// The `admin` shard: facts that no request carries, written by whoever asks, durable before the answer.
final class AdminJournal: Sendable {
    private let writer: Mutex<ShardWriter>
    private let synchronizer: JournalSynchronizer
    private let closed: ClosedWatermark
    /// The shard's name.
    let shard: ShardIdentity
    /// How far the shard is.
    let progress: ShardProgress

    /// Makes the shard's writer and registers it for syncing.
    init(
        shard: ShardIdentity, journalFolder: String, limits: JournalLimits, closed: ClosedWatermark,
        synchronizer: JournalSynchronizer
    ) {
        let writer = ShardWriter(shard: shard, journalFolder: journalFolder, limits: limits)
        self.shard = shard
        progress = writer.progress
        synchronizer.register(writer.segments)
        self.writer = Mutex(writer)
        self.synchronizer = synchronizer
        self.closed = closed
    }

    /// Journals a fact and syncs it.
    ///
    /// - Parameters:
    ///   - kind: sends or name; the payload has been read by its own decoder, so that nothing unreadable is kept for
    ///     ever.
    /// - Throws: `EdgeError.journal` when it is not certain that the fact is on the disk.
    func record(kind: RecordKind, version: UInt8, payload: Span<UInt8>) throws(EdgeError) {
        let notDurableBefore = synchronizer.notDurableRanges.count
        let outcome = writer.withLock { writer in
            let now = SystemClock.realtimeNanoseconds()
            let order = max(now, writer.floorNanoseconds, closed.nanoseconds)
            guard writer.beginRecord(kind: kind, version: version, maximumPayloadBytes: payload.count) else {
                return CommitOutcome.waiting
            }
            writer.appendPayload { $0.append(payload) }
            writer.endRecord(orderNanoseconds: order)
            let outcome = writer.commit(nowNanoseconds: now)
            writer.promise(nothingBefore: order)
            return outcome
        }
        guard outcome == .written else {
            throw .journal(
                reason: "the fact waits in memory because the disk can't be written: free or repair the disk")
        }
        synchronizer.syncNow()
        guard synchronizer.notDurableRanges.count == notDurableBefore else {
            throw .journal(
                reason: "the fact is written, but the disk did not confirm it: check the disk, and the report")
        }
    }

    /// Keeps the promise moving and lets the segment grow old. At least once a second.
    func tick(nowNanoseconds now: UInt64) {
        writer.withLock { writer in
            _ = writer.commit(nowNanoseconds: now)
            writer.promise(
                nothingBefore: closed.promise(nowNanoseconds: now, floorNanoseconds: writer.floorNanoseconds))
        }
    }

    /// Writes what waits and leaves the segment.
    func finish(nowNanoseconds now: UInt64) {
        writer.withLock { _ = $0.finish(nowNanoseconds: now) }
    }
}
