import Bytes
import Engagement
import Foundation
import Journal
import LinuxSystem
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

@Suite("Sealed figures are the store's as it was, and a rebuild begins with them")
struct SealedFiguresTests {
    private static let minute: UInt64 = 60_000_000_000
    private static let questions = [
        ReportQuestion(), ReportQuestion(by: [.sec, .hour]), ReportQuestion(by: [.expId, .expVer, .va, .link]),
        ReportQuestion(by: [.sec, .day, .kind]), ReportQuestion(by: [.host]), ReportQuestion(by: [.class, .kind]),
    ]

    private static func rows(_ store: SQLiteCampaignStore, _ node: TestNode) throws -> [[ReportRow]] {
        try questions.map { try store.answer($0, sections: node.sections).rows }
    }

    private static func accounting(_ store: SQLiteCampaignStore, _ node: TestNode) throws -> ReportAccounting {
        try store.answer(ReportQuestion(), sections: node.sections).accounting
    }

    /// A node whose limits cut, so that the order in which figures are closed matters.
    private static func node(seed: UInt64, windowSeconds: Int = 0) throws -> TestNode {
        try TestNode(
            seed: seed, shards: 3, sections: try testSections(),
            limits: FigureLimits(keysPerSectionDay: 9, hostsPerSectionDay: 4, peoplePerSectionDay: 12),
            rules: .waiting(seconds: windowSeconds))
    }

    /// Events of three shards, some of them late, with a flush now and then.
    private static func live(_ node: TestNode, minutes: Int) throws {
        for minute in 0..<minutes {
            for _ in 0..<4 {
                node.pass(nanoseconds: Self.minute / 4)
                let shard = Int.random(in: 0..<node.shardCount, using: &node.events.random)
                let isLate = Int.random(in: 0..<6, using: &node.events.random) == 0
                try node.append(toShard: shard, age: isLate ? 2 * Self.minute : 0)
            }
            node.settle()
            if minute % 5 == 4 { while try node.flush().hasMore {} }
        }
        node.settle()
        while try node.flush().hasMore {}
    }

    @Test(
        "Held back to a watermark that the store once had, they are its figures of then",
        arguments: 1...6 as ClosedRange<UInt64>)
    func figuresOfThen(_ seed: UInt64) throws {
        let node = try Self.node(seed: seed)
        var moments: [(watermark: UInt64, rows: [[ReportRow]])] = []
        for _ in 0..<4 {
            try Self.live(node, minutes: 10)
            // Nothing is open: what the store answers is what it has closed.
            node.pass(nanoseconds: Self.minute)
            node.settle()
            while try node.flush().hasMore {}
            let watermark = try #require(try node.store.watermarks()[node.node])
            #expect(try Self.accounting(node.store, node).pending == 0)
            moments.append((watermark, try Self.rows(node.store, node)))
        }
        let sealed = try SQLiteCampaignStore(writing: node.folder.path + "/held.sqlite")
        for moment in moments {
            try node.seal(to: moment.watermark, into: sealed)
            #expect(try sealed.watermarks() == [node.node: moment.watermark])
            #expect(try Self.rows(sealed, node) == moment.rows, "seed \(seed)")
        }
        #expect(moments[0].rows != moments[3].rows)
    }

    @Test("What expired is gone, and the report, a rebuild and the accounting know it", arguments: [0, 300])
    func expiry(_ windowSeconds: Int) throws {
        let node = try Self.node(seed: 21, windowSeconds: windowSeconds)
        try Self.live(node, minutes: 200)
        let before = try Self.rows(node.store, node)
        let (segments, total) = (try node.inventory().segmentCount, try Self.accounting(node.store, node).journaled)
        let expired = try node.expire(retention: 60 * Self.minute)
        #expect(try node.inventory().segmentCount == segments - expired.count && expired.count >= 4)
        try node.flush()
        #expect(try Self.rows(node.store, node) == before)
        let accounting = try Self.accounting(node.store, node)
        let events = try node.sealed().expiry().reduce(UInt64(0)) { $0 + $1.events }
        #expect(accounting.expired == events && events > 100)
        #expect(accounting.journaled == total && accounting.counted == total - events - accounting.pending)

        try Self.live(node, minutes: 50)
        let later = try node.expire(retention: 30 * Self.minute)
        #expect(later.count >= 2)
        try node.end()
        let rebuilt = try node.rebuilt()
        #expect(try Self.rows(rebuilt, node) == Self.rows(node.store, node))
        // Which windows are open still is another matter: the node's promises reached further than its last record.
        let (made, had) = (try Self.accounting(rebuilt, node), try Self.accounting(node.store, node))
        #expect(made.counted + made.pending == had.counted + had.pending)
        #expect(made.expired == had.expired && made.damaged == 0 && had.damaged == 0)
        #expect(node.troubles == [])
    }

