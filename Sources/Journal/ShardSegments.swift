import LinuxSystem
import Synchronization

/// The files of a running shard that are not synced to their end yet: where its writer hands them to the synchronizer.
///
/// The writer takes the lock when it makes a segment, never on the way of a record.
package final class ShardSegments: Sendable {
    /// The shard.
    package let shard: ShardIdentity
    /// How far it is.
    package let progress: ShardProgress
    let storage: any JournalStorage
    private let files = Mutex<[SegmentFile]>([])

    init(shard: ShardIdentity, progress: ShardProgress, storage: any JournalStorage) {
        self.shard = shard
        self.progress = progress
        self.storage = storage
    }

    func add(_ file: SegmentFile) {
        files.withLock { $0.append(file) }
    }

    /// Has the writer leave the segment that it writes to with its next commit, if it holds a record by then.
    func leaveCurrent() {
        files.withLock { files in
            for file in files where file.endSequence.load(ordering: .acquiring) == .max {
                file.isToBeLeft.store(true, ordering: .releasing)
            }
        }
    }

    var unfinished: [SegmentFile] {
        files.withLock { $0 }
    }

    /// Lets go of the files that are synced to their end, and says up to where that is all of them.
    func removeFinished() {
        files.withLock { files in
            let finished = files.filter { $0.isFinished.load(ordering: .relaxed) }
            guard !finished.isEmpty else { return }
            files.removeAll { $0.isFinished.load(ordering: .relaxed) }
            let end = finished.reduce(0) { max($0, $1.endSequence.load(ordering: .acquiring)) }
            let held = files.reduce(end) { min($0, $1.firstSequence) }
            progress.releasedSequence.max(held, ordering: .acquiringAndReleasing)
        }
    }
}

/// One segment that is or was written by this process, shared by the writer and the synchronizer.
final class SegmentFile: Sendable {
    let file: any JournalFile
    let path: String
    /// Folders whose names must be durable before the file's contents count as synced, the innermost first.
    let folders: [String]
    let firstSequence: UInt64
    /// The sequence behind the last record; `UInt64.max` while the segment is written to.
    let endSequence = Atomic<UInt64>(.max)
    /// Records below this one are synced.
    let syncedNextSequence: Atomic<UInt64>
    let isNameDurable = Atomic(false)
    /// A sync failed, or the name was lost: nothing is synced any more, and the writer goes on in a new segment.
    let isFailed = Atomic(false)
    let isFinished = Atomic(false)
    /// The name does not lead to the file any more: what it holds is to be written again under the name.
    let hasLostName = Atomic(false)
    /// What it holds stands under the name again, in another file.
    let isWrittenAgain = Atomic(false)
    /// Somebody wants what it holds to stand in a closed segment: the writer leaves it with its next commit.
    let isToBeLeft = Atomic(false)
    /// Bytes before this one are on their way to the medium.
    private let writebackOffset = Atomic<UInt64>(0)

    init(file: any JournalFile, path: String, folders: [String], firstSequence: UInt64) {
        self.file = file
        self.path = path
        self.folders = folders
        self.firstSequence = firstSequence
        syncedNextSequence = Atomic(firstSequence)
    }

    /// Begins to bring to the medium what was written since the last time, in small pieces between which others may
    /// run: the kernel prepares pages for the disk on this thread's time, and doesn't interrupt it for a worker that
    /// shares the processor.
    func startWriteback() {
        // What goes wrong here goes wrong at the sync, which tells.
        guard !isFailed.load(ordering: .acquiring), let end = try? file.sizeBytes() else { return }
        var start = writebackOffset.load(ordering: .relaxed)
        while start < end {
            let next = min(start + Self.writebackBytes, end)
            file.startWriteback(of: start..<next)
            start = next
            SystemThread.giveWay()
        }
        writebackOffset.store(end, ordering: .relaxed)
    }

    private static let writebackBytes: UInt64 = 262_144

    /// Syncs the file, and its name the first time, and says that the records below `nextSequence` are on the medium.
    /// A failure is final, but for a folder that can't be opened, because the process has no descriptor left or
    /// somebody removed it: nothing was tried then, and nothing dropped.
    ///
    /// - Returns: false when it failed, now or before (`isFailed`), or has to be tried again.
    func synchronize(upTo nextSequence: UInt64, segments: ShardSegments) -> Bool {
        guard !isFailed.load(ordering: .acquiring) else { return false }
        let began = SystemClock.monotonicNanoseconds()
        var worked = true
        do throws(SystemError) {
            try file.synchronize()
            if !isNameDurable.load(ordering: .acquiring) {
                for folder in folders { try segments.storage.synchronizeFolder(folder) }
                isNameDurable.store(true, ordering: .releasing)
            }
            syncedNextSequence.max(nextSequence, ordering: .acquiringAndReleasing)
        } catch {
            if error.call == .open, error.isOutOfDescriptors || error.isNotFound { return false }
            isFailed.store(true, ordering: .releasing)
            segments.progress.lastErrno.store(error.errno, ordering: .relaxed)
            worked = false
        }
        segments.progress.countSync(nanoseconds: SystemClock.monotonicNanoseconds() &- began, worked: worked)
        return worked
    }
}
