import Bytes
import LinuxSystem

/// Where a follower of a shard stands. The sequence decides; the rest is a hint that saves time and is checked.
package struct ShardPosition: Equatable, Sendable {
    /// The next record to read.
    package let nextSequence: UInt64
    /// The segment in which the record before it lies, by its first sequence.
    package let segmentFirstSequence: UInt64
    /// Where the record before it begins in that segment; 0 when unknown.
    package let lastReadOffset: UInt64

    /// The beginning of a shard.
    package static let start = ShardPosition(nextSequence: 0)

    package init(nextSequence: UInt64, segmentFirstSequence: UInt64 = 0, lastReadOffset: UInt64 = 0) {
        self.nextSequence = nextSequence
        self.segmentFirstSequence = segmentFirstSequence
        self.lastReadOffset = lastReadOffset
    }
}

/// What a follower found next in a shard.
package enum ShardStep: Equatable, Sendable {
    /// A record; `withPayload` lends its payload until the next step.
    case record(RecordHeader)
    /// Records that can't be read.
    case damaged(SegmentDamage)
    /// Nothing more below the limit, or nothing more for now.
    case end
}

/// Follows one shard over its segments.
///
/// Every record is handed out once, in the order of sequences, and every sequence below the limit is either handed
/// out or counted in a damage. It can be asked again after `.end`: what was written since is found.
package final class ShardReader {
    /// The shard.
    package let shard: ShardIdentity
    /// The next sequence to be handed out or reported missing.
    package private(set) var nextSequence: UInt64
    private let folder: String
    private let storage: any JournalStorage
    private let expiredBelow: (ShardIdentity) -> UInt64
    private var hasBegun = false
    private var hint: ShardPosition
    private var reader: SegmentReader?
    /// First sequences of the segments that the folder held when it was looked at last.
    private var segments: [UInt64] = []
    /// First sequence of the segment behind the one that is read, if the folder held one.
    private var successor: UInt64?
    private var handedOutOfSegment = false
    /// Where the record that was handed out last begins in the segment that is read.
    private var lastReadOffset: UInt64 = 0
    /// A segment that can't be read and was reported, by its first sequence.
    private var brokenSegment: UInt64?

    /// Begins to follow; no file is opened yet, and the folder need not be there.
    ///
    /// - Parameters:
    ///   - journalFolder: the folder of all shards of all epochs.
    ///   - expiredBelow: below which sequence retention has deleted the records of a shard. What is missing there is no
    ///     damage, and what is still there is not read. It is asked at the beginning, and where records are missing.
    package init(
        shard: ShardIdentity, journalFolder: String, from position: ShardPosition = .start,
        expiredBelow: @escaping (ShardIdentity) -> UInt64 = { _ in 0 }, storage: any JournalStorage = LinuxStorage()
    ) {
        self.shard = shard
        self.expiredBelow = expiredBelow
        self.storage = storage
        folder = journalFolder + "/" + shard.folder
        nextSequence = position.nextSequence
        hint = position
    }

    /// Finds the next record or damage.
    ///
    /// - Parameter limit: records from this sequence on are left for later. Everything below it is known to be there
    ///   (a running writer's `ShardProgress.readable()`), so what is missing is damage. Without a limit the shard is
    ///   read as far as there are good records, and bad bytes at its very end are no damage.
    package func next(below limit: UInt64 = .max) throws(JournalError) -> ShardStep {
        while nextSequence < limit {
            guard let reader else {
                if !hasBegun, passExpired() { continue }
                if let step = try openNext(below: limit) { return step }
                continue
            }
            switch try reader.next(below: min(limit, successor ?? .max)) {
            case .record(let record):
                nextSequence = record.sequence + 1
                handedOutOfSegment = true
                lastReadOffset = record.byteOffset
                return .record(record)
            case .damaged(let damage):
                nextSequence = damage.firstSequence + damage.missingSequences
                return .damaged(damage)
            case .end(let end):
                if let step = try leave(reader, at: end, below: limit) { return step }
            }
        }
        return .end
    }

    /// Hands out records with their payloads until so many were, or until something else is found.
    ///
    /// - Parameters:
    ///   - count: the most records to hand out.
    ///   - limit: as for `next(below:)`.
    ///   - body: is given each record, and its payload for as long as it runs.
    /// - Returns: how many records were handed out, and what came instead of a further one; nil when it was not looked
    ///   for.
    package func readRecords(
        atMost count: Int, below limit: UInt64, _ body: (RecordHeader, Span<UInt8>) -> Void
    ) throws(JournalError) -> (count: Int, step: ShardStep?) {
        var done = 0
        while done < count {
            if let reader {
                done += reader.readWhole(atMost: count - done, below: min(limit, successor ?? .max)) {
                    record, payload in
                    nextSequence = record.sequence + 1
                    handedOutOfSegment = true
                    lastReadOffset = record.byteOffset
                    body(record, payload)
                }
                if done == count { break }
            }
            let step = try next(below: limit)
            guard case .record(let record) = step, let reader else { return (done, step) }
            reader.withPayload { body(record, $0) }
            done += 1
        }
        return (done, nil)
    }

    /// Lends the payload of the record that the last step found.
    package func withPayload<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let reader else { preconditionFailure("the last step found no record") }
        return try reader.withPayload(body)
    }

    /// The segment that is read; the shard's folder where there is none.
    package var segmentPath: String { reader?.path ?? folder }

    /// Where to go on after a record that the last step found.
    package func position(behind record: RecordHeader) -> ShardPosition {
        ShardPosition(
            nextSequence: record.sequence + 1, segmentFirstSequence: reader?.header.firstSequence ?? 0,
            lastReadOffset: record.byteOffset)
    }

    /// Lets go of a segment whose records all lie below a sequence, so that a file that was deleted takes no room.
    package func release(below sequence: UInt64) {
        guard nextSequence >= sequence, let open = reader, open.header.firstSequence < sequence else { return }
        reader = nil
    }

    // MARK: -

    /// Goes on behind what retention has deleted.
    ///
    /// - Returns: false when nothing that was still to be read has been.
    private func passExpired() -> Bool {
        hasBegun = true
        let expired = expiredBelow(shard)
        guard expired > nextSequence else { return false }
        nextSequence = expired
        return true
    }

    /// Opens the segment in which the next record should lie.
    ///
    /// - Returns: what is to be said of it; nil to go on reading.
    private func openNext(below limit: UInt64) throws(JournalError) -> ShardStep? {
        // A segment that was in the folder is looked for there again only when it is gone: a list for each segment
        // would make reading all of them cost their square.
        let isListed = segments.contains(nextSequence)
        if !isListed { try lookAtFolder() }
        guard let first = segments.last(where: { $0 <= nextSequence }) else {
            // Retention may have gone on since this reader began.
            return passExpired() ? nil : missing(until: segments.first, below: limit)
        }
        let path = folder + "/" + JournalPath.segmentName(firstSequence: first)
        do throws(JournalError) {
            let lastRead = hint.segmentFirstSequence == first && hint.lastReadOffset > 0 ? hint.lastReadOffset : nil
            let opened = try SegmentReader(
                path: path, firstWanted: nextSequence, lastReadOffset: lastRead, storage: storage)
            guard opened.header.shard == shard, opened.header.firstSequence == first else {
                return broken(first, path: path, reason: .misplaced, below: limit)
            }
            reader = opened
            successor = segments.first { $0 > first }
            handedOutOfSegment = false
            return nil
        } catch {
            if case .headerDamaged = error { return broken(first, path: path, reason: .header, below: limit) }
            if isListed, case .system(let reason, _) = error, reason.isNotFound {
                segments = []
                return nil
            }
            throw error
        }
    }

    /// The reader is at the end of what it can read: goes to the next segment, says what is missing, or waits.
    private func leave(
        _ reader: SegmentReader, at end: SegmentEnd, below limit: UInt64
    ) throws(JournalError) -> ShardStep? {
        // The limit was known before the folder is looked at: every segment that it needs is in there. Segments are
        // only ever added behind the others, so a successor that is known stays the one. One that is new may have been
        // begun after records that were written since this segment was read to its end: it is read once more.
        if successor == nil {
            try lookAtFolder()
            successor = segments.first { $0 > reader.header.firstSequence }
            if successor != nil { return nil }
        }
        let promised = min(limit, successor ?? .max)
        if promised == .max {
            // Shards that nobody writes any more are many: each would hold a file and a window for ever. As long as
            // nothing was read the name may be given to another file, too.
            if handedOutOfSegment {
                hint = ShardPosition(
                    nextSequence: nextSequence, segmentFirstSequence: reader.header.firstSequence,
                    lastReadOffset: lastReadOffset)
            }
            self.reader = nil
            return .end
        }
        if end.nextSequence < promised {
            reader.skip(to: promised)
            nextSequence = promised
            return .damaged(
                SegmentDamage(
                    path: reader.path, byteOffset: end.validBytes, byteCount: end.tailBytes,
                    firstSequence: end.nextSequence, missingSequences: promised - end.nextSequence,
                    reason: end.reason ?? .truncated))
        }
        if let successor, nextSequence >= successor { self.reader = nil }
        return nil
    }

    /// No segment begins early enough.
    private func missing(until first: UInt64?, below limit: UInt64) -> ShardStep? {
        let end = min(limit, first ?? .max)
        guard end != .max else { return .end }
        let damage = SegmentDamage(
            path: folder, byteOffset: 0, byteCount: 0, firstSequence: nextSequence,
            missingSequences: end - nextSequence, reason: .missingSegment)
        nextSequence = end
        return .damaged(damage)
    }

    /// The whole segment can't be read.
    private func broken(_ first: UInt64, path: String, reason: DamageReason, below limit: UInt64) -> ShardStep {
        let end = min(limit, segments.first { $0 > first } ?? .max)
        if end == .max, brokenSegment == first { return .end }
        let size = (try? storage.openFile(path, forWriting: false))?.sizeOrZero ?? 0
        // Its writer is, or was when it died, in the midst of making it: there is room for no record.
        if end == .max, reason == .header, size <= UInt64(SegmentHeader.recordsOffset) { return .end }
        brokenSegment = first
        let damage = SegmentDamage(
            path: path, byteOffset: 0, byteCount: size, firstSequence: nextSequence,
            missingSequences: end == .max ? 0 : end - nextSequence, reason: reason)
        if end != .max { nextSequence = end }
        return .damaged(damage)
    }

    private func lookAtFolder() throws(JournalError) {
        do throws(SystemError) {
            segments = try storage.list(folder).compactMap(JournalPath.firstSequence(ofSegmentNamed:))
        } catch {
            guard error.isNotFound else { throw .system(error, path: folder) }
            segments = []
        }
    }
}

extension JournalFile {
    fileprivate var sizeOrZero: UInt64 { (try? sizeBytes()) ?? 0 }
}