    @Test("Whichever step is the last, the next start finishes what was begun and nothing is missing")
    func anyStep() throws {
        var stepsMax = 1
        while true {
            let node = try Self.node(seed: 22)
            try Self.live(node, minutes: 120)
            let before = try Self.rows(node.store, node)
            var steps = 0
            _ = try node.expire(retention: 30 * Self.minute) {
                steps += 1
                return steps <= stepsMax
            }
            // The aggregator died with the run.
            node.restartAggregator()
            try node.flush()
            #expect(try Self.rows(node.store, node) == before, "\(stepsMax) steps")
            try node.expire(retention: 30 * Self.minute)
            try node.flush()
            #expect(try Self.rows(node.store, node) == before, "\(stepsMax) steps")
            let accounting = try Self.accounting(node.store, node)
            #expect(accounting.journaled == 480 && accounting.expired > 100 && accounting.damaged == 0)
            try node.end()
            #expect(try Self.rows(node.rebuilt(), node) == before, "\(stepsMax) steps")
            guard steps > stepsMax else { break }
            stepsMax += 1
        }
        #expect(stepsMax >= 5)
    }

    @Test("On a quiet node everything expires, though nothing comes behind it, and a later start leaves no folder")
    func quiet() throws {
        let node = try TestNode(seed: 27, shards: 2, sections: try testSections())
        for index in 0..<20 {
            node.pass(nanoseconds: Self.minute)
            try node.append(toShard: index % 2)
        }
        node.settle()
        while try node.flush().hasMore {}
        let before = try Self.rows(node.store, node)
        try node.expire(retention: 30 * Self.minute)
        #expect(try node.inventory().segmentCount == 2)
        // A segment is left when it is an hour old, and expires half an hour later.
        for (minutes, segments) in [(59, 2), (2, 4), (28, 4), (3, 2), (500, 2)] as [(UInt64, Int)] {
            node.pass(nanoseconds: minutes * Self.minute)
            node.settle()
            while try node.flush().hasMore {}
            try node.expire(retention: 30 * Self.minute)
            #expect(try node.inventory().segmentCount == segments, "\(minutes) minutes later")
        }
        #expect(try node.inventory().shards.values.allSatisfy(\.isEmpty))
        try node.flush()
        #expect(try Self.rows(node.store, node) == before)
        let accounting = try Self.accounting(node.store, node)
        #expect(accounting.expired == 20 && accounting.counted == 0 && accounting.damaged == 0)
        // Somebody clicks again.
        try node.append(toShard: 0)
        node.settle()
        node.pass(nanoseconds: Self.minute)
        node.settle()
        while try node.flush().hasMore {}
        #expect(try Self.accounting(node.store, node).counted == 1)
        #expect(node.troubles == [])

        // Of the process that has ended the shard with that click is left, and nothing of the other.
        node.start(shards: 1)
        node.settle()
        while try node.flush().hasMore {}
        try node.expire(retention: 30 * Self.minute)
        #expect(try node.inventory().shards.values.map(\.count) == [1])
        #expect(try node.inventory().segmentCount == 1)
        #expect(node.troubles == [])
    }

    @Test("Other rules judge what the journal still holds; what is sealed keeps its own, and says which")
    func otherRules() throws {
        let node = try TestNode(seed: 23, shards: 1, sections: try testSections())
        for _ in 0..<200 {
            node.pass(nanoseconds: Self.minute)
            var facts = EventFacts(timeNanoseconds: node.now, kind: .open, outcome: .pixel, reason: 1)
            facts.method = .get
            node.append(
                facts, [(.sec, "utc"), (.userAgent, "curl/8"), (.refererHost, String(repeating: "x", count: 100))])
            node.settle()
        }
        while try node.flush().hasMore {}
        try node.expire(retention: 50 * Self.minute)
        try node.flush()
        try node.end()
        let rules = try RuleSet(files: [])
        #expect(rules.version != RuleSet.builtIn.version)
        let rebuilt = try node.rebuilt(rules: rules)
        let answer = try rebuilt.answer(ReportQuestion(by: [.class]), sections: node.sections)
        #expect(answer.rulesVersion == rules.version)
        let sealed = try #require(answer.sealed.first)
        #expect(answer.sealed.count == 1 && sealed.rulesVersion == RuleSet.builtIn.version)
        #expect(sealed.untilNanoseconds > 0 && sealed.untilNanoseconds < node.now - 49 * Self.minute)
        // The sealed part holds machines still, and nothing of the rest does.
        func machines(_ store: SQLiteCampaignStore) throws -> UInt64 {
            try store.answer(ReportQuestion(), sections: node.sections).rows.reduce(0) {
                $0 + $1.clicks.machine + $1.opens.machine
            }
        }
        let (kept, all) = (try machines(try node.sealed()), try machines(node.store))
        #expect(try machines(rebuilt) == kept && kept > 0 && kept < all)
        #expect(try node.store.answer(ReportQuestion(), sections: node.sections).sealed == [])
    }

