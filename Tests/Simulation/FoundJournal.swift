import Bytes
import Journal

/// What a whole journal holds.
struct FoundJournal {
    var payloads: [RecordIdentity: [UInt8]] = [:]
    var damages: [(shard: ShardIdentity, damage: SegmentDamage)] = []
    /// The sequence behind the last record of each shard.
    var ends: [ShardIdentity: UInt64] = [:]
    /// The segments of each shard.
    var segments: [ShardIdentity: JournalDirectory.Shard] = [:]

    /// The first sequence of the segment that a record should be in.
    func segment(of sequence: UInt64, _ shard: ShardIdentity) -> UInt64? {
        segments[shard]?.segments.last { $0 <= sequence }
    }

    /// The segment that a record should be in.
    func path(of entry: Ledger.Entry) -> String? {
        segment(of: entry.sequence, entry.shard).flatMap { segments[entry.shard]?.segmentPath($0) }
    }
}

extension SimulatedNode {
    /// Reads all shards; nil when that fails on a disk that doesn't.
    func readJournal(on disk: SimulatedDisk? = nil) -> FoundJournal? {
        let disk = disk ?? self.disk
        var found = FoundJournal()
        do throws(JournalError) {
            for shard in try JournalDirectory.scan(journalFolder, storage: disk) {
                found.segments[shard.identity] = shard
                try read(shard.identity, on: disk, into: &found)
            }
            // Of an event whose person was forgotten a record may say one thing or another.
            ledger.updateAll(where: { !$0.others.isEmpty }) { entry in
                if let payload = found.payloads[entry.identity] { entry.note(payload) }
            }
            return found
        } catch {
            find("the journal can't be read: \(error)")
            return nil
        }
    }

    private func read(
        _ shard: ShardIdentity, on disk: SimulatedDisk, into found: inout FoundJournal
    ) throws(JournalError) {
        let reader = ShardReader(
            shard: shard, journalFolder: journalFolder, expiredBelow: expiredBelow, storage: disk)
        while true {
            switch try reader.next() {
            case .end:
                found.ends[shard] = reader.nextSequence
                return
            case .damaged(let damage):
                found.damages.append((shard, sabotage == .damageMisplaced ? damage.misplaced : damage))
            case .record(let record):
                // A gap of a commit that did not come to its end.
                if record.kind == .gap, record.sequence == ledger.ends[shard] ?? 0 { ledger.addGap(shard) }
                let payload = reader.withPayload { $0.toArray() }
                found.payloads[RecordIdentity(shard: shard, sequence: record.sequence)] = payload
            }
        }
    }
}

extension SegmentDamage {
    /// The same damage, said to begin one record's header later.
    fileprivate var misplaced: SegmentDamage {
        SegmentDamage(
            path: path, byteOffset: byteOffset + UInt64(RecordHeader.byteCount), byteCount: byteCount,
            firstSequence: firstSequence, missingSequences: missingSequences, reason: reason)
    }
}
