import Bytes
import Engagement
import Foundation
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

@Suite("Sealed months keep their unique people as counts, and nobody who was there")
struct PeopleSealTests {
    private static let hour: UInt64 = 3_600_000_000_000
    /// 2025-01-06T00:00:00Z.
    private static let start: UInt64 = 1_736_121_600_000_000_000

    private static func node(seed: UInt64, limits: FigureLimits = FigureLimits()) throws -> TestNode {
        let node = try TestNode(
            seed: seed, shards: 2, sections: try testSections(), limits: limits, rules: .waiting(seconds: 0),
            startNanoseconds: start)
        node.events.people = 90
        return node
    }

    /// Events of so many days, so many a day, in two shards.
    static func live(_ node: TestNode, days: Int, eventsPerDay: Int = 12) throws {
        for _ in 0..<days {
            for event in 0..<eventsPerDay {
                node.pass(nanoseconds: 24 * hour / UInt64(eventsPerDay))
                try node.append(toShard: event % 2)
            }
            node.settle()
        }
        while try node.flush().hasMore {}
    }

    /// Whole months and days that lie in them, and what does not.
    private static let ranges: [(since: String?, until: String?)] = [
        (nil, nil), ("2025-01-01", "2025-02-01"), ("2025-01-01", "2025-04-01"), ("2025-02-01", "2025-05-01"),
        ("2025-02-10", "2025-03-10"), ("2025-02-10", "2025-02-11"), (nil, "2025-03-01"), ("2025-03-15", nil),
        ("2025-06-01", nil), ("2025-05-01", "2025-07-01"),
    ]
    private static let columns: [[ReportColumn]] = [
        [], [.sec], [.day], [.sec, .day], [.expId], [.sec, .expId, .expVer], [.expId, .va], [.va], [.sec, .link],
        [.expId, .expVer, .va, .link, .day], [.kind, .expId, .link], [.expVer, .link], [.sec, .expId, .kind, .day],
    ]

    private static func questions() throws -> [ReportQuestion] {
        var questions: [ReportQuestion] = []
        for (place, range) in ranges.enumerated() {
            for (number, by) in columns.enumerated() where (place + number) % 2 == 0 {
                questions.append(
                    ReportQuestion(
                        experience: (place + number) % 4 == 0 ? "w2" : nil,
                        since: try range.since.map { try bound($0) },
                        until: try range.until.map { try bound($0) }, by: by))
            }
        }
        return questions
    }

    private static func bound(_ text: String) throws -> ReportBound {
        try ReportBound.read(text, as: .since, nowNanoseconds: start)
    }

    /// How a row that may be short of people stands to the one that has them all.
    private enum Standing: Hashable {
        case same, atLeast, unknown, wrong
    }

    private static func standing(_ row: ReportRow, _ whole: ReportRow) -> Standing {
        if row == whole { return .same }
        guard !row.uniqueComplete else { return .wrong }
        var like = row
        (like.clicks.unique, like.clicks.people) = (whole.clicks.unique, whole.clicks.people)
        (like.opens.unique, like.opens.people) = (whole.opens.unique, whole.opens.people)
        like.uniqueComplete = whole.uniqueComplete
        guard like == whole else { return .wrong }
        let told = [(row.clicks, whole.clicks), (row.opens, whole.opens)]
        for (figures, all) in told {
            if figures.unique == nil, figures.people == nil { continue }
            guard figures.unique ?? 0 <= all.unique ?? 0, figures.people ?? 0 <= all.people ?? 0 else { return .wrong }
        }
        return told.contains { $0.0.unique == nil } ? .unknown : .atLeast
    }

    /// Holds each answer against the one with everybody.
    private static func standings(
        _ store: SQLiteCampaignStore, _ node: TestNode, _ questions: [ReportQuestion]
    ) throws -> [Standing: Int] {
        var standings: [Standing: Int] = [:]
        for question in questions {
            let rows = try store.answer(question, sections: node.sections).rows
            let whole = node.model.rows(question)
            try #require(rows.count == whole.count)
            for (row, model) in zip(rows, whole) {
                let standing = standing(row, model)
                if standing == .wrong, standings[.wrong] == nil { Issue.record("\(question)\n\(row)\n\(model)") }
                standings[standing, default: 0] += 1
            }
        }
        return standings
    }

    @Test("Whatever is asked, a row has the number that it had, or says that it has none", arguments: [1, 2])
    func neverWrong(_ seed: UInt64) throws {
        let node = try Self.node(seed: seed)
        try Self.live(node, days: 170, eventsPerDay: 8)
        let questions = try Self.questions()
        let before = try Self.standings(node.store, node, questions)
        #expect(Set(before.keys) == [.same])
        #expect(try node.sealPeople(retentionMonths: 2) == 3 * 4)
        let after = try Self.standings(node.store, node, questions)
        #expect(after[.wrong] == nil && after[.same] ?? 0 > after[.unknown] ?? 0 && after[.unknown] ?? 0 > 20)
        // Once more changes nothing.
        #expect(try node.sealPeople(retentionMonths: 2) == 0)
        #expect(try Self.standings(node.store, node, questions) == after)
        // Later events join what is counted.
        try Self.live(node, days: 10)
        let later = try Self.standings(node.store, node, questions)
        #expect(later[.wrong] == nil && later[.same] ?? 0 > 0)
        #expect(try node.store.problems() == [])
    }

