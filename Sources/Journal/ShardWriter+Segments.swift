import Bytes
import LinuxSystem
import Synchronization

// Segments: when one begins, and when one is left. Only here does the writer allocate or take a lock.

extension ShardWriter {
    /// Sees to it that there is a segment for the batch.
    ///
    /// - Returns: false when none could be made; the failure is counted.
    func prepareSegment(nowNanoseconds now: UInt64) -> Bool {
        if let segment = current, mustLeave(segment, nowNanoseconds: now) { closeSegment() }
        if current != nil { return true }
        do throws(SystemError) {
            write(to: try makeSegment(nowNanoseconds: now))
            return true
        } catch {
            countFailure(error)
            return false
        }
    }

    /// Leaves a segment that has reached its age, so that it can be shipped and expire on a quiet shard too, and one
    /// that has lost its name, so that it can be written again.
    ///
    /// What says on the disk that a segment is left is the next one, so that one is made before: it holds no record yet
    /// and does not age, so a quiet shard has one such segment at the most. While none can be made the old one stays
    /// the one that is written to.
    func closeIfAged(nowNanoseconds now: UInt64) {
        guard let segment = current else { return }
        if segment.file.hasLostName.load(ordering: .acquiring) {
            closeSegment()
        } else if segment.holdsRecords, isAged(segment, nowNanoseconds: now) || segment.isToBeLeft,
            isDue(lastSuccessorFailure, now)
        {
            do throws(SystemError) {
                let next = try makeSegment(nowNanoseconds: now)
                closeSegment()
                write(to: next)
                lastSuccessorFailure = nil
                progress.lastErrno.store(0, ordering: .relaxed)
            } catch {
                countFailure(error)
                lastSuccessorFailure = now
                giveUpSuccessor()
            }
        }
    }

    /// Takes the name of a segment away that could not be made behind the one that is written to: readers would pass
    /// over what is written there from now on. Where that fails too the old one is left without a next one.
    private func giveUpSuccessor() {
        guard takenName == batch.firstSequence else { return }
        do throws(SystemError) {
            try storage.removeFile(segmentPath(batch.firstSequence))
            takenName = nil
        } catch {
            if error.isNotFound { takenName = nil } else { closeSegment() }
        }
    }

    /// Leaves the segment: the next record begins a new one.
    func closeSegment() {
        guard let segment = current else { return }
        // A file whose sync failed before was told of then.
        if durability == .disk, !segment.file.isFailed.load(ordering: .acquiring),
            segment.file.syncedNextSequence.load(ordering: .acquiring) < batch.firstSequence,
            !segment.file.synchronize(upTo: batch.firstSequence, segments: segments)
        {
            leftUnsynced = true
        }
        segment.file.endSequence.store(batch.firstSequence, ordering: .releasing)
        current = nil
        batch.unseal()
        progress.segmentBytes.store(0, ordering: .relaxed)
    }

    /// Leaves a segment that a write failed on, cut to its last good record where that is possible.
    func abandonSegment() {
        guard current != nil else { return }
        _ = cutAttempt()
        closeSegment()
    }

    /// Cuts the segment to its last good record.
    ///
    /// - Returns: false when bytes of the batch may still stand behind it.
    func cutAttempt() -> Bool {
        guard let segment = current else { return batch.attemptedBytes == 0 }
        do throws(SystemError) {
            try segment.file.file.truncate(to: segment.endOffset)
            batch.attemptedBytes = 0
            return true
        } catch {
            countFailure(error)
            return false
        }
    }

    private func mustLeave(_ segment: CurrentSegment, nowNanoseconds now: UInt64) -> Bool {
        if segment.file.isFailed.load(ordering: .acquiring) { return true }
        guard segment.holdsRecords else { return false }
        return segment.endOffset + UInt64(batch.buffer.count) > limits.segmentBytes
            || isAged(segment, nowNanoseconds: now) || segment.isToBeLeft
    }

    private func isAged(_ segment: CurrentSegment, nowNanoseconds now: UInt64) -> Bool {
        now > segment.begunNanoseconds && now - segment.begunNanoseconds >= limits.segmentAgeNanoseconds
    }

    private var folder: String { journalFolder + "/" + shard.folder }

    private func segmentPath(_ first: UInt64) -> String {
        folder + "/" + JournalPath.segmentName(firstSequence: first)
    }

    /// Makes the segment that begins with the batch; nothing is written to it yet.
    private func makeSegment(nowNanoseconds now: UInt64) throws(SystemError) -> CurrentSegment {
        let path = segmentPath(batch.firstSequence)
        let header = SegmentHeader(
            shard: shard, firstSequence: batch.firstSequence, createdNanoseconds: now,
            salt: SegmentSalt(random: try storage.random()))
        let file = try createFile(path, in: folder)
        // From here on the name is taken, by a file that holds no record.
        takenName = batch.firstSequence
        var beginning = ByteBuffer(capacity: SegmentHeader.recordsOffset)
        header.write(into: &beginning)
        var written = 0
        while written < beginning.count {
            let count = try beginning.withSpan(of: written..<beginning.count) { (bytes) throws(SystemError) in
                try file.write(bytes, at: UInt64(written))
            }
            guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
            written += count
        }
        let segment = SegmentFile(
            file: file, path: path, folders: [folder, journalFolder + "/" + shard.epochFolderName, journalFolder],
            firstSequence: batch.firstSequence)
        return CurrentSegment(
            file: segment, salt: header.salt, begunNanoseconds: now, endOffset: UInt64(SegmentHeader.recordsOffset))
    }

    /// Lets the next records go to a segment that was made.
    private func write(to segment: CurrentSegment) {
        segments.add(segment.file)
        current = segment
        batch.unseal()
        progress.segmentFirstSequence.store(batch.firstSequence, ordering: .relaxed)
        progress.segmentBytes.store(segment.endOffset, ordering: .relaxed)
    }

    private func createFile(_ path: String, in folder: String) throws(SystemError) -> any JournalFile {
        // No other process has this epoch: a file of this name can only be this writer's own, begun and given up.
        let replacing = takenName == batch.firstSequence
        do throws(SystemError) {
            return try storage.createFile(path, replacing: replacing)
        } catch {
            guard error.isNotFound else { throw error }
        }
        // The first segment, or somebody removed the folder.
        try storage.makeFolders(folder)
        return try storage.createFile(path, replacing: replacing)
    }
}
