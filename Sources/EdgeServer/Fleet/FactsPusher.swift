import Bytes
import Campaigns
import Engagement
import Journal

/// Tells the fleet what this node has recorded of facts: the records of its `admin` shards, of every epoch, byte for
/// byte, as far as they are synced.
struct FactsPusher {
    private let folder: DataFolder
    private let journal: AdminJournal
    /// Shards of this node that hold, or may hold, what has not travelled.
    private var shards: Set<ShardIdentity> = []
    private var readers: [ShardIdentity: ShardReader] = [:]
    /// Records that travelled since the start.
    private(set) var pushedRecords: UInt64 = 0

    /// Records that travel at once.
    private static let recordsMax = 2_000

    /// - Parameter journal: what this process writes facts to.
    init(_ folder: DataFolder, journal: AdminJournal) {
        self.folder = folder
        self.journal = journal
    }

    /// Looks which shards of this node there are.
    mutating func findShards() throws(EdgeError) {
        do throws(JournalError) {
            shards = Set(
                try JournalDirectory.scan(folder.journal).map(\.identity)
                    .filter { $0.isAdmin && $0.node == journal.shard.node })
        } catch {
            throw EdgeError(error)
        }
        shards.insert(journal.shard)
        readers.removeAll()
    }

    /// True when this process has recorded something that has not travelled.
    func hasNews(_ checkpoint: FactsCheckpoint) -> Bool {
        journal.progress.readable().nextSequence > pushedSequence(checkpoint)
    }

    /// Up to which sequence records of this process have travelled.
    func pushedSequence(_ checkpoint: FactsCheckpoint) -> UInt64 { checkpoint.pushed[journal.shard]?.next ?? 0 }

    /// Looks what is there of what has travelled: a server may lose what it has acknowledged.
    ///
    /// - Parameter ends: where the shards end there.
    func compare(
        _ checkpoint: inout FactsCheckpoint, with fleet: some FleetFacts, ends: [ShardIdentity: UInt64]
    ) throws(EdgeError) {
        let node = journal.shard.node
        let counts = try EdgeError.fleet { () throws(FleetError) in try fleet.counts(of: node) }
        for (shard, pushed) in checkpoint.pushed
        where counts[shard] ?? 0 < pushed.count || ends[shard] ?? 0 < pushed.next {
            checkpoint.pushed[shard] = nil
        }
    }

    /// Puts in some of what has not travelled.
    ///
    /// - Parameter save: keeps the checkpoint durably.
    /// - Returns: true when there may be more.
    mutating func push(
        _ checkpoint: inout FactsCheckpoint, to fleet: some FleetFacts,
        save: (FactsCheckpoint) throws(EdgeError) -> Void
    ) throws(EdgeError) -> Bool {
        var hasMore = false
        for shard in shards.sorted() {
            let isOwn = shard == journal.shard
            let limit = isOwn ? journal.progress.readable().nextSequence : .max
            if isOwn, limit <= checkpoint.pushed[shard]?.next ?? 0 { continue }
            var pushed = checkpoint.pushed[shard] ?? FactsCheckpoint.Pushed()
            let facts: [FleetFact]
            do throws(JournalError) {
                facts = try read(shard, from: pushed.next, below: limit)
            } catch {
                readers[shard] = nil
                throw EdgeError(error)
            }
            guard let last = facts.last else {
                // Nobody writes to it any more.
                if !isOwn { shards.remove(shard) }
                continue
            }
            do throws(EdgeError) {
                try pushLists(facts, to: fleet)
                try EdgeError.fleet { () throws(FleetError) in try fleet.insert(facts, of: shard) }
                pushed.next = last.record.sequence + 1
                pushed.count += UInt64(facts.count)
                var next = checkpoint
                next.pushed[shard] = pushed
                try save(next)
                checkpoint = next
            } catch {
                // What was read is to be read again.
                readers[shard] = nil
                throw error
            }
            pushedRecords += UInt64(facts.count)
            // What has come meanwhile waits for the next look, so that inserts are not one row each.
            hasMore = hasMore || facts.count == Self.recordsMax
        }
        return hasMore
    }

    private mutating func read(
        _ shard: ShardIdentity, from start: UInt64, below limit: UInt64
    ) throws(JournalError) -> [FleetFact] {
        let reader =
            readers[shard]
            ?? ShardReader(
                shard: shard, journalFolder: folder.journal, from: ShardPosition(nextSequence: start))
        readers[shard] = reader
        var facts: [FleetFact] = []
        var follows = start
        while facts.count < Self.recordsMax {
            switch try reader.next(below: limit) {
            case .end: return facts
            // Whoever counts damage has told of it: the others have a hole as this node has.
            case .damaged: continue
            case .record(let record):
                facts.append(FleetFact(reader.copy(of: record), follows: follows))
                follows = record.sequence + 1
            }
        }
        return facts
    }

    /// Puts in the lists that records name, before the records.
    private func pushLists(_ facts: [FleetFact], to fleet: some FleetFacts) throws(EdgeError) {
        for fact in facts {
            guard let consent = fact.record.consent, case .list(let digest, _) = consent.change else { continue }
            try ConsentListPieces(folder).push(digest, to: fleet)
        }
    }
}

extension ShardReader {
    /// The record that was read last, with its payload.
    func copy(of record: RecordHeader) -> ShardCopy.Record {
        ShardCopy.Record(
            sequence: record.sequence, kind: record.kind, version: record.version,
            payload: withPayload { $0.toArray() })
    }
}

extension ShardCopy.Record {
    /// What a record of consent says; nil for every other one, and for one that can't be read.
    var consent: ConsentRecord? {
        guard kind == .consent else { return nil }
        return try? ConsentRecord(payload.span, version: version)
    }

    /// Who was forgotten; nil for every other record, and for one that can't be read.
    var forgetting: ForgettingRecord? {
        guard kind == .forgetting else { return nil }
        return try? ForgettingRecord(payload.span, version: version)
    }
}