    @Test("Days, whole months and months together keep their exact numbers")
    func exact() throws {
        let node = try Self.node(seed: 7)
        try Self.live(node, days: 170)
        try node.sealPeople(retentionMonths: 2)
        var questions: [ReportQuestion] = []
        for range in [
            ("2025-01-01", "2025-02-01"), ("2025-01-01", "2025-04-01"), ("2025-02-01", "2025-06-01"),
            ("2025-04-01", "2025-06-01"), ("2025-02-10", "2025-02-11"),
        ] {
            for by: [ReportColumn] in [
                [], [.sec], [.sec, .expId], [.expId], [.expId, .expVer], [.expId, .va, .kind], [.expId, .va, .link],
                [.sec, .expId, .expVer, .va, .link],
            ] {
                questions.append(
                    ReportQuestion(since: try Self.bound(range.0), until: try Self.bound(range.1), by: by))
            }
        }
        for by: [ReportColumn] in [[.day], [.sec, .day, .link], [.expId, .va, .day], [.day, .kind, .expId]] {
            questions.append(ReportQuestion(by: by))
        }
        #expect(Set(try Self.standings(node.store, node, questions).keys) == [.same])
        // A part of a month is known where nobody came in the other part.
        let day = ReportQuestion(
            since: try Self.bound("2025-02-10"), until: try Self.bound("2025-02-20"), by: [.expId])
        let answer = try node.store.answer(day, sections: node.sections)
        #expect(answer.rows.allSatisfy { $0.clicks.unique == nil && !$0.uniqueComplete && $0.clicks.total > 0 })
        let note = try #require(answer.sealedPeople)
        #expect(note.hidesRows && !note.boundsRows && !note.reachesCap)
        #expect(note.sentence.contains("2025-03-31") && note.sentence.contains("peopleRetention"))
    }

