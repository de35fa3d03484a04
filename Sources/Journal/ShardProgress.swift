import Synchronization

/// How far a running shard is: written by its writer and by the synchronizer, read by any thread at any time.
///
/// Each number is right on its own. Two that belong together are read by `readable()`.
package final class ShardProgress: Sendable {
    let nextSequence = Atomic<UInt64>(0)
    let journaledRecords = Atomic<UInt64>(0)
    let segmentFirstSequence = Atomic<UInt64>(0)
    let segmentBytes = Atomic<UInt64>(0)
    let journaledBytes = Atomic<UInt64>(0)
    let waitingEvents = Atomic<UInt64>(0)
    let lostEvents = Atomic<UInt64>(0)
    let unwrittenLostEvents = Atomic<UInt64>(0)
    let writeFailures = Atomic<UInt64>(0)
    let lastErrno = Atomic<Int32>(0)
    let writingEvents = Atomic<UInt64>(0)
    let holdsNothingBeforeNanoseconds = Atomic<UInt64>(0)

    let syncedNextSequence = Atomic<UInt64>(0)
    let syncedSafeNanoseconds = Atomic<UInt64>(0)
    let releasedSequence = Atomic<UInt64>(0)
    let notDurableRecords = Atomic<UInt64>(0)
    let syncFailures = Atomic<UInt64>(0)
    let syncs = Atomic<UInt64>(0)
    let syncNanoseconds = Atomic<UInt64>(0)
    let syncNanosecondsMax = Atomic<UInt64>(0)

    package init() {
    }

    /// What a follower may read: every record below `nextSequence` is in the files and synced (or known not to be
    /// durable), and none of those that come later has an order time before `safeNanoseconds`.
    package func readable() -> (safeNanoseconds: UInt64, nextSequence: UInt64) {
        // The promise first: what it covers was synced before it was published.
        let safe = syncedSafeNanoseconds.load(ordering: .acquiring)
        return (safe, syncedNextSequence.load(ordering: .acquiring))
    }

    /// Nobody who writes or syncs the shard has a segment in hand any more whose records all lie below this sequence:
    /// it may be deleted, and is not taken for one that somebody removed.
    package var releasedBelow: UInt64 { releasedSequence.load(ordering: .acquiring) }

    /// One moment's numbers, for metrics and answers.
    package func snapshot() -> ShardProgressSnapshot {
        ShardProgressSnapshot(
            journaledRecords: journaledRecords.load(ordering: .relaxed),
            journaledBytes: journaledBytes.load(ordering: .relaxed),
            nextSequence: nextSequence.load(ordering: .acquiring),
            segmentFirstSequence: segmentFirstSequence.load(ordering: .relaxed),
            segmentBytes: segmentBytes.load(ordering: .relaxed),
            waitingEvents: waitingEvents.load(ordering: .relaxed),
            lostEvents: lostEvents.load(ordering: .relaxed),
            unwrittenLostEvents: unwrittenLostEvents.load(ordering: .relaxed),
            holdsNothingBeforeNanoseconds: holdsNothingBeforeNanoseconds.load(ordering: .acquiring),
            writingEvents: writingEvents.load(ordering: .relaxed),
            writeFailures: writeFailures.load(ordering: .relaxed),
            lastErrno: lastErrno.load(ordering: .relaxed),
            syncedNextSequence: syncedNextSequence.load(ordering: .acquiring),
            notDurableRecords: notDurableRecords.load(ordering: .relaxed),
            syncs: syncs.load(ordering: .relaxed),
            syncFailures: syncFailures.load(ordering: .relaxed),
            syncNanoseconds: syncNanoseconds.load(ordering: .relaxed),
            syncNanosecondsMax: syncNanosecondsMax.load(ordering: .relaxed))
    }

    /// Says that everything below a sequence is synced, and the promise that was made before.
    func publishSynced(nextSequence: UInt64, safeNanoseconds: UInt64) {
        syncedNextSequence.max(nextSequence, ordering: .acquiringAndReleasing)
        syncedSafeNanoseconds.max(safeNanoseconds, ordering: .acquiringAndReleasing)
    }

    func countSync(nanoseconds: UInt64, worked: Bool) {
        syncs.add(1, ordering: .relaxed)
        if !worked { syncFailures.add(1, ordering: .relaxed) }
        syncNanoseconds.add(nanoseconds, ordering: .relaxed)
        syncNanosecondsMax.max(nanoseconds, ordering: .relaxed)
    }
}

/// A shard's numbers at one moment.
package struct ShardProgressSnapshot: Equatable, Sendable {
    /// Events that were written since the start; the other kinds of records are not among them.
    package private(set) var journaledRecords: UInt64
    /// Bytes of records of all kinds that were written since the start.
    package private(set) var journaledBytes: UInt64
    /// The sequence of the next record that will be written.
    package private(set) var nextSequence: UInt64
    /// The first sequence of the segment that is written to.
    package private(set) var segmentFirstSequence: UInt64
    /// Bytes of that segment, its header included; 0 while there is none.
    package private(set) var segmentBytes: UInt64
    /// Events that were answered and wait in memory because writing fails.
    package private(set) var waitingEvents: UInt64
    /// Events that were answered and found no room to wait.
    package private(set) var lostEvents: UInt64
    /// Those of them that no gap record tells of yet.
    package private(set) var unwrittenLostEvents: UInt64
    /// No event that comes later has an order time before this, nanoseconds since 1970 UTC.
    package private(set) var holdsNothingBeforeNanoseconds: UInt64
    /// Events in the write that the shard is in; 0 while it is in none.
    package private(set) var writingEvents: UInt64
    /// Writes, and attempts to make a segment, that failed.
    package private(set) var writeFailures: UInt64
    /// The error number of the last failure; 0 when writing works.
    package private(set) var lastErrno: Int32
    /// Everything below this sequence was brought to the medium, or is known not to be durable.
    package private(set) var syncedNextSequence: UInt64
    /// Records that were written and are not known to be durable, because a sync failed.
    package private(set) var notDurableRecords: UInt64
    /// Syncs of this shard.
    package private(set) var syncs: UInt64
    /// Syncs that failed.
    package private(set) var syncFailures: UInt64
    /// Time that the syncs took together, in nanoseconds.
    package private(set) var syncNanoseconds: UInt64
    /// Time that the longest sync took, in nanoseconds.
    package private(set) var syncNanosecondsMax: UInt64

    /// True while events wait or the last write failed.
    package var isFailing: Bool { waitingEvents > 0 || lastErrno != 0 }

    /// Adds the numbers of another shard of the same worker; the segment stays the one of this shard.
    ///
    /// - Parameter isHeld: nobody waits for the other one's write any more: its events were answered, and wait.
    package mutating func add(_ other: ShardProgressSnapshot, isHeld: Bool) {
        journaledRecords += other.journaledRecords
        journaledBytes += other.journaledBytes
        waitingEvents += isHeld ? max(other.waitingEvents, other.writingEvents) : other.waitingEvents
        lostEvents += other.lostEvents
        unwrittenLostEvents += other.unwrittenLostEvents
        holdsNothingBeforeNanoseconds = min(holdsNothingBeforeNanoseconds, other.holdsNothingBeforeNanoseconds)
        writeFailures += other.writeFailures
        if lastErrno == 0 { lastErrno = other.lastErrno }
        notDurableRecords += other.notDurableRecords
        syncs += other.syncs
        syncFailures += other.syncFailures
        syncNanoseconds += other.syncNanoseconds
        syncNanosecondsMax = max(syncNanosecondsMax, other.syncNanosecondsMax)
    }
}
