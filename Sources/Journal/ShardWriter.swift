package import Bytes
import LinuxSystem
import Synchronization

/// What became of a batch.
package enum CommitOutcome: Equatable, Sendable {
    /// There was nothing to write.
    case nothing
    /// Everything is written, and synced where the durability asks for it.
    case written
    /// Everything is written, but its sync failed: a power cut may take it.
    case notDurable
    /// Some of it waits in memory, because writing fails. It is tried again by later commits.
    case waiting
}

/// Writes one shard: the journal's hot path.
///
/// ## Problem
///
/// Every click and open must be recorded before it is answered, at a cost that is small beside the answer's, and
/// nothing that goes wrong with a disk may delay an answer.
///
/// ## Shape
///
/// One thread owns the writer. It appends records to a batch in memory; `commit` gives each its checksum and hands
/// the whole batch to the kernel in one call. Appending and committing allocate nothing and take no lock, but for the
/// moment at which a new segment is made. Another thread syncs (`JournalSynchronizer`), and others follow
/// (`ShardReader`), told by `progress` how far they may go. FORMAT.md is the form on disk.
///
/// ## Guarantees
///
/// - When `commit` says `.written`, the batch survives the death of the process; with the durability `disk` a power
///   cut too.
/// - Sequences have no holes, and a record's sequence never changes, however often its write is tried. One that was
///   withdrawn before any of it was in a file never had it.
/// - While writing fails, records wait in a buffer of fixed size. What finds no room there is counted (`countLost`),
///   and the count is written as a gap record as soon as writing works.
/// - The promise (`promise(nothingBefore:)`) is published only as far as no record waits that is older.
///
/// ## Not promised
///
/// What waits is lost with the process. A write that the kernel does not finish holds the calling thread, with the
/// batch of its turn and what waited before it: at most `JournalLimits.waitingLimitBytes`. Where others are told of it
/// (`DiskStall`), their commits don't try, and what they are given waits.
package final class ShardWriter {
    /// The shard that is written.
    package let shard: ShardIdentity
    /// What others may know of it.
    package var progress: ShardProgress { segments.progress }
    /// What the synchronizer needs: `JournalSynchronizer.register`.
    package let segments: ShardSegments
    /// What the writer keeps to.
    package let limits: JournalLimits
    /// What a commit that says `.written` has survived.
    package let durability: JournalDurability
    let journalFolder: String
    private let stall: DiskStall
    var storage: any JournalStorage { segments.storage }

    /// Records that are not written yet.
    var batch: RecordBatch
    /// The segment that is written to; nil before the first record and after one was left.
    var current: CurrentSegment?
    /// A segment of that first sequence was begun and given up before a record was in it: its name is taken.
    var takenName: UInt64?
    /// A segment was left whose last records could not be synced, with the durability `disk`.
    var leftUnsynced = false
    /// When the segment behind one that has reached its age could not be made; nil when it could.
    var lastSuccessorFailure: UInt64?
    /// When writing was tried last without success; nil while it works.
    private var lastFailureNanoseconds: UInt64?
    private var lost = LostEvents()
    /// Order time of the oldest event in the batch, while it is not empty.
    private var oldestPendingNanoseconds: UInt64?
    private var promisedNanoseconds: UInt64 = 0
    private var lastOrderNanoseconds: UInt64 = 0

    struct CurrentSegment {
        let file: SegmentFile
        let salt: SegmentSalt
        /// When its first record was written, or when it was made, while it has none.
        var begunNanoseconds: UInt64
        /// Offset behind the last good record.
        var endOffset: UInt64
        var holdsRecords: Bool { endOffset > UInt64(SegmentHeader.recordsOffset) }
        var isToBeLeft: Bool { file.isToBeLeft.load(ordering: .acquiring) }
    }

    private struct LostEvents {
        var count: UInt64 = 0
        var firstNanoseconds: UInt64 = 0
        var lastNanoseconds: UInt64 = 0
    }

    /// Makes the writer of a shard that nobody has written to. Nothing on disk is touched before the first commit, so
    /// a disk that fails at the start keeps nobody from answering.
    ///
    /// - Parameters:
    ///   - journalFolder: the folder of all shards of all epochs.
    ///   - stall: says that the disk holds another writer, and so would hold this one.
    package init(
        shard: ShardIdentity, journalFolder: String, limits: JournalLimits = JournalLimits(),
        durability: JournalDurability = .process, progress: ShardProgress = ShardProgress(),
        stall: DiskStall = DiskStall(), storage: any JournalStorage = LinuxStorage()
    ) {
        self.shard = shard
        self.stall = stall
        self.journalFolder = journalFolder
        self.limits = limits
        self.durability = durability
        segments = ShardSegments(shard: shard, progress: progress, storage: storage)
        batch = RecordBatch(capacity: limits.waitingLimitBytes)
    }

    // MARK: Appending

    /// Begins a record. Its payload is then appended with `appendPayload`, and `endRecord` or `abandonRecord` ends
    /// it.
    ///
    /// - Parameter maximumPayloadBytes: the most that will be appended, at most `RecordHeader.payloadLimitBytes`.
    /// - Returns: false when the batch has no room for it: commit and try again, or count the event as lost.
    package func beginRecord(kind: RecordKind, version: UInt8, maximumPayloadBytes: Int) -> Bool {
        precondition(maximumPayloadBytes <= RecordHeader.payloadLimitBytes, "no record may be that long")
        return batch.begin(kind: kind, version: version, payloadLimitBytes: maximumPayloadBytes)
    }

    /// Lends the batch for appending to the payload of the record that was begun. What stands before is not touched.
    @inline(__always)
    package func appendPayload(_ body: (inout ByteBuffer) -> Void) {
        precondition(batch.isOpen, "no record was begun")
        body(&batch.buffer)
    }

    /// Ends the record.
    ///
    /// - Parameter orderNanoseconds: the event's order time, not before the last one's nor before the promise
    ///   (`floorNanoseconds`); nil for a record that has none.
    /// - Returns: the record's sequence.
    @discardableResult
    package func endRecord(orderNanoseconds: UInt64? = nil) -> UInt64 {
        if let order = orderNanoseconds {
            precondition(order >= floorNanoseconds, "an event is older than what was promised")
            lastOrderNanoseconds = order
            if oldestPendingNanoseconds == nil { oldestPendingNanoseconds = order }
        }
        return batch.end()
    }

    /// Drops the record that was begun, as if it had never been.
    package func abandonRecord() {
        batch.abandon()
    }

    /// True when the record is in a file.
    package func isWritten(_ sequence: UInt64) -> Bool { sequence < batch.firstSequence }

    /// Takes the record that was ended last out of the batch again, as if it had never been: whoever gave it is told
    /// that it was refused, and may give it again. The next record gets its sequence.
    ///
    /// - Returns: false when it stays: it is written, it is not the last, or some of it may stand in a file that can't
    ///   be cut.
    package func withdraw(_ sequence: UInt64) -> Bool {
        guard !isWritten(sequence), sequence + 1 == batch.endSequence, let start = batch.lastRecordStart else {
            return false
        }
        if start < batch.attemptedBytes, !cutAttempt() { return false }
        guard start >= batch.strandedBytes else { return false }
        batch.dropLast(from: start)
        if batch.buffer.isEmpty {
            // Nothing waits: no window is held open, and the next record is tried at once.
            oldestPendingNanoseconds = nil
            lastFailureNanoseconds = nil
        }
        publishWaiting()
        return true
    }

    /// Counts an event that was answered and found no room.
    ///
    /// - Parameter nanoseconds: when it was taken up, since 1970 UTC.
    package func countLost(atNanoseconds nanoseconds: UInt64) {
        if lost.count == 0 { lost.firstNanoseconds = nanoseconds }
        lost.lastNanoseconds = max(lost.lastNanoseconds, nanoseconds)
        lost.count += 1
        progress.lostEvents.add(1, ordering: .relaxed)
        progress.unwrittenLostEvents.store(lost.count, ordering: .relaxed)
    }

    /// Bytes that can still be appended before a commit must make room.
    package var freeBytes: Int { batch.buffer.freeCapacity }

    // MARK: Committing

    /// Writes the batch, and what waited before it.
    ///
    /// Called once a turn, and at least once a second also when nothing was appended: it retries, and it closes a
    /// segment that has reached its age.
    ///
    /// - Parameter now: nanoseconds since 1970 UTC.
    package func commit(nowNanoseconds now: UInt64) -> CommitOutcome {
        precondition(!batch.isOpen, "a record is neither ended nor abandoned")
        guard !batch.buffer.isEmpty || lost.count > 0 else {
            if !stall.isOn { closeIfAged(nowNanoseconds: now) }
            return .nothing
        }
        guard mayTry(nowNanoseconds: now) else {
            publishWaiting()
            return .waiting
        }
        var outcome = writeBatch(nowNanoseconds: now)
        if outcome != .waiting, lost.count > 0 {
            appendGap()
            let ofGap = writeBatch(nowNanoseconds: now)
            // What became of the events stands, whatever becomes of the gap, unless that has to wait.
            if outcome == .written || ofGap == .waiting { outcome = ofGap }
        }
        if outcome == .waiting {
            lastFailureNanoseconds = now
        } else {
            lastFailureNanoseconds = nil
            oldestPendingNanoseconds = nil
            progress.lastErrno.store(0, ordering: .relaxed)
        }
        publishWaiting()
        return outcome
    }

    /// Commits once more, however short ago a write failed, and leaves the segment, so that the synchronizer can finish
    /// it. The writer may be used again after. While the disk holds another writer, this waits like a commit.
    @discardableResult
    package func finish(nowNanoseconds now: UInt64) -> CommitOutcome {
        lastFailureNanoseconds = nil
        let outcome = commit(nowNanoseconds: now)
        guard !stall.isOn else { return .waiting }
        closeSegment()
        return outcome
    }

    // MARK: The promise

    /// The least order time that the next event may have: no less than what was promised and than the last event's.
    package var floorNanoseconds: UInt64 { max(promisedNanoseconds, lastOrderNanoseconds) }

    /// Promises that no event comes later with an order time before this one. An earlier promise stays.
    ///
    /// Called after `commit`, at the end of each turn. While events wait, no more is published than the oldest of
    /// them allows.
    package func promise(nothingBefore nanoseconds: UInt64) {
        promisedNanoseconds = max(promisedNanoseconds, nanoseconds)
        let published = min(promisedNanoseconds, oldestPendingNanoseconds ?? .max)
        progress.holdsNothingBeforeNanoseconds.max(published, ordering: .acquiringAndReleasing)
    }

    // MARK: -

    /// Appends what was lost. The batch was just written, so there is room.
    private func appendGap() {
        guard batch.begin(kind: .gap, version: Gap.version, payloadLimitBytes: Gap.byteCount) else { return }
        Gap(lostEvents: lost.count, firstNanoseconds: lost.firstNanoseconds, lastNanoseconds: lost.lastNanoseconds)
            .write(into: &batch.buffer)
        _ = batch.end()
        lost = LostEvents()
    }

    private func mayTry(nowNanoseconds now: UInt64) -> Bool {
        guard !stall.isOn else { return false }
        return isDue(lastFailureNanoseconds, now)
    }

    /// True when what failed at a moment may be tried again.
    func isDue(_ failure: UInt64?, _ now: UInt64) -> Bool {
        guard let failure else { return true }
        // A clock that was set back must not stop the retries.
        return now < failure || now - failure >= limits.retryNanoseconds
    }

    private func publishWaiting() {
        progress.waitingEvents.store(batch.events, ordering: .relaxed)
        progress.unwrittenLostEvents.store(lost.count, ordering: .relaxed)
    }
}