    @Test("Nobody who is in no set any more is in a byte of the store's files, and a number is never given again")
    func nothingLeft() throws {
        let node = try Self.node(seed: 8)
        // Each month has people of its own, in commits that write the last chunk of people over and over.
        node.events.people = 20_000
        try Self.live(node, days: 110, eventsPerDay: 60)
        let before = try node.storedPeople()
        #expect(before.count > 4_096)
        try node.sealPeople(retentionMonths: 2)
        let after = try node.storedPeople()
        let gone = Set(before.keys).subtracting(after.keys)
        #expect(gone.count > 400)
        for (hash, numbers) in after { #expect(Set(before[hash] ?? []).isSuperset(of: numbers)) }
        let files = try node.storeBytes()
        #expect(files.contains { $0.count > 100_000 })
        for file in files { #expect(!holds(file, any: gone)) }
        // The search finds who is there.
        #expect(files.contains { holds($0, any: Set(after.keys)) })
        // Everybody comes again: whoever was forgotten is somebody new, and the others are who they were.
        try Self.live(node, days: 60, eventsPerDay: 60)
        let last = try node.storedPeople()
        let numbers = last.values.flatMap { $0 }
        #expect(Set(numbers).count == numbers.count)
        for hash in gone { #expect(Set(last[hash] ?? []).isDisjoint(with: before[hash] ?? [])) }
        for (hash, numbers) in after { #expect(Set(last[hash] ?? []).isSuperset(of: numbers)) }
        #expect(try Self.standings(node.store, node, [ReportQuestion(by: [.sec, .day])])[.wrong] == nil)
    }

    @Test("A file that versions before wrote to, which overwrote nothing, is written anew, and says the same")
    func olderFile() throws {
        let node = try Self.node(seed: 12)
        node.events.people = 5_000
        // As a version before had it: what is deleted stays in the file.
        try node.store.database.execute(
            """
            DROP TABLE people_seal; DROP TABLE people_seal_position; DROP TABLE people_month; DROP TABLE people_count;
            DROP TABLE people_late; DELETE FROM state WHERE key='peopleClean'; PRAGMA user_version=3
            """, during: .migrate)
        node.restartAggregator()
        try node.flush()
        try node.store.database.execute("PRAGMA secure_delete=OFF", during: .open)
        #expect(try node.store.peopleSeals() == [])
        let question = ReportQuestion(by: [.sec, .day, .link])
        try Self.live(node, days: 100, eventsPerDay: 30)
        let before = try node.storedPeople()
        node.restartAggregator()
        try node.flush()
        try node.sealPeople(retentionMonths: 2)
        let gone = Set(before.keys).subtracting(try node.storedPeople().keys)
        #expect(gone.count > 200)
        for file in try node.storeBytes() { #expect(!holds(file, any: gone)) }
        #expect(Set(try Self.standings(node.store, node, [question]).keys) == [.same])
    }

    /// True when eight bytes of a file, in either order, are one of these hashes.
    private func holds(_ file: [UInt8], any hashes: Set<UInt64>) -> Bool {
        var isFirst = [Bool](repeating: false, count: 1 << 16)
        for hash in hashes {
            isFirst[Int(hash >> 48)] = true
            isFirst[Int(hash.byteSwapped >> 48)] = true
        }
        var window: UInt64 = 0
        for byte in file {
            window = window << 8 | UInt64(byte)
            guard isFirst[Int(window >> 48)] else { continue }
            if hashes.contains(window) || hashes.contains(window.byteSwapped) { return true }
        }
        return false
    }

    @Test("Whichever step is the last, the sets or the counts answer, and the next process finishes")
    func anyStep() throws {
        let questions = try Self.questions().filter { $0.by.count < 3 }
        var stepsMax = 1
        while true {
            let node = try Self.node(seed: 9)
            try Self.live(node, days: 100, eventsPerDay: 4)
            var steps = 0
            try node.sealPeople(retentionMonths: 2, stepNanoseconds: 0) {
                steps += 1
                return steps <= stepsMax
            }
            node.restartAggregator()
            try node.flush()
            let cut = try Self.standings(node.store, node, questions)
            #expect(cut[.wrong] == nil, "after \(stepsMax) steps")
            try node.sealPeople(retentionMonths: 2)
            let done = try Self.standings(node.store, node, questions)
            #expect(done[.wrong] == nil && done[.unknown] ?? 0 > 0)
            #expect(try node.store.peopleSealedThrough() == 20_119)
            if steps <= stepsMax { break }
            stepsMax = stepsMax < 8 ? stepsMax + 3 : stepsMax * 3
        }
        #expect(stepsMax > 100)
    }

    @Test("Who comes too late for a count makes it a lower bound, and is nobody's in a sealed month")
    func late() throws {
        let node = try Self.node(seed: 10)
        try Self.live(node, days: 100)
        try node.sealPeople(retentionMonths: 1)
        // Another node's journal of February comes in.
        let february = Self.start + 40 * 24 * Self.hour
        var event = EventFacts(timeNanoseconds: february, kind: .open, outcome: .pixel, reason: 1)
        event.lateOrderTimeNanoseconds = node.now
        event.method = .get
        event.frozenClass = .human
        event.subject = EventSubject(keyID: 1, pseudonym: Bytes16(littleEndian: 0x1234_5678_9ABC_DEF0, 1))
        node.append(
            PayloadBuffer().write(event, [(.sec, "utc"), (.expId, "w2")]), orderTime: node.now, toShard: 0)
        node.settle()
        try node.flush()
        let month = ReportQuestion(
            sections: ["utc"], since: try Self.bound("2025-02-01"), until: try Self.bound("2025-03-01"), by: [.expId])
        let rows = try node.store.answer(month, sections: node.sections).rows
        let row = try #require(rows.first { $0.values[0].text == "w2" })
        let model = try #require(node.model.rows(month).first { $0.values[0].text == "w2" })
        #expect(row.opens.total == model.opens.total + 1)
        #expect(row.opens.unique == model.opens.unique && !row.uniqueComplete)
        // The other campaigns have what they had.
        #expect(rows.filter { $0.values[0].text != "w2" }.allSatisfy { $0.uniqueComplete })
        #expect(try node.storedPeople()[0x1234_5678_9ABC_DEF0] == nil)
    }

    @Test(
        "A rebuild has the same counts, whatever part of a sealed month the journal still holds",
        arguments: [20, 100, 400])
    func rebuilt(_ retentionDays: UInt64) throws {
        let node = try Self.node(seed: 11)
        try Self.live(node, days: 60, eventsPerDay: 40)
        try node.expire(retention: retentionDays * 24 * Self.hour)
        try Self.live(node, days: 60, eventsPerDay: 40)
        try node.sealPeople(retentionMonths: 2)
        try node.carrySealedPeople()
        try Self.live(node, days: 20, eventsPerDay: 40)
        try node.expire(retention: retentionDays * 24 * Self.hour)
        try node.carrySealedPeople()
        try node.end()
        let rebuilt = try node.rebuilt()
        _ = try node.sealPeople(in: rebuilt, retentionMonths: 2)
        for question in try Self.questions() {
            let (made, had) = (
                try rebuilt.answer(question, sections: node.sections).rows,
                try node.store.answer(question, sections: node.sections).rows
            )
            #expect(made == had, "\(question)")
        }
        #expect(try Self.standings(rebuilt, node, Self.questions())[.wrong] == nil)
        // Nobody of a sealed month is in the sealed figures, nor in what a rebuild makes of them.
        let sealed = try node.sealed()
        for store in [sealed, rebuilt, node.store] {
            #expect(try store.database.number("SELECT count(*) FROM leaf WHERE day < 20148", during: .read) == 0)
        }
    }
}
