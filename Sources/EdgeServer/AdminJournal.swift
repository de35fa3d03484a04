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

    /// How many facts of a list are recorded.
    struct Outcome {
        /// Facts, from the list's first on, that are in the journal.
        var recorded = 0
        /// Why the next one is not, or why it is not certain that the last ones are on the disk.
        var failure: EdgeError?
    }

    /// Journals facts one after the other and syncs them together; the first that the disk does not take ends it. A
    /// fact that is refused is not recorded later: it would count twice when it is given again.
    ///
    /// - Parameters:
    ///   - kind: sends or name.
    ///   - payloads: one for each fact. They have been read by their own decoder, so that nothing unreadable is kept
    ///     for ever.
    func record(kind: RecordKind, version: UInt8, payloads: [[UInt8]]) -> Outcome {
        let notDurableBefore = synchronizer.notDurableRanges.count
        var outcome = Outcome()
        var last: UInt64?
        writer.withLock { writer in
            let now = SystemClock.realtimeNanoseconds()
            let order = max(now, writer.floorNanoseconds, closed.nanoseconds)
            for payload in payloads {
                switch Self.write(payload.span, kind, version, order, now, to: writer) {
                case .written(let sequence):
                    last = sequence
                    outcome.recorded += 1
                    continue
                case .refused:
                    outcome.failure = .journal(
                        reason: "the disk can't be written, and nothing\(outcome.recorded > 0 ? " more" : "") was "
                            + "recorded: free or repair the disk, then repeat")
                case .waits:
                    outcome.failure = .journal(
                        reason: "the disk can't be written, and the fact waits for it: it will be recorded, do not "
                            + "repeat it; free or repair the disk, and look at the report")
                }
                break
            }
            writer.promise(nothingBefore: order)
        }
        guard let last else { return outcome }
        synchronizer.syncNow()
        if !isSynced(last) {
            // Somebody removed the segment: it is left, and written again.
            tick(nowNanoseconds: SystemClock.realtimeNanoseconds())
            synchronizer.syncNow()
        }
        if !isSynced(last) || synchronizer.notDurableRanges.count != notDurableBefore {
            outcome.failure = .journal(
                reason: "what was recorded is written, but the disk did not confirm it: check the disk, and the report")
        }
        return outcome
    }

    private static func write(
        _ payload: Span<UInt8>, _ kind: RecordKind, _ version: UInt8, _ order: UInt64, _ now: UInt64,
        to writer: ShardWriter
    ) -> Fate {
        guard writer.beginRecord(kind: kind, version: version, maximumPayloadBytes: payload.count) else {
            return .refused
        }
        writer.appendPayload { $0.append(payload) }
        let sequence = writer.endRecord(orderNanoseconds: order)
        _ = writer.commit(nowNanoseconds: now)
        if writer.isWritten(sequence) { return .written(sequence: sequence) }
        return writer.withdraw(sequence) ? .refused : .waits
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