    @Test("Damage, gaps and shards of earlier processes expire like events, and are accounted for")
    func everythingExpires() throws {
        let node = try TestNode(seed: 24, shards: 2, sections: try testSections())
        for index in 0..<60 {
            node.pass(nanoseconds: Self.minute)
            try node.append(toShard: index % 2)
        }
        node.lose(5, inShard: 1)
        node.settle()
        try node.append(toShard: 1)
        node.settle()
        let path = try #require(try node.inventory().shards.keys.sorted().first).folder
        let folder = node.journalFolder + "/" + path
        let segment = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().first)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + segment))
        bytes[8_192 + 40] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: folder + "/" + segment))
        node.start(shards: 1)
        node.pass(nanoseconds: Self.minute)
        node.settle()
        while try node.flush().hasMore {}
        let before = try Self.accounting(node.store, node)
        #expect(before.damaged == 1 && before.lost == 5 && before.counted == 60)
        // The last segment of a process that is gone is as old as its file.
        node.pass(nanoseconds: max(SystemClock.realtimeNanoseconds(), node.now) - node.now + Self.minute)
        try node.expire(retention: 0)
        try node.flush()
        let after = try Self.accounting(node.store, node)
        #expect(after.expired == 60 && after.counted == 0 && after.damaged == 1 && after.lost == 5)
        #expect(after.received == before.received)
        let expiry = try node.sealed().expiry()
        #expect(expiry.map(\.events).reduce(0, +) == 60 && expiry.map(\.damaged).reduce(0, +) == 1)
        #expect(expiry.map(\.lost).reduce(0, +) == 5)
        // Nothing is left of the process that is gone, its folder neither.
        #expect(try node.inventory().shards.values.allSatisfy(\.isEmpty))
        #expect(!FileManager.default.fileExists(atPath: folder))
        node.restartAggregator()
        let progress = try node.flush()
        #expect(progress.counted == 60 && progress.expired == 60)
        #expect(try Self.accounting(node.store, node) == after)
    }

    @Test("Two aggregators on one open store don't take each other's numbers for their own")
    func twoAggregators() throws {
        let node = try TestNode(seed: 25, shards: 2, sections: try testSections())
        try Self.live(node, minutes: 30)
        let moment = try #require(try node.store.watermarks()[node.node])
        let one = try SQLiteCampaignStore(writing: node.folder.path + "/one.sqlite")
        for part in 1...3 as ClosedRange<UInt64> {
            try node.seal(to: moment - (3 - part) * 10 * Self.minute, into: one)
        }
        let whole = try SQLiteCampaignStore(writing: node.folder.path + "/whole.sqlite")
        try node.seal(to: moment, into: whole)
        #expect(try Self.rows(one, node) == Self.rows(whole, node))
    }

    @Test("A store of the version before says what it holds, and a writer brings it up to date")
    func olderStore() throws {
        let node = try TestNode(seed: 26, shards: 1, sections: try testSections())
        try Self.live(node, minutes: 5)
        try node.store.database.execute(
            """
            DROP TABLE expiry; DROP TABLE sealed_basis; ALTER TABLE send DROP COLUMN recorded;
            ALTER TABLE checkpoint DROP COLUMN context_sequence;
            ALTER TABLE checkpoint DROP COLUMN context_segment_first;
            ALTER TABLE checkpoint DROP COLUMN context_read_offset; DROP TABLE people_seal;
            DROP TABLE people_seal_position; DROP TABLE people_month; DROP TABLE people_count; DROP TABLE people_late;
            PRAGMA user_version=1
            """, during: .migrate)
        let file = node.folder.path + "/store.sqlite"
        let before = try Self.rows(node.store, node)
        let reader = try SQLiteCampaignStore(reading: file)
        #expect(try Self.rows(reader, node) == before)
        #expect(try reader.expiry() == [] && reader.sealedBases() == [] && reader.sends().isEmpty)
        let positions = try reader.checkpoints().map(\.position)
        #expect(try reader.checkpoints().map(\.contextPosition) == positions)
        let writer = try SQLiteCampaignStore(writing: file)
        try writer.record(ShardExpiry(shard: ShardIdentity(node: 1, epoch: 2, shard: 3), nextSequence: 4))
        #expect(try writer.expiry().map(\.nextSequence) == [4])
        #expect(try Self.rows(writer, node) == before)
    }
}
