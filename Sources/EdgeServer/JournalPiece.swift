import Campaigns
import Engagement
import Journal
import LinuxSystem

/// A part of a shard that is read by itself: one segment, or the last one with all that is written behind it meanwhile.
struct JournalPiece: Sendable {
    /// The shard.
    let shard: ShardIdentity
    /// The first sequence that is its own.
    let firstSequence: UInt64
    /// Where the next piece begins; nil for the shard's last one, which goes as far as there are good records.
    let endSequence: UInt64?
    /// The store has counted the records below this one: they were there.
    let countedSequence: UInt64
    /// Bytes of its file when it was looked for.
    let bytes: UInt64

    /// What a piece, or a whole shard, holds.
    struct Tally: Equatable, Sendable {
        /// Records that are whole, of every kind.
        var records: UInt64 = 0
        /// Events among them that can be decoded.
        var events: UInt64 = 0
        /// Of these, those that the store has counted.
        var countedEvents: UInt64 = 0
        /// Events that gap records say were lost.
        var lost: UInt64 = 0
        /// Records that are damaged or can't be decoded.
        var damaged: UInt64 = 0
        /// Something is not whole, though perhaps no record of it is lost.
        var hasTrouble = false

        mutating func add(_ other: Tally) {
            records += other.records
            events += other.events
            countedEvents += other.countedEvents
            lost += other.lost
            damaged += other.damaged
            hasTrouble = hasTrouble || other.hasTrouble
        }
    }

    /// Records after which somebody else may go first, and is told how far reading is.
    private static let recordsPerTurn = 256

    /// Reads every record, decoded as the aggregator does.
    ///
    /// - Parameters:
    ///   - expiredBelow: below which sequence retention has deleted the records of a shard.
    ///   - onTrouble: told of what is not whole.
    ///   - advance: told of bytes that were read; reading ends when it says false.
    /// - Throws: what no other piece would do better with: no permission, and a format that this program doesn't know.
    func read(
        in journalFolder: String, expiredBelow: @escaping (ShardIdentity) -> UInt64,
        onTrouble: (JournalTrouble) -> Void, advance: (UInt64) -> Bool
    ) throws(JournalError) -> Tally {
        var tally = Tally()
        let reader = ShardReader(
            shard: shard, journalFolder: journalFolder,
            from: ShardPosition(nextSequence: firstSequence, segmentFirstSequence: firstSequence),
            expiredBelow: expiredBelow)
        // What the store has counted was there, to its last record; behind it a write may have been cut off.
        var limits = [endSequence ?? .max]
        if endSequence == nil, countedSequence > firstSequence { limits.insert(countedSequence, at: 0) }
        for limit in limits {
            do throws(JournalError) {
                guard try read(reader, below: limit, into: &tally, onTrouble, advance) else { return tally }
            } catch {
                guard case .system(let reason, let path) = error, !reason.isNoPermission else { throw error }
                let end = endSequence ?? max(countedSequence, reader.nextSequence)
                tally.damaged += end - reader.nextSequence
                tally.hasTrouble = true
                onTrouble(.unreadable(path: path, reason, records: end - reader.nextSequence))
                return tally
            }
        }
        return tally
    }

    /// - Returns: false when it was told to end.
    private func read(
        _ reader: ShardReader, below limit: UInt64, into tally: inout Tally, _ onTrouble: (JournalTrouble) -> Void,
        _ advance: (UInt64) -> Bool
    ) throws(JournalError) -> Bool {
        while true {
            var bytes: UInt64 = 0
            let read = try reader.readRecords(atMost: Self.recordsPerTurn, below: limit) { record, payload in
                bytes += UInt64(RecordHeader.byteCount + record.payloadBytes)
                tally.records += 1
                guard let reason = decode(record, payload, into: &tally) else { return }
                tally.damaged += 1
                tally.hasTrouble = true
                onTrouble(
                    .undecodable(
                        RecordIdentity(shard: shard, sequence: record.sequence), path: reader.segmentPath,
                        byteOffset: record.byteOffset, reason: reason))
            }
            SystemThread.giveWay()
            guard advance(bytes) else { return false }
            switch read.step {
            case .end: return true
            case .damaged(let damage):
                tally.damaged += damage.missingSequences
                tally.hasTrouble = true
                onTrouble(.damage(damage))
            case .record, nil: break
            }
        }
    }

    /// - Returns: why the record can't be decoded; nil when it can be.
    private func decode(_ record: RecordHeader, _ payload: Span<UInt8>, into tally: inout Tally) -> String? {
        do throws(EngagementError) {
            switch try RecordMeaning(record, payload) {
            case .event:
                tally.events += 1
                if record.sequence < countedSequence { tally.countedEvents += 1 }
            case .lost(let events):
                guard let events else { return "the gap can't be read" }
                tally.lost += events
            case .other: break
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
