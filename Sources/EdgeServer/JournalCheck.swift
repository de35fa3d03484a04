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
        ///
        /// Negative: the store counted events that the journal does not hold any more.
        package var pending: Int64? { counted.map { Int64(clamping: events) - Int64(clamping: $0) } }
    }

    /// What the journal holds.
    package struct Result: Equatable, Sendable {
        /// The shards in the order of their names.
        package var shards: [Shard] = []
        /// True when nothing is damaged and nothing that was counted is missing, be it a whole shard.
        package var isWhole: Bool {
            totals.damaged == 0 && !hasDamage && shards.allSatisfy { ($0.pending ?? 0) >= 0 }
        }
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
                var checked = try check(shard, onTrouble: onTrouble, hasDamage: &result.hasDamage)
                if let counted { checked.counted = counted[shard.identity] ?? 0 }
                result.shards.append(checked)
                done += UInt64(shard.segments.count)
                progress(done, total)
            }
            result.shards += Self.missing(counted ?? [:], beside: shards, onTrouble: onTrouble)
            result.shards.sort { $0.shard < $1.shard }
        } catch {
            throw .journal(reason: "\(error)")
        }
        return result
    }

    /// Shards that the store has counted events of and that are not in the journal any more, with their whole folder.
    private static func missing(
        _ counted: [ShardIdentity: UInt64], beside found: [JournalDirectory.Shard], onTrouble: (String) -> Void
    ) -> [Shard] {
        let there = Set(found.map(\.identity))
        let missing = counted.filter { $0.value > 0 && !there.contains($0.key) }.sorted { $0.key < $1.key }
        return missing.map { shard, events in
            onTrouble("\(shard): the shard is missing, and the store counted \(events) events of it")
            return Shard(shard: shard, segments: 0, counted: events)
        }
    }

    /// How many events of each shard the store has counted; nil when there is none that can be read.
    private func checkpoints() -> [ShardIdentity: UInt64]? {
        do throws(StoreError) {
            var counted: [ShardIdentity: UInt64] = [:]
            for checkpoint in try StoreFolder(folder).openForReading().checkpoints() {
                counted[checkpoint.shard] = checkpoint.counted
            }
            return counted
        } catch {
            return nil
        }
    }

    private func check(
        _ shard: JournalDirectory.Shard, onTrouble: (String) -> Void, hasDamage: inout Bool
    ) throws(JournalError) -> Shard {
        var checked = Shard(shard: shard.identity, segments: shard.segments.count)
        let reader = ShardReader(shard: shard.identity, journalFolder: folder.journal)
        while true {
            switch try reader.next() {
            case .end: return checked
            case .damaged(let damage):
                hasDamage = true
                checked.damaged += damage.missingSequences
                onTrouble("\(damage)")
            case .record(let record):
                checked.records += 1
                if let trouble = reader.withPayload({ Self.read(record, $0, into: &checked) }) {
                    hasDamage = true
                    checked.damaged += 1
                    onTrouble("\(RecordIdentity(shard: shard.identity, sequence: record.sequence)): \(trouble)")
                }
            }
        }
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
