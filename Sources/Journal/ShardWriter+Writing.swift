import Bytes
import LinuxSystem
import Synchronization

// How a batch reaches a file, and what is done about each way in which it doesn't.

extension ShardWriter {
    /// Tries to write the whole batch; what can't be written stays in it.
    func writeBatch(nowNanoseconds now: UInt64) -> CommitOutcome {
        guard !batch.isEmpty else { return .written }
        progress.writingSinceNanoseconds.store(now, ordering: .relaxed)
        defer { progress.writingSinceNanoseconds.store(0, ordering: .relaxed) }
        // The segment that is there, and one new one: a medium that fails both is asked again later.
        for _ in 0..<2 {
            guard prepareSegment(nowNanoseconds: now), let segment = current else { return .waiting }
            seal(for: segment.salt)
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

    /// Gives the records that came since the last time their marker and checksum.
    private func seal(for salt: SegmentSalt) {
        var offset = sealedBytes
        while offset < batch.count {
            let (checksum, recordBytes) = batch.withSpan(of: offset..<batch.count) { bytes in
                let recordBytes = RecordLayout.recordBytes(in: bytes, at: 0)
                return (RecordLayout.checksum(of: bytes.extracting(0..<recordBytes), salt: salt), recordBytes)
            }
            batch.storeLittleEndian(salt.marker, at: offset + RecordLayout.marker)
            batch.storeLittleEndian(checksum, at: offset + RecordLayout.checksum)
            offset += recordBytes
        }
        sealedBytes = offset
    }

    /// Writes the batch behind the last good record: one call, unless the kernel takes only a part.
    private func writeSealed(to file: any JournalFile, at offset: UInt64) -> WriteEnd {
        var written = 0
        while written < batch.count {
            do throws(SystemError) {
                let count = try batch.withSpan(of: written..<batch.count) { (bytes) throws(SystemError) in
                    try file.write(bytes, at: offset + UInt64(written))
                }
                // Nothing written without an error is a medium that takes no more.
                guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
                written += count
            } catch {
                countFailure(error)
                takeFromBatch(upTo: written)
                return error.isNoSpace ? .noSpace : .broken
            }
        }
        takeFromBatch(upTo: written)
        return .complete
    }

    /// Takes the records that were written as a whole out of the batch, and publishes them.
    private func takeFromBatch(upTo written: Int) {
        var taken = batch.count
        var records = appendedSequence - writtenSequence
        var events = pendingEvents
        if written < batch.count {
            (taken, records, events) = batch.withSpan { bytes in Self.wholeRecords(in: bytes, upTo: written) }
        }
        current?.endOffset += UInt64(taken)
        writtenSequence += records
        pendingEvents -= events
        sealedBytes -= taken
        batch.removeFirst(taken)
        progress.journaledRecords.add(events, ordering: .relaxed)
        progress.journaledBytes.add(UInt64(taken), ordering: .relaxed)
        progress.segmentBytes.store(current?.endOffset ?? 0, ordering: .relaxed)
        // With the durability `disk` a record is told of only when it is synced.
        if durability == .process { progress.nextSequence.store(writtenSequence, ordering: .releasing) }
    }

    private static func wholeRecords(
        in bytes: Span<UInt8>, upTo written: Int
    ) -> (taken: Int, records: UInt64, events: UInt64) {
        var taken = 0
        var records: UInt64 = 0
        var events: UInt64 = 0
        while taken + RecordHeader.byteCount <= written {
            let recordBytes = RecordLayout.recordBytes(in: bytes, at: taken)
            guard taken + recordBytes <= written else { break }
            records += 1
            if bytes[taken + RecordLayout.kind] == RecordKind.event.rawValue { events += 1 }
            taken += recordBytes
        }
        return (taken, records, events)
    }

    private func synchronizeIfAsked() -> CommitOutcome {
        guard durability == .disk, let file = current?.file else { return .written }
        let worked = file.synchronize(upTo: writtenSequence, segments: segments)
        progress.nextSequence.store(writtenSequence, ordering: .releasing)
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
