import Simulation
import Bytes
import Engagement
import Testing
import TestSupport
import TrackingLinks

@testable import Campaigns

@Suite("Limits admit what came first, again and again")
struct LimitsTests {
    static let seeds: [UInt64] = [31, 32, 33]

    /// Columns that show every key and host.
    static let everything: [[ReportColumn]] = [
        [.sec, .day, .expId, .expVer, .va, .mech, .smech, .link], [.sec, .day, .expId, .expVer, .va, .host],
        [.sec, .day],
        [],
    ]

    @Test("Whatever the flushes, restarts and shards were, a rebuild folds the same keys and people", arguments: seeds)
    func sameAgain(seed: UInt64) throws {
        let limits = FigureLimits(keysPerSectionDay: 9, hostsPerSectionDay: 5, peoplePerSectionDay: 12)
        var reports: [[ReportAnswer]] = []
        for shards in [1, 3] {
            var random = SeededGenerator(seed: seed &+ UInt64(shards))
            let node = try TestNode(
                seed: seed, shards: shards, sections: try testSections(), limits: limits,
                rules: .waiting(seconds: shards == 1 ? 0 : 1_800))
            for index in 0..<260 {
                // The same events at the same times, whatever happens between them.
                node.pass(nanoseconds: 301_000_000_000)
                try node.append(toShard: index % shards)
                switch Int.random(in: 0..<12, using: &random) {
                case 0: node.restartAggregator()
                case 1: node.start(shards: shards)
                case 2, 3:
                    node.settle()
                    try node.flush()
                case 4: try node.flush()
                default: break
                }
            }
            node.settle()
            while try node.flush().hasMore {}
            let rebuilt = try node.rebuilt()
            let incremental = try Self.everything.map { try Self.answer(node.store, $0, node) }
            for (one, by) in zip(incremental, Self.everything) {
                let again = try Self.answer(rebuilt, by, node)
                #expect(one.rows == again.rows, "seed \(seed), \(shards) shards, by \(by)")
            }
            reports.append(incremental)
        }
        for (one, many) in zip(reports[0], reports[1]) { #expect(one.rows == many.rows, "seed \(seed): shards") }
        let total = try #require(reports[0].last?.rows.first)
        #expect(!total.uniqueComplete)
        #expect(total.clicks.total + total.clicks.refused + total.opens.total == 260, "nobody is left out of totals")
        let keys = reports[0][0].rows
        let folded = keys.filter { $0.values.dropFirst(2).allSatisfy { $0.text == "(other)" || $0.text == nil } }
        #expect(!folded.isEmpty)
        for day in Dictionary(grouping: keys, by: { $0.values[0..<2].map(\.text) }).values {
            #expect(day.count <= 9 + 2, "nine keys, and those that take up the others with a link and without")
        }
        for day in reports[0][2].rows {
            #expect((day.clicks.unique ?? 0) <= 12 && (day.opens.unique ?? 0) <= 12)
        }
    }

    @Test("Below the limits nothing is folded, however close they are")
    func belowTheLimits() throws {
        let node = try TestNode(
            seed: 40, shards: 1, sections: try testSections(),
            limits: FigureLimits(keysPerSectionDay: 400, hostsPerSectionDay: 400, peoplePerSectionDay: 40))
        for _ in 0..<400 {
            node.pass(nanoseconds: 30_000_000_000)
            try node.append(toShard: 0)
            node.settle()
            if node.now % 7 == 0 { try node.flush() }
        }
        while try node.flush().hasMore {}
        for by in Self.everything {
            let question = ReportQuestion(by: by)
            let answer = try node.store.answer(question, sections: node.sections)
            #expect(answer.rows == node.model.rows(question))
        }
    }

    @Test("Days in which people were left out are marked, the others are not")
    func marksDays() throws {
        let node = try TestNode(
            seed: 41, shards: 1, sections: SectionDirectory(["utc": SectionDirectory.Facts()]),
            limits: FigureLimits(peoplePerSectionDay: 5), startNanoseconds: 1_774_656_000_000_000_000)
        for _ in 0..<200 {
            node.pass(nanoseconds: 60_000_000_000)
            try node.append(toShard: 0)
        }
        node.pass(nanoseconds: 86_400_000_000_000)
        for _ in 0..<4 { try node.append(toShard: 0) }
        node.settle()
        while try node.flush().hasMore {}
        let days = try node.store.answer(ReportQuestion(by: [.day]), sections: node.sections).rows
        #expect(days.map(\.uniqueComplete) == [false, true])
        let section = try node.store.answer(
            ReportQuestion(sections: ["nowhere"], by: []), sections: node.sections)
        #expect(section.rows.map(\.uniqueComplete) == [true])
    }

    @Test("No more events are open than the limit says while no shard promises more, and all are counted once one does")
    func openEvents() throws {
        let node = try TestNode(
            seed: 43, shards: 2, sections: try testSections(), limits: FigureLimits(openEventsMax: 10))
        // All have the order time of the promise, as when the clock stands behind it: none of them closes.
        var pending: [UInt64] = []
        for _ in 0..<5 {
            for shard in [0, 1, 0, 1] { try node.append(toShard: shard) }
            node.settle()
            let progress = try node.flush()
            #expect(progress.counted == 0 && !progress.hasMore)
            pending.append(progress.pending)
        }
        #expect(pending == [4, 8, 10, 10, 10])
        node.pass(nanoseconds: 1)
        node.settle()
        let progress = try node.flush()
        #expect(progress.counted == 20 && progress.pending == 0)
        let question = ReportQuestion(by: [.sec])
        #expect(try node.store.answer(question, sections: node.sections).rows == node.model.rows(question))
    }

    @Test("Days whose events ask for nothing that is limited are complete, whatever other sections reached")
    func leavesOthersAlone() throws {
        let node = try TestNode(
            seed: 42, shards: 1, sections: try testSections(), limits: FigureLimits(peoplePerSectionDay: 1))
        func open(_ section: String, person: UInt64?, _ fields: [(EventField, String)] = []) {
            node.pass(nanoseconds: 1_000_000_000)
            var facts = EventFacts(timeNanoseconds: node.now, kind: .open, outcome: .pixel, reason: 1)
            facts.subject = person.map { EventSubject(keyID: 1, pseudonym: Bytes16(littleEndian: $0, 99)) }
            node.append(facts, [(.sec, section)] + fields)
        }
        open("utc", person: 1)
        open("utc", person: 2)
        // Whoever writes this into a link asks for the key that takes up all others, which is never counted.
        let other: [EventField] = [.expId, .expVer, .mech, .smech, .va]
        open("york", person: nil, other.map { ($0, "(other)") })
        node.pass(nanoseconds: 1_000_000_000)
        node.settle()
        while try node.flush().hasMore {}
        let sections = try node.store.answer(ReportQuestion(by: [.sec]), sections: node.sections).rows
        #expect(sections.map { $0.values.map(\.text) } == [["utc"], ["york"]])
        #expect(sections.map(\.uniqueComplete) == [false, true])
    }

    private static func answer(
        _ store: SQLiteCampaignStore, _ by: [ReportColumn], _ node: TestNode
    ) throws -> ReportAnswer {
        try store.answer(ReportQuestion(by: by), sections: node.sections)
    }
}
