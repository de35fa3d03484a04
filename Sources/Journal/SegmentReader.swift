import Bytes
import LinuxSystem

/// What a reader found next in a segment.
package enum SegmentStep: Equatable, Sendable {
    /// A record; `withPayload` lends its payload until the next step.
    case record(RecordHeader)
    /// Bad bytes with a good record behind them; the next step gives that one.
    case damaged(SegmentDamage)
    /// There is no further good record below the limit.
    case end(SegmentEnd)
}

/// Where the readable part of a segment ends.
package struct SegmentEnd: Equatable, Sendable {
    /// Offset behind the last good record.
    package let validBytes: UInt64
    /// Bytes behind it in the file that are no record, or not one below the limit.
    package let tailBytes: UInt64
    /// The sequence that was expected there.
    package let nextSequence: UInt64
    /// Why what stands there is no record; nil when nothing stands there or the limit is reached.
    package let reason: DamageReason?
}

/// Reads one segment from front to back, in chunks of bounded size, and past damage.
///
/// It may be used on a file that is still written to: each call sees what is there at that moment. It is no judge of
/// what is missing at the end: `ShardReader` knows the next segment and the writer's word.
package final class SegmentReader {
    /// The file.
    package let path: String
    /// The header's good copy.
    package let header: SegmentHeader
    private let file: any JournalFile
    private var window: ReadWindow
    /// Offset of the next record.
    private var offset = UInt64(SegmentHeader.recordsOffset)
    /// Sequence of the next record, as far as the file is read.
    private var expectedSequence: UInt64
    /// Records below this one are passed over.
    private var firstWanted: UInt64
    /// The record that `lastReadOffset` tells of was there, and nothing before it is looked at.
    private(set) var beganBehindHint = false
    /// Where the payload of the last record lies in the window.
    private var payload = 0..<0

    /// Bytes that are read at once: as many as a processor's own cache holds beside the rest, so that they are looked
    /// at where they were copied to.
    package static let windowBytes = 1 << 18

    /// Opens a segment.
    ///
    /// - Parameters:
    ///   - firstWanted: the first sequence to hand out; those before are passed over.
    ///   - lastReadOffset: where the record before `firstWanted` is thought to begin. It is checked: a wrong one
    ///     costs reading the segment from its beginning, nothing else.
    package init(
        path: String, firstWanted: UInt64 = 0, lastReadOffset: UInt64? = nil,
        storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) {
        self.path = path
        do throws(SystemError) {
            file = try storage.openFile(path, forWriting: false)
        } catch {
            throw .system(error, path: path)
        }
        file.expectOneReading()
        header = try SegmentHeader.read(from: file, path: path)
        window = ReadWindow(capacity: Self.windowBytes, offset: offset)
        expectedSequence = header.firstSequence
        self.firstWanted = firstWanted
        if let lastReadOffset { try startBehind(lastReadOffset) }
    }

    /// The sequence that the next record should have.
    package var nextSequence: UInt64 { max(expectedSequence, firstWanted) }

    /// Passes over the records below a sequence, without reporting what is missing of them.
    package func skip(to sequence: UInt64) {
        firstWanted = max(firstWanted, sequence)
    }

    /// Finds the next record.
    ///
    /// - Parameter limit: records from this sequence on are left for later; nothing behind them is judged.
    package func next(below limit: UInt64 = .max) throws(JournalError) -> SegmentStep {
        while nextSequence < limit {
            switch try recordInPlace() {
            case .good(let record) where record.sequence == expectedSequence:
                take(record)
                if record.sequence >= firstWanted { return .record(record) }
            case .good(let record) where record.sequence > expectedSequence:
                // In step with the bytes, so these are no client's: records are missing without a bad byte.
                guard record.sequence < limit else { return try end(.sequence) }
                if let damage = pass(to: record, reason: .sequence) { return .damaged(damage) }
            case .good:
                if let step = try lookBehindDamage(.sequence, below: limit) { return step }
            case .bad(let reason):
                if let step = try lookBehindDamage(reason, below: limit) { return step }
            case .short(let needed):
                let isEmpty = try fill(from: offset, wanted: needed) == 0
                if isEmpty { return try end(nil) }
                if let step = try lookBehindDamage(.truncated, below: limit) { return step }
            }
        }
        return try end(nil)
    }

    /// Hands out the records that come next, with their payloads, as long as they are whole and in memory: what `next`
    /// would find one by one, without its cost for each. What stops it, `next` finds out.
    ///
    /// - Parameters:
    ///   - count: the most records to hand out.
    ///   - limit: as for `next(below:)`.
    ///   - body: is given each record, and its payload for as long as it runs.
    /// - Returns: how many records were handed out.
    func readWhole(
        atMost count: Int, below limit: UInt64, _ body: (RecordHeader, Span<UInt8>) -> Void
    ) -> Int {
        guard expectedSequence >= firstWanted, offset >= window.offset, offset <= window.endOffset else { return 0 }
        let salt = header.salt
        var (next, sequence, done) = (offset, expectedSequence, 0)
        let start = window.offset
        window.bytes.withSpan { bytes in
            while done < count, sequence < limit {
                let record = bytes.extracting(Int(next - start)..<bytes.count)
                guard case .good(let found) = RecordCheck(record, salt: salt, byteOffset: next),
                    found.sequence == sequence
                else { return }
                body(found, record.extracting(RecordHeader.byteCount..<RecordHeader.byteCount + found.payloadBytes))
                next = found.endOffset
                sequence += 1
                done += 1
            }
        }
        offset = next
        expectedSequence = sequence
        return done
    }

    /// Lends the payload of the record that the last step found.
    package func withPayload<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try window.bytes.withSpan(of: payload, body)
    }

    // MARK: -

    private func startBehind(_ lastReadOffset: UInt64) throws(JournalError) {
        guard firstWanted > expectedSequence, lastReadOffset >= UInt64(SegmentHeader.recordsOffset) else { return }
        guard case .good(let record) = try check(at: lastReadOffset), record.sequence == firstWanted - 1 else { return }
        offset = record.endOffset
        expectedSequence = firstWanted
        beganBehindHint = true
    }

    private func take(_ record: RecordHeader) {
        let start = Int(record.byteOffset - window.offset) + RecordHeader.byteCount
        payload = start..<start + record.payloadBytes
        offset = record.endOffset
        expectedSequence = record.sequence + 1
    }

    /// What stands where the next record should be. What is bad is read again from the file once: it may have been
    /// half written when the window was filled.
    private func recordInPlace() throws(JournalError) -> RecordCheck {
        let found = try check(at: offset)
        if case .good(let record) = found, record.sequence >= expectedSequence { return found }
        window.forget(goOnAt: offset)
        return try check(at: offset)
    }

    /// Goes on at a good record that is not the expected one.
    ///
    /// - Returns: the damage before it, unless nothing is missing that was asked for.
    private func pass(to record: RecordHeader, reason: DamageReason) -> SegmentDamage? {
        let first = max(expectedSequence, firstWanted)
        let from = offset
        let passesOverAll = record.sequence <= firstWanted && firstWanted > expectedSequence
        offset = record.byteOffset
        expectedSequence = record.sequence
        if passesOverAll { return nil }
        return SegmentDamage(
            path: path, byteOffset: from, byteCount: record.byteOffset - from, firstSequence: first,
            missingSequences: record.sequence - first, reason: reason)
    }

    /// Looks for a good record behind bad bytes.
    ///
    /// - Returns: the damage or the end; nil to go on with the record that was found.
    private func lookBehindDamage(_ reason: DamageReason, below limit: UInt64) throws(JournalError) -> SegmentStep? {
        guard let record = try nextGoodRecord(), record.sequence < limit else { return try end(reason) }
        return pass(to: record, reason: reason).map(SegmentStep.damaged)
    }

    private func end(_ reason: DamageReason?) throws(JournalError) -> SegmentStep {
        let size: UInt64
        do throws(SystemError) {
            size = try file.sizeBytes()
        } catch {
            throw .system(error, path: path)
        }
        return .end(
            SegmentEnd(
                validBytes: offset, tailBytes: size > offset ? size - offset : 0, nextSequence: nextSequence,
                reason: reason))
    }

    /// The first good record behind `offset` whose sequence is plausible: as many records as are missing then must
    /// fit between.
    private func nextGoodRecord() throws(JournalError) -> RecordHeader? {
        var place = offset + 1
        while let candidate = try nextMarker(from: place) {
            if case .good(let record) = try check(at: candidate), record.sequence >= expectedSequence,
                record.sequence - expectedSequence <= (candidate - offset) / UInt64(RecordHeader.byteCount)
            {
                return record
            }
            place = candidate + 1
        }
        return nil
    }

    /// Offset of the next four bytes that are the segment's marker and have room for a record behind them.
    private func nextMarker(from start: UInt64) throws(JournalError) -> UInt64? {
        var place = start
        while try fill(from: place, wanted: RecordHeader.byteCount) >= RecordHeader.byteCount {
            if let found = window.firstMarker(header.salt.marker, from: place) { return found }
            // The last three bytes may be the beginning of one.
            place = window.endOffset - 3
        }
        return nil
    }

    /// What stands at a place, read from the file as far as it takes.
    private func check(at place: UInt64) throws(JournalError) -> RecordCheck {
        var wanted = 0
        while true {
            let found = window.check(at: place, salt: header.salt)
            guard case .short(let needed) = found, needed > wanted else { return found }
            wanted = needed
            if try fill(from: place, wanted: wanted) < wanted { return window.check(at: place, salt: header.salt) }
        }
    }

    private func fill(from place: UInt64, wanted: Int) throws(JournalError) -> Int {
        do throws(SystemError) {
            return try window.fill(from: place, wanted: wanted, of: file)
        } catch {
            throw .system(error, path: path)
        }
    }
}
