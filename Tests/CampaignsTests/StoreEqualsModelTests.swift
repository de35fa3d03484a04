import Simulation
import Bytes
import Testing
import TestSupport

@testable import Campaigns

@Suite("A report says what a plain list of the events says")
struct StoreEqualsModelTests {
    /// A way in which events reach a store.
    struct Life: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let seed: UInt64
        let shards: Int
        let windowSeconds: Int
    }

    static let lives = [
        Life(testDescription: "one shard, no window", seed: 1, shards: 1, windowSeconds: 0),
        Life(testDescription: "four shards, no window", seed: 2, shards: 4, windowSeconds: 0),
        Life(
            testDescription: "three shards, windows of 1 min", seed: 3, shards: 3, windowSeconds: 60),
        Life(
            testDescription: "two shards, windows of 1 h", seed: 4, shards: 2, windowSeconds: 3_600),
    ]

    /// Questions that a store keeps the answers to.
    static let kept: [ReportQuestion] = {
        let columns: [[ReportColumn]] = [
            [], [.sec], [.kind], [.day], [.hour], [.sec, .hour], [.link], [.class], [.expId, .expVer, .va],
            [.mech, .smech], [.sec, .expId, .day, .kind], [.link, .class, .hour, .mech], [.client], [.device, .day],
            [.country, .sec], [.repair], [.repair, .kind, .class], [.host], [.host, .expId, .va], [.outcome, .kind],
        ]
        return columns.flatMap { by in
            [
                ReportQuestion(by: by), ReportQuestion(sections: ["berlin"], by: by),
                ReportQuestion(sections: ["york", "(unknown)"], experience: "w2", by: by),
                ReportQuestion(sections: ["nowhere"], by: by),
            ]
        }
    }()

    /// Questions with ranges of time around the story's days.
    static let ranged: [ReportQuestion] = {
        let bounds: [(ReportBound?, ReportBound?)] = [
            (.day(day(28)), nil), (.day(day(28)), .day(day(29))), (nil, .day(day(29))), (.day(day(30)), .day(day(28))),
            (instant("2026-03-28T23:00:00Z"), instant("2026-03-29T22:00:00Z")),
            (instant("2026-03-28T14:00:00Z"), instant("2026-03-29T03:00:00Z")),
            (.hoursBefore(hours: 20, nowNanoseconds: noon), .hoursBefore(hours: 3, nowNanoseconds: noon)),
        ]
        return questions(bounds)
    }()

    /// Ranges that cut an hour: only the journal answers them.
    static let withinHours = questions([
        (instant("2026-03-28T14:10:00Z"), instant("2026-03-29T03:30:00.5Z")), (instant("2026-03-28T14:10:00Z"), nil),
        (nil, instant("2026-03-28T14:00:00.000000001Z")),
        (instant("2026-03-28T14:10:00Z"), instant("2026-03-28T14:40:00Z")),
    ])

    /// 2026-03-29T12:34:56.789Z
    private static let noon: UInt64 = 1_774_787_696_789_000_000

    private static func questions(_ bounds: [(ReportBound?, ReportBound?)]) -> [ReportQuestion] {
        let columns: [[ReportColumn]] = [[], [.day], [.sec, .hour], [.link, .kind]]
        return bounds.flatMap { since, until in
            columns.flatMap { by in
                [
                    ReportQuestion(since: since, until: until, by: by),
                    ReportQuestion(sections: ["berlin"], since: since, until: until, by: by),
                ]
            }
        }
    }

    @Test("Whatever the flushes, restarts, shards and windows were, and so does a rebuild", arguments: lives)
    func equalsModel(life: Life) throws {
        var random = SeededGenerator(seed: life.seed)
        let node = try TestNode(
            seed: life.seed, shards: life.shards, sections: try testSections(),
            rules: .waiting(seconds: life.windowSeconds))
        for round in 0..<4 {
            for _ in 0..<80 { try step(node, &random, shards: life.shards) }
            node.settle()
            while try node.flush().hasMore {}
            // Each round asks a third of the questions.
            let questions = (Self.kept + Self.ranged).enumerated().filter { $0.offset % 3 == round % 3 }.map(\.element)
            try compare(node, to: node.store, questions, "after round \(round), seed \(life.seed)")
        }
        let questions = Self.kept + Self.ranged
        try compare(node, to: node.store, questions, "at the end, seed \(life.seed)")
        try compare(node, to: try node.rebuilt(), questions, "rebuilt, seed \(life.seed)")
        for question in questions + Self.withinHours {
            let answer = try node.journalAnswer(question)
            #expect(answer.rows == node.model.rows(question, knowsAllPeople: true), "journal: \(question)")
        }
        for question in Self.withinHours {
            let refusal = ReportError.notKeptWithinHour(question.since == nil ? .until : .since)
            #expect(throws: refusal) { try node.store.answer(question, sections: node.sections) }
        }
        #expect(node.troubles.isEmpty)
    }

    private func step(_ node: TestNode, _ random: inout SeededGenerator, shards: Int) throws {
        let shard = Int.random(in: 0..<shards, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: node.start(shards: shards)
        case 1: node.restartAggregator()
        case 2, 3: try node.flush()
        case 4: node.sync()
        case 5, 6: node.commit(shard: shard)
        case 7: node.pass(nanoseconds: UInt64.random(in: 0..<3_600_000_000_000, using: &random))
        default:
            node.pass(nanoseconds: UInt64.random(in: 0..<400_000_000_000, using: &random))
            // Some events are older than they should be: a clock that went back, a worker that hung.
            let age =
                Int.random(in: 0..<6, using: &random) == 0
                ? UInt64.random(in: 0..<7_200_000_000_000, using: &random) : 0
            try node.append(toShard: shard, age: age)
        }
    }

    private func compare(
        _ node: TestNode, to store: SQLiteCampaignStore, _ questions: [ReportQuestion], _ when: String
    ) throws {
        for question in questions {
            let answer = try store.answer(question, sections: node.sections)
            #expect(answer.rows == node.model.rows(question), "\(when): \(question)")
        }
        let accounting = try store.answer(ReportQuestion(), sections: node.sections).accounting
        #expect(accounting.journaled == UInt64(node.model.events.count), "\(when)")
    }

    private static func day(_ day: Int) -> CivilDate {
        CivilDate(year: 2026, month: 3, day: day) ?? CivilDate(dayNumber: 0)
    }

    private static func instant(_ text: String) -> ReportBound {
        .instant(nanoseconds: RFC3339.nanoseconds(text) ?? 0)
    }
}
