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
        synchronizer: JournalSynchronizer, stall: DiskStall = DiskStall(), storage: any JournalStorage = LinuxStorage()
    ) {
        let writer = ShardWriter(
            shard: shard, journalFolder: journalFolder, limits: limits, stall: stall, storage: storage)
        self.shard = shard
        progress = writer.progress
        synchronizer.register(writer.segments)
        self.writer = Mutex(writer)
        self.synchronizer = synchronizer
        self.closed = closed
    }

    /// What became of a fact.
    private enum Fate {
        case written(sequence: UInt64)
        /// Nothing of it is left: it may be given again.
        case refused
        /// It can't be taken back any more and is written when the disk can be.
        case waits
    }

    /// Journals a fact and syncs it. A fact that is refused is not recorded later: it would count twice when it is
    /// given again.
    ///
    /// - Parameters:
    ///   - kind: sends or name; the payload has been read by its own decoder, so that nothing unreadable is kept for
    ///     ever.
    /// - Throws: `EdgeError.journal` when it is not certain that the fact is on the disk.
    func record(kind: RecordKind, version: UInt8, payload: Span<UInt8>) throws(EdgeError) {
        let notDurableBefore = synchronizer.notDurableRanges.count
        let fate = writer.withLock { writer in
            let now = SystemClock.realtimeNanoseconds()
            let order = max(now, writer.floorNanoseconds, closed.nanoseconds)
            guard writer.beginRecord(kind: kind, version: version, maximumPayloadBytes: payload.count) else {
                return Fate.refused
            }
            writer.appendPayload { $0.append(payload) }
            let sequence = writer.endRecord(orderNanoseconds: order)
            _ = writer.commit(nowNanoseconds: now)
            let fate =
                writer.isWritten(sequence)
                ? Fate.written(sequence: sequence) : writer.withdraw(sequence) ? .refused : .waits
            writer.promise(nothingBefore: order)
            return fate
        }
        let sequence: UInt64
        switch fate {
        case .written(let written): sequence = written
        case .refused:
            throw .journal(
                reason: "the disk can't be written, and nothing was recorded: free or repair the disk, then repeat")
        case .waits:
            throw .journal(
                reason: "the disk can't be written, and the fact waits for it: it will be recorded, do not repeat it; "
                    + "free or repair the disk, and look at the report")
        }
        synchronizer.syncNow()
        if !isSynced(sequence) {
            // Somebody removed the segment: it is left, and written again.
            tick(nowNanoseconds: SystemClock.realtimeNanoseconds())
            synchronizer.syncNow()
        }
        guard isSynced(sequence), synchronizer.notDurableRanges.count == notDurableBefore else {
            throw .journal(
                reason: "the fact is written, but the disk did not confirm it: check the disk, and the report")
        }
    }

    private func isSynced(_ sequence: UInt64) -> Bool { progress.snapshot().syncedNextSequence > sequence }

    /// Keeps the promise moving and lets the segment grow old. At least once a second. While somebody records, who may
    /// be held by the disk, it does nothing.
    func tick(nowNanoseconds now: UInt64) {
        writer.withLockIfAvailable { writer in
            _ = writer.commit(nowNanoseconds: now)
            writer.promise(
                nothingBefore: closed.promise(nowNanoseconds: now, floorNanoseconds: writer.floorNanoseconds))
        }
    }

    /// Writes what waits and leaves the segment.
    ///
    /// - Returns: false when something still waits: it is lost with the process.
    @discardableResult
    func finish(nowNanoseconds now: UInt64) -> Bool {
        writer.withLock { $0.finish(nowNanoseconds: now) != .waiting }
    }
}
