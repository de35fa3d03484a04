import Bytes
import LinuxSystem
import Synchronization

// How a batch reaches a file, and what is done about each way in which it doesn't.

extension ShardWriter {
    /// Tries to write the whole batch; what can't be written stays in it.
    func writeBatch(nowNanoseconds now: UInt64) -> CommitOutcome {
        guard !batch.buffer.isEmpty else { return .written }
        progress.writingEvents.store(batch.events, ordering: .relaxed)
        defer { progress.writingEvents.store(0, ordering: .relaxed) }
        // The segment that is there, and one new one: a medium that fails both is asked again later.
        for _ in 0..<2 {
            guard prepareSegment(nowNanoseconds: now), let segment = current else { return .waiting }
            // One that was made beforehand is as old as its first record.
            if !segment.holdsRecords { current?.begunNanoseconds = now }
            batch.seal(for: segment.salt)
            switch writeSealed(to: segment.file.file, at: segment.endOffset) {
            case .complete:
                return synchronizeIfAsked()
            case .noSpace:
                // Room may come back: the same bytes go to the same place then.
                return .waiting
            case .broken:
                // What landed is unknown, and a page that failed once may be gone: nothing more goes to this file.
                abandonSegment()
            }
        }
        return .waiting
    }

    private enum WriteEnd {
        case complete
        case noSpace
        case broken
    }

    /// Writes the batch behind the last good record: one call, unless the kernel takes only a part.
    private func writeSealed(to file: any JournalFile, at offset: UInt64) -> WriteEnd {
        var written = 0
        while written < batch.buffer.count {
            do throws(SystemError) {
                let count = try batch.buffer.withSpan(of: written..<batch.buffer.count) { (bytes) throws(SystemError) in
                    try file.write(bytes, at: offset + UInt64(written))
                }
                // Nothing written without an error is a medium that takes no more.
                guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
                written += count
            } catch {
                countFailure(error)
                takeFromBatch(upTo: written)
                // More than the kernel told of may have landed: how much is not known.
                batch.attemptedBytes = batch.buffer.count
                return error.isNoSpace ? .noSpace : .broken
            }
        }
        takeFromBatch(upTo: written)
        return .complete
    }

    /// Takes the records that were written as a whole out of the batch, and publishes them.
    private func takeFromBatch(upTo written: Int) {
        let taken = batch.take(upTo: written)
        current?.endOffset += UInt64(taken.bytes)
        progress.journaledRecords.add(taken.events, ordering: .relaxed)
        progress.journaledBytes.add(UInt64(taken.bytes), ordering: .relaxed)
        progress.segmentBytes.store(current?.endOffset ?? 0, ordering: .relaxed)
        // With the durability `disk` a record is told of only when it is synced.
        if durability == .process { progress.nextSequence.store(batch.firstSequence, ordering: .releasing) }
    }

    private func synchronizeIfAsked() -> CommitOutcome {
        guard durability == .disk, let file = current?.file else { return .written }
        let worked = file.synchronize(upTo: batch.firstSequence, segments: segments)
        progress.nextSequence.store(batch.firstSequence, ordering: .releasing)
        guard worked, !leftUnsynced else {
            leftUnsynced = false
            return .notDurable
        }
        return .written
    }

    func countFailure(_ error: SystemError) {
        progress.writeFailures.add(1, ordering: .relaxed)
        progress.lastErrno.store(error.errno, ordering: .relaxed)
    }
}
