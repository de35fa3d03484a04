import HTTPEngine
import Journal
import LinuxSystem

/// One shard of a worker, and what writes it: the only part of a worker that waits for the disk.
///
/// One thread uses it at a time: the worker's; or, when a call here did not come back and another thread took the
/// worker over, the one that is in that call; or whoever holds the lock of `WorkerShards`, among whose spares it is.
final class ShardCommitter: HTTPCommitter, @unchecked Sendable {
    /// The shard's writer. Records are appended by `EventRecorder`.
    let writer: ShardWriter
    private let shards: WorkerShards
    private let closed: ClosedWatermark
    /// The present turn's time, and the order time of its events.
    var timeNanoseconds: UInt64 = 0
    var orderNanoseconds: UInt64 = 0
    /// Half of the time that the last sync took, with the durability `disk`: whoever comes in that time shares the next
    /// sync, and waits less than for one more.
    private(set) var gatheringNanoseconds: UInt64 = 0

    init(writer: ShardWriter, shards: WorkerShards, closed: ClosedWatermark) {
        self.writer = writer
        self.shards = shards
        self.closed = closed
    }

    /// Writes the turn's events with one write, then promises that nothing older comes.
    func commit() {
        if writer.durability == .disk {
            commitToDisk()
        } else {
            _ = writer.commit(nowNanoseconds: timeNanoseconds)
        }
        writer.promise(nothingBefore: orderNanoseconds)
    }

    private func commitToDisk() {
        let start = SystemClock.monotonicNanoseconds()
        _ = writer.commit(nowNanoseconds: timeNanoseconds)
        gatheringNanoseconds = min((SystemClock.monotonicNanoseconds() - start) / 2, Self.gatheringNanosecondsMax)
    }

    /// A disk that hangs must not make the next clients wait for the time that it hung.
    private static let gatheringNanosecondsMax: UInt64 = 5_000_000

    /// Retries what waits, lets a segment grow old, and keeps the promise moving while nobody clicks or the clock is
    /// behind.
    func tick() {
        _ = writer.commit(nowNanoseconds: timeNanoseconds)
        promise(nowNanoseconds: timeNanoseconds)
        shards.promiseForSpares(nowNanoseconds: timeNanoseconds)
    }

    /// Promises the present.
    func promise(nowNanoseconds now: UInt64) {
        writer.promise(nothingBefore: closed.promise(nowNanoseconds: now, floorNanoseconds: writer.floorNanoseconds))
    }

    /// The disk answers again. What this shard holds is written, and the shard is left for the next time.
    func wasTakenOver() {
        shards.heldCallReturned()
        if finishWriting() { shards.giveBack(self) }
    }

    /// Writes what is left and leaves the segment.
    func finish() {
        shards.beginEnding()
        _ = finishWriting()
    }

    /// Tries until everything is written and the segment is left, or the server ends and the disk has taken nothing for
    /// a while.
    ///
    /// - Returns: false when something is left.
    private func finishWriting() -> Bool {
        var deadline: UInt64?
        while writer.finish(nowNanoseconds: SystemClock.realtimeNanoseconds()) == .waiting {
            let now = SystemClock.monotonicNanoseconds()
            // The process can't end before a call that hangs comes back: giving up earlier would gain nothing.
            if shards.isStalled || !shards.isEnding { deadline = nil }
            if let deadline, now >= deadline { return false }
            if deadline == nil { deadline = now + Self.finishNanoseconds }
            SystemThread.sleep(nanoseconds: Self.retryNanoseconds)
        }
        return true
    }

    /// How long a worker that ends goes on trying to write what waits.
    private static let finishNanoseconds: UInt64 = 5_000_000_000
    private static let retryNanoseconds: UInt64 = 100_000_000
}
