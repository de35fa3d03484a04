import Bytes
import Campaigns
import Engagement
package import Journal
import LinuxSystem

/// Walks every record of every shard and says what is whole and what isn't: `tremolo verify`.
package struct JournalCheck: Sendable {
    /// What one shard holds.
    package struct Shard: Equatable, Sendable {
        /// The shard.
        package let shard: ShardIdentity
        /// Its segments.
        package let segments: Int
        /// Records that are whole, of every kind.
        package var records: UInt64 = 0
        /// Events among them that can be decoded.
        package var events: UInt64 = 0
        /// Events that gap records say were lost.
        package var lost: UInt64 = 0
        /// Records that are damaged, and events that can't be decoded.
        package var damaged: UInt64 = 0
        /// Events that the store has counted; nil when there is no store.
        package var counted: UInt64?
        /// Events that are whole and not counted yet; nil when there is no store.
        package var pending: UInt64?
        /// Events that the store has counted and of which the journal holds nothing any more, not even damage.
        package var missing: UInt64 = 0
    }

    /// What the journal holds.
    package struct Result: Equatable, Sendable {
        /// The shards in the order of their names.
        package var shards: [Shard] = []
        /// True when nothing is damaged and nothing that was counted is missing, be it a whole shard.
        package var isWhole: Bool {
            totals.damaged == 0 && !hasDamage && shards.allSatisfy { $0.missing == 0 }
        }
        /// Processes that ended without stopping: their shard 0.
        package var interrupted: [ShardIdentity] = []
        /// Something is damaged, though perhaps no record of it is missing.
        var hasDamage = false

        /// The sums over all shards.
        package var totals: (events: UInt64, lost: UInt64, damaged: UInt64) {
            shards.reduce((0, 0, 0)) { ($0.0 + $1.events, $0.1 + $1.lost, $0.2 + $1.damaged) }
        }
    }

    private let folder: DataFolder

    /// Checks a folder, beside its running server or without one.
    package init(_ folder: DataFolder) {
        self.folder = folder
    }

    /// Reads everything.
    ///
    /// - Parameters:
    ///   - onTrouble: told of each damage with segment and offset.
    ///   - progress: told so many segments of so many.
    package func run(
        onTrouble: (String) -> Void, progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> Result {
        var result = Result()
        try folder.requireThere()
        do throws(JournalError) {
            // The store is read first: what is counted meanwhile is in the journal already.
            let counted = checkpoints()
            let shards = try JournalDirectory.scan(folder.journal).sorted { $0.identity < $1.identity }
            let total = UInt64(shards.reduce(0) { $0 + $1.segments.count })
            var done: UInt64 = 0
            for shard in shards {
                let checkpoint = counted.map { $0[shard.identity] ?? ShardCheckpoint(shard: shard.identity) }
                result.shards.append(
                    try check(shard, checkpoint, onTrouble: onTrouble, hasDamage: &result.hasDamage))
                done += UInt64(shard.segments.count)
                progress(done, total)
            }
            result.interrupted = try EpochEnd.interrupted(folder.journal)
            result.shards += Self.missing(counted ?? [:], beside: shards, onTrouble: onTrouble)
            result.shards.sort { $0.shard < $1.shard }
        } catch {
            throw EdgeError(error)
        }
        return result
    }

    /// Shards that the store has counted events of and that are not in the journal any more, with their whole folder.
    private static func missing(
        _ counted: [ShardIdentity: ShardCheckpoint], beside found: [JournalDirectory.Shard], onTrouble: (String) -> Void
    ) -> [Shard] {
        let there = Set(found.map(\.identity))
        let missing = counted.values.filter { $0.counted > 0 && !there.contains($0.shard) }
        return missing.sorted { $0.shard < $1.shard }.map { checkpoint in
            let (shard, events) = (checkpoint.shard, checkpoint.counted)
            onTrouble("\(shard): the shard is missing, and the store counted \(events) events of it")
            return Shard(shard: shard, segments: 0, counted: events, pending: 0, missing: events)
        }
    }

    /// How far the store is with each shard; nil when there is none that can be read.
    private func checkpoints() -> [ShardIdentity: ShardCheckpoint]? {
        do throws(StoreError) {
            var counted: [ShardIdentity: ShardCheckpoint] = [:]
            for checkpoint in try StoreFolder(folder).openForReading().checkpoints() {
                counted[checkpoint.shard] = checkpoint
            }
            return counted
        } catch {
            return nil
        }
    }

    private func check(
        _ shard: JournalDirectory.Shard, _ checkpoint: ShardCheckpoint?, onTrouble: (String) -> Void,
        hasDamage: inout Bool
    ) throws(JournalError) -> Shard {
        var checked = Shard(shard: shard.identity, segments: shard.segments.count)
        let reader = ShardReader(shard: shard.identity, journalFolder: folder.journal)
        let next = checkpoint?.position.nextSequence ?? 0
        // What of the journal lies before the checkpoint: whole events, and damage of any kind of record.
        var (whole, damaged) = (UInt64(0), UInt64(0))
        reading: while true {
            switch try reader.next() {
            case .end: break reading
            case .damaged(let damage):
                hasDamage = true
                checked.damaged += damage.missingSequences
                damaged += min(damage.missingSequences, next > damage.firstSequence ? next - damage.firstSequence : 0)
                onTrouble("\(damage)")
            case .record(let record):
                checked.records += 1
                let before = checked.events
                if let trouble = reader.withPayload({ Self.read(record, $0, into: &checked) }) {
                    hasDamage = true
                    checked.damaged += 1
                    if record.sequence < next { damaged += 1 }
                    onTrouble("\(RecordIdentity(shard: shard.identity, sequence: record.sequence)): \(trouble)")
                }
                if record.sequence < next { whole += checked.events - before }
            }
        }
        if let checkpoint {
            checked.counted = checkpoint.counted
            checked.pending = checked.events - whole
            let held = whole + damaged
            let told = checkpoint.counted + checkpoint.damaged
            checked.missing = told > held ? told - held : 0
        }
        return checked
    }

    /// Decodes a record as the aggregator does.
    ///
    /// - Returns: what is wrong with it.
    private static func read(_ record: RecordHeader, _ payload: Span<UInt8>, into checked: inout Shard) -> String? {
        do throws(EngagementError) {
            switch record.kind {
            case .event:
                _ = try EventView(payload, version: record.version)
                checked.events += 1
            case .gap:
                guard let gap = Gap(payload: payload, version: record.version) else { return "the gap can't be read" }
                checked.lost += gap.lostEvents
            case .sends: _ = try SendsRecord(payload, version: record.version)
            case .name: _ = try NameRecord(payload, version: record.version)
            default: break
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
