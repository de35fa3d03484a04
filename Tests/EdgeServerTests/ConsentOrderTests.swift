import Bytes
import Engagement
import Journal
import LinuxSystem
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Of what several nodes recorded the later time holds, in whatever order it comes")
struct ConsentOrderTests {
    /// What one node has recorded, in its order.
    private struct Shard {
        let identity: ShardIdentity
        var records: [ConsentRecord] = []
    }

    private static let people: Range<UInt64> = 0..<12

    @Test(
        "The table, a start, and going through all records come to the same", arguments: 1...40 as ClosedRange<UInt64>)
    func orders(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let node = try FactsNode(50, FakeFleet())
        let base = SystemClock.realtimeNanoseconds() - 1_000_000
        let lists = try writeLists(node)
        var shards = [(20, 1), (20, 2), (90, 1)].map { (node: UInt64, epoch: UInt64) in
            Shard(identity: ShardIdentity(node: node, epoch: epoch, shard: ShardIdentity.adminShard))
        }
        for index in shards.indices {
            for _ in 0..<Int.random(in: 5..<40, using: &random) {
                // Few times, so that many are the same.
                let time = base + UInt64.random(in: 0..<25, using: &random)
                let person = UInt64.random(in: Self.people, using: &random)
                let list = Int.random(in: 0..<lists.count, using: &random)
                let isList = Int.random(in: 0..<12, using: &random) == 0
                let status: ConsentStatus = Bool.random(using: &random) ? .optedIn : .optedOut
                shards[index].records.append(
                    ConsentRecord(
                        recordedNanoseconds: base + UInt64.random(in: 0..<3, using: &random),
                        effectiveNanoseconds: time, section: "1",
                        change: isList
                            ? .list(digest: lists[list], people: 3) : .person(node.person(person), status),
                        source: isList ? .list : .event))
            }
        }
        // Few are remembered, so that the journal is asked too.
        let book = try ConsentBook(
            node.folder, keys: node.keys, journal: node.journal, recentMax: seed % 3 == 0 ? 4 : 1_000,
            onTrouble: { Issue.record("\($0)") }, onMissingList: { Issue.record($0) })
        var places = shards.map { _ in 0 }
        while let index = shards.indices.filter({ places[$0] < shards[$0].records.count }).randomElement(using: &random)
        {
            if Int.random(in: 0..<6, using: &random) == 0 {
                let person = node.person(UInt64.random(in: Self.people, using: &random))
                let said = ConsentBook.Statement(section: "1", person: person, status: .optedIn, source: .event)
                #expect(book.record([said]).recorded == 1)
            }
            let end = min(shards[index].records.count, places[index] + Int.random(in: 1...6, using: &random))
            try lay(shards[index], places[index]..<end, into: node, book)
            places[index] = end
        }
        let expected = try model(node)
        #expect(Self.people.map { book.status(of: node.person($0), in: "1") } == expected)
        #expect(try node.foundStatuses(Self.people) == expected)
    }

    /// The files of two lists; one that lost its place is removed, and fetched again when it is named again.
    @discardableResult
    private func writeLists(_ node: FactsNode) throws -> [Bytes16] {
        try [3, 6].map { (size: UInt64) in
            let keys = (0..<size).map { ConsentKey(node.person($0 * 2)) }.sorted()
            return try ConsentListFile(folder: node.folder.consent).write(
                keys.span, keyMark: ConsentBook.keyMark("1", node.keys))
        }
    }

    private func lay(_ shard: Shard, _ range: Range<Int>, into node: FactsNode, _ book: ConsentBook) throws {
        try writeLists(node)
        var copy = try ShardCopy(shard.identity, journalFolder: node.folder.journal)
        let records = range.map { place in
            ShardCopy.Record(
                sequence: UInt64(place), kind: .consent, version: 1, payload: shard.records[place].payload)
        }
        #expect(try copy.append(records, nowNanoseconds: 5))
        try book.take(
            range.map { place in
                ConsentBook.Taken(
                    identity: RecordIdentity(shard: shard.identity, sequence: UInt64(place)),
                    record: shard.records[place])
            })
    }

    /// Goes through everything that the journal has, as FORMAT.md says.
    private func model(_ node: FactsNode) throws -> [ConsentStatus?] {
        var records: [(record: ConsentRecord, identity: RecordIdentity)] = []
        _ = try AdminRecords.forEach(in: node.folder, onTrouble: { Issue.record("\($0)") }) {
            _, payload, identity throws(EngagementError) in
            records.append((try ConsentRecord(payload), identity))
        }
        var list: ConsentRecord?
        for (record, _) in records {
            guard case .list(let digest, _) = record.change else { continue }
            if let before = list, case .list(let other, _) = before.change {
                var isLater = digest.littleEndianWords > other.littleEndianWords
                if record.recordedNanoseconds != before.recordedNanoseconds {
                    isLater = record.recordedNanoseconds > before.recordedNanoseconds
                }
                if record.effectiveNanoseconds != before.effectiveNanoseconds {
                    isLater = record.effectiveNanoseconds > before.effectiveNanoseconds
                }
                if !isLater { continue }
            }
            list = record
        }
        var table: ConsentTable?
        if let list, case .list(let digest, _) = list.change {
            table = try ConsentListFile(folder: node.folder.consent).table(
                digest, keyMark: ConsentBook.keyMark("1", node.keys), further: 0)
        }
        return Self.people.map { number in
            let person = node.person(number)
            let words = records.filter { record, _ in
                guard case .person(let said, _) = record.change else { return false }
                return said == person && record.effectiveNanoseconds > list?.effectiveNanoseconds ?? 0
            }
            let last = words.max {
                ($0.record.effectiveNanoseconds, $0.identity.shard, $0.identity.sequence)
                    < ($1.record.effectiveNanoseconds, $1.identity.shard, $1.identity.sequence)
            }
            if let last, case .person(_, let status) = last.record.change { return status }
            return table?.status(of: ConsentKey(person))
        }
    }
}
