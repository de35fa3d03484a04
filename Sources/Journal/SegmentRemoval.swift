import LinuxSystem

/// Deletes segments from the beginning of a shard, for retention; FORMAT.md, "Expiry".
package enum SegmentRemoval {
    /// What was deleted.
    package struct Outcome: Equatable, Sendable {
        /// Segments.
        package var segments: UInt64 = 0
        /// Bytes of their files.
        package var bytes: UInt64 = 0

        /// Nothing was.
        package init() {}
    }

    /// Deletes the segments of a shard whose records all lie below a sequence, the oldest first, and brings that to the
    /// medium. Of a shard whose writer is gone the folder goes with the last segment, and so does the epoch's.
    ///
    /// The last segment of a shard goes only when its writer is gone, and its end must have been found to be
    /// `nextSequence`; one that begins there and holds no record goes too. Done again after it failed, it goes on where
    /// it ended.
    package static func remove(
        _ shard: ShardIdentity, below nextSequence: UInt64, isLive: Bool, journalFolder: String,
        storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) -> Outcome {
        let folder = journalFolder + "/" + shard.folder
        let segments = try JournalDirectory.names(in: folder, storage: storage)
            .compactMap(JournalPath.firstSequence(ofSegmentNamed:))
        var outcome = Outcome()
        for (place, first) in segments.enumerated() {
            let next = place + 1 < segments.count ? segments[place + 1] : nil
            guard next.map({ $0 <= nextSequence }) ?? (!isLive && first <= nextSequence) else { break }
            let path = folder + "/" + JournalPath.segmentName(firstSequence: first)
            var isNext = false
            try system(path) { () throws(SystemError) in
                let bytes = try storage.openFile(path, forWriting: false).sizeBytes()
                isNext = first == nextSequence && bytes > UInt64(SegmentHeader.recordsOffset)
                if isNext { return }
                outcome.bytes += bytes
                try storage.removeFile(path)
            }
            if isNext { break }
            outcome.segments += 1
        }
        if outcome.segments > 0 {
            try system(folder) { () throws(SystemError) in try storage.synchronizeFolder(folder) }
        }
        if !isLive { try removeIfEmpty(shard, journalFolder: journalFolder, storage: storage) }
        return outcome
    }

    /// Removes the folder of a shard that holds nothing, and that of its epoch when it holds no shard any more.
    private static func removeIfEmpty(
        _ shard: ShardIdentity, journalFolder: String, storage: any JournalStorage
    ) throws(JournalError) {
        let epochFolder = journalFolder + "/" + shard.epochFolderName
        guard try removeIfEmpty(journalFolder + "/" + shard.folder, in: epochFolder, storage: storage) else { return }
        let names = try JournalDirectory.names(in: epochFolder, storage: storage)
        // The mark that the next start must not miss goes last: without it the epoch would seem to have been killed.
        let marks = [JournalPath.interruptedName, JournalPath.recoveredName, JournalPath.endedName]
        guard names.allSatisfy(marks.contains) else { return }
        for mark in marks where names.contains(mark) {
            let path = epochFolder + "/" + mark
            try system(path) { () throws(SystemError) in try storage.removeFile(path) }
        }
        _ = try removeIfEmpty(epochFolder, in: journalFolder, storage: storage)
    }

    /// - Returns: true when the folder is not there any more.
    private static func removeIfEmpty(
        _ folder: String, in parent: String, storage: any JournalStorage
    ) throws(JournalError) -> Bool {
        guard try JournalDirectory.names(in: folder, storage: storage).isEmpty else { return false }
        do throws(SystemError) {
            try storage.removeFolder(folder)
            try storage.synchronizeFolder(parent)
            return true
        } catch {
            if error.isNotFound { return true }
            if error.isNotEmpty { return false }
            throw .system(error, path: folder)
        }
    }

    private static func system(_ path: String, _ body: () throws(SystemError) -> Void) throws(JournalError) {
        do throws(SystemError) {
            try body()
        } catch {
            if !error.isNotFound { throw .system(error, path: path) }
        }
    }
}
