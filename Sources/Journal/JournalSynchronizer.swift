package import LinuxSystem
import Synchronization

/// Records whose sync failed: they are in the file and are read, and a power cut may take them.
package struct NotDurableRange: Hashable, Sendable {
    /// The shard.
    package let shard: ShardIdentity
    /// The first record of the range.
    package let firstSequence: UInt64
    /// The record behind the last of the range.
    package let endSequence: UInt64

    package init(shard: ShardIdentity, firstSequence: UInt64, endSequence: UInt64) {
        self.shard = shard
        self.firstSequence = firstSequence
        self.endSequence = endSequence
    }
}

/// Brings what writers wrote to the medium, and says how far it is.
///
/// One thread at low priority goes over all shards at an interval. A follower reads only what a round has covered, so
/// the interval is also how far figures lag behind at least. A sync that hangs holds back only what is read, never a
/// writer.
package final class JournalSynchronizer: Sendable {
    private let shards = Mutex<[ShardSegments]>([])
    private let failedRanges = Mutex<[NotDurableRange]>([])
    private let gone = Mutex<[GoneSegment]>([])
    private let round = Mutex<Void>(())
    private let loop = Mutex<Loop?>(nil)

    private struct Loop {
        let thread: SystemThread
        let wakeup: Wakeup
        let isStopping: StopFlag
    }

    private final class StopFlag: Sendable {
        let isSet = Atomic(false)
    }

    /// Makes one that syncs only when asked to (`syncNow`), until `start`.
    package init() {
    }

    /// Takes a shard's files over: `ShardWriter.segments`.
    package func register(_ segments: ShardSegments) {
        shards.withLock { $0.append(segments) }
    }

    /// Ranges whose sync failed since the start, one a file.
    package var notDurableRanges: [NotDurableRange] {
        failedRanges.withLock { $0 }
    }

    /// Segments that lost their names since the start, and how they stand now.
    package var goneSegments: [GoneSegment] {
        gone.withLock { $0 }
    }

    /// Syncs everything that is written now, on the calling thread, and publishes it. Waits for a round that is on.
    package func syncNow() {
        round.withLock { _ in
            for segments in shards.withLock({ $0 }) { synchronize(segments) }
        }
    }

    /// Has every writer but that of an `admin` shard leave the segment that it writes to with its next commit, so that
    /// what is written by now stands in closed segments: `ShardProgress.releasedBelow`.
    package func leaveSegments() {
        for segments in shards.withLock({ $0 }) where !segments.shard.isAdmin { segments.leaveCurrent() }
    }

    /// Starts the thread that syncs at an interval.
    ///
    /// - Parameter niceness: of that thread alone; 10 keeps it behind the workers where processors are few.
    package func start(intervalNanoseconds: UInt64, niceness: Int32 = 10) throws(SystemError) {
        let wakeup = try Wakeup()
        let isStopping = StopFlag()
        let milliseconds = Int32(clamping: max(1, intervalNanoseconds / 1_000_000))
        let thread = try SystemThread.start(name: "tremolo-sync", niceness: niceness) { [self] in
            run(every: milliseconds, wakeup: wakeup, isStopping: isStopping)
        }
        loop.withLock { $0 = Loop(thread: thread, wakeup: wakeup, isStopping: isStopping) }
    }

    /// Ends the thread, after a last round.
    package func stop() {
        guard let loop = loop.withLock({ $0.take() }) else { return }
        loop.isStopping.isSet.store(true, ordering: .releasing)
        loop.wakeup.signal()
        loop.thread.join()
        syncNow()
    }

    private func run(every milliseconds: Int32, wakeup: Wakeup, isStopping: StopFlag) {
        guard var poller = try? Poller(capacity: 1),
            (try? poller.add(wakeup.rawValue, token: 0, interest: .readable)) != nil
        else {
            // Without a descriptor to wait on, sleeping does as well; stopping then takes up to an interval.
            while !isStopping.isSet.load(ordering: .acquiring) {
                SystemThread.sleep(nanoseconds: UInt64(milliseconds) * 1_000_000)
                syncNow()
            }
            return
        }
        while !isStopping.isSet.load(ordering: .acquiring) {
            _ = try? poller.wait(timeoutMilliseconds: milliseconds)
            if !isStopping.isSet.load(ordering: .acquiring) { syncNow() }
        }
    }

    private func synchronize(_ segments: ShardSegments) {
        let progress = segments.progress
        // The promise before the sequence: what the promise covers is then among what is synced.
        let safe = progress.holdsNothingBeforeNanoseconds.load(ordering: .acquiring)
        let next = progress.nextSequence.load(ordering: .acquiring)
        var isWhole = true
        for file in segments.unfinished {
            if file.isLeftEmpty {
                file.isFinished.store(true, ordering: .relaxed)
                gone.withLock { $0.removeAll { $0.path == file.path } }
            } else if file.isGone() {
                if !bringBack(file, of: segments) { isWhole = false }
            } else if !synchronize(file, of: segments, upTo: next) {
                isWhole = false
            }
        }
        segments.removeFinished()
        // A follower would take what has no name for damage, and must not read what is not synced: it waits.
        if isWhole { progress.publishSynced(nextSequence: next, safeNanoseconds: safe) }
    }

    /// Writes a segment that lost its name again, once its writer has left it.
    ///
    /// - Returns: false while that is still to be done.
    private func bringBack(_ file: SegmentFile, of segments: ShardSegments) -> Bool {
        let end = file.endSequence.load(ordering: .acquiring)
        var fate = GoneSegment.Fate.waits(nil)
        if end != .max {
            do throws(SystemError) {
                fate = try file.bringBack(in: segments.storage)
            } catch {
                fate = .waits(error)
            }
        }
        var isDone = true
        if case .waits = fate { isDone = false }
        file.isFinished.store(isDone, ordering: .relaxed)
        let segment = GoneSegment(
            shard: segments.shard, path: file.path, firstSequence: file.firstSequence,
            endSequence: end == .max ? nil : end, fate: fate)
        gone.withLock { gone in
            if let place = gone.firstIndex(where: { $0.path == segment.path }) {
                gone[place] = segment
            } else {
                gone.append(segment)
            }
        }
        return isDone
    }

    /// - Returns: false when it has to be tried again.
    private func synchronize(_ file: SegmentFile, of segments: ShardSegments, upTo next: UInt64) -> Bool {
        let end = file.endSequence.load(ordering: .acquiring)
        let target = max(min(end, next), file.firstSequence)
        let isSynced = file.syncedNextSequence.load(ordering: .acquiring) >= target
        if !isSynced {
            file.startWriteback()
            if !file.synchronize(upTo: target, segments: segments) {
                guard file.isFailed.load(ordering: .acquiring) else { return false }
                noteFailure(of: file, segments: segments, upTo: target)
            }
        }
        if end != .max, target == end { file.isFinished.store(true, ordering: .relaxed) }
        return true
    }

    /// Keeps one range a file; it grows until the writer has left the file.
    private func noteFailure(of file: SegmentFile, segments: ShardSegments, upTo end: UInt64) {
        let range = NotDurableRange(
            shard: segments.shard, firstSequence: file.syncedNextSequence.load(ordering: .acquiring), endSequence: end)
        let count = failedRanges.withLock { ranges in
            let place = ranges.firstIndex { $0.shard == range.shard && $0.firstSequence == range.firstSequence }
            if let place { ranges[place] = range } else { ranges.append(range) }
            return ranges.reduce(UInt64(0)) {
                $1.shard == range.shard ? $0 + ($1.endSequence - $1.firstSequence) : $0
            }
        }
        segments.progress.notDurableRecords.store(count, ordering: .relaxed)
    }
}
