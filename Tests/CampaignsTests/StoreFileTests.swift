import Simulation
import Foundation
import Journal
import Testing
import TestSupport

@testable import Campaigns

@Suite("A store's file changes whole or not at all")
struct StoreFileTests {
    @Test("A store says whether it may have written: what changes its files while it only looks is something else")
    func writes() throws {
        let node = try TestNode(seed: 72, shards: 1, sections: try testSections())
        try node.append(toShard: 0)
        node.settle()
        let before = node.store.writeCount
        try node.flush()
        let committed = node.store.writeCount
        #expect(committed != before)
        _ = try node.store.checkpoints()
        _ = try node.store.peopleSealedThrough()
        _ = try node.store.sends()
        #expect(node.store.writeCount == committed)
        try node.store.shrinkLog()
        #expect(node.store.writeCount != committed)
    }

    @Test("A commit that fails changes nothing, and the same events are counted by the next try")
    func failedCommit() throws {
        let node = try TestNode(seed: 71, shards: 1, sections: try testSections())
        for _ in 0..<50 {
            node.pass(nanoseconds: 1_000_000_000)
            try node.append(toShard: 0)
        }
        node.settle()
        try node.flush()
        let before = try node.store.answer(ReportQuestion(by: [.sec]), sections: node.sections)
        for _ in 0..<50 {
            node.pass(nanoseconds: 1_000_000_000)
            try node.append(toShard: 0)
        }
        node.settle()
        // Another connection holds the write lock, as a copying tool would.
        let other = try SQLiteDatabase(file: node.folder.path + "/store.sqlite", access: .readWrite)
        try node.store.database.execute("PRAGMA busy_timeout=0", during: .open)
        try other.execute("BEGIN IMMEDIATE", during: .open)
        #expect(throws: AggregatorError.self) { try node.flush() }
        let during = try node.store.answer(ReportQuestion(by: [.sec]), sections: node.sections)
        #expect(during == before)
        try other.execute("ROLLBACK", during: .open)
        node.restartAggregator()
        while try node.flush().hasMore {}
        let question = ReportQuestion(by: [.sec])
        let after = try node.store.answer(question, sections: node.sections)
        #expect(after.rows == node.model.rows(question))
        #expect(after.accounting.journaled == 100)
    }

    @Test("A commit cut off in the middle leaves the store as it was, with the same numbers to give")
    func interruptedCommit() throws {
        let node = try TestNode(seed: 72, shards: 1, sections: try testSections())
        try node.append(toShard: 0)
        node.settle()
        try node.flush()
        // The table that a commit writes last is gone: everything before it is taken back.
        try node.store.database.execute("ALTER TABLE state RENAME TO hidden", during: .commit)
        for _ in 0..<40 {
            node.pass(nanoseconds: 1_000_000_000)
            try node.append(toShard: 0)
        }
        node.settle()
        #expect(throws: AggregatorError.self) { try node.flush() }
        try node.store.database.execute("ALTER TABLE hidden RENAME TO state", during: .commit)
        #expect(try node.store.checkpoints().map(\.counted) + [0] != [41, 0])
        node.restartAggregator()
        while try node.flush().hasMore {}
        for by in [[ReportColumn.sec], [.expId, .expVer, .va], [.mech], [.host]] {
            let question = ReportQuestion(by: by)
            let answer = try node.store.answer(question, sections: node.sections)
            #expect(answer.rows == node.model.rows(question))
        }
    }

    @Test("A reader beside the writer sees one commit or the next, never half of one")
    func readerBesideWriter() throws {
        let node = try TestNode(seed: 73, shards: 1, sections: try testSections())
        for round in 1...5 {
            for _ in 0..<20 {
                node.pass(nanoseconds: 1_000_000_000)
                try node.append(toShard: 0)
            }
            node.settle()
            while try node.flush().hasMore {}
            let reader = try SQLiteCampaignStore(reading: node.folder.path + "/store.sqlite")
            let answer = try reader.answer(ReportQuestion(), sections: node.sections)
            #expect(answer.rows == node.model.rows(ReportQuestion()))
            #expect(answer.accounting.journaled == UInt64(round * 20))
        }
    }

    @Test("A copy without its log, in a folder that nobody may write, is read through a link")
    func readOnlyCopy() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/campaigns-1.sqlite"
        do {
            let store = try SQLiteCampaignStore(writing: file)
            try store.commit(FigureBatch(vocabulary: FigureVocabulary()))
            try store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)", during: .checkpoint)
        }
        for log in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + log) }
        let link = folder.path + "/campaigns.sqlite"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "campaigns-1.sqlite")
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
        let store = try SQLiteCampaignStore(reading: link)
        let answer = try store.answer(ReportQuestion(), sections: SectionDirectory())
        #expect(answer.rows.count == 1)
    }

    @Test("There is nothing to read before the first commit, and the message says what to do")
    func missing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/campaigns.sqlite"
        let error = #expect(throws: StoreError.self) { try SQLiteCampaignStore(reading: path) }
        #expect(error == .missing(file: path))
        #expect("\(try #require(error))".contains("tremolo serve"))
    }

    @Test("A file of a newer program is refused by name, and left alone")
    func newer() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/campaigns.sqlite"
        try SQLiteDatabase(file: path, access: .readWrite).execute("PRAGMA user_version=99", during: .open)
        #expect(throws: StoreError.newerFormat(file: path, version: 99)) { try SQLiteCampaignStore(writing: path) }
        #expect(throws: StoreError.newerFormat(file: path, version: 99)) { try SQLiteCampaignStore(reading: path) }
    }

    @Test("A file that is no database is refused with what to do about it")
    func noDatabase() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/campaigns.sqlite"
        try Data("this is a text, and long enough to be looked at as a database".utf8)
            .write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StoreError.self) { try SQLiteCampaignStore(writing: path) }
        #expect("\(try #require(error))".contains("tremolo rebuild"))
    }

    @Test("A text in place of the file is found under a log that hides it")
    func textUnderLog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/campaigns.sqlite"
        let open = try SQLiteCampaignStore(writing: path)
        try open.commit(FigureBatch(vocabulary: FigureVocabulary()))
        #expect(try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int != 0)
        for text in ["hello", String(repeating: "x", count: 9_000)] {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(text.utf8))
            let expected = StoreError.damaged(file: path, what: "it does not begin as a database")
            #expect(throws: expected) { try SQLiteCampaignStore(reading: path) }
            #expect(throws: expected) { try SQLiteCampaignStore(writing: path) }
        }
        try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 0)
        let empty = StoreError.damaged(file: path, what: "the file is empty, and its log is not")
        #expect(throws: empty) { try SQLiteCampaignStore(reading: path) }
        #expect(throws: empty) { try SQLiteCampaignStore(writing: path) }
        open.leaveLog()
    }

    @Test("Another program's database is not written into")
    func foreign() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/campaigns.sqlite"
        try SQLiteDatabase(file: path, access: .readWrite).execute("CREATE TABLE theirs (a)", during: .open)
        let expected = StoreError.damaged(file: path, what: "it is the database of another program")
        #expect(throws: expected) { try SQLiteCampaignStore(writing: path) }
        #expect(throws: expected) { try SQLiteCampaignStore(reading: path) }
        let tables = try SQLiteDatabase(file: path, access: .readOnly)
            .number("SELECT count(*) FROM sqlite_schema", during: .read)
        #expect(tables == 1)
    }

    @Test("A log that something has written to is not brought into the file: the last whole commit is found again")
    func damagedLog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/campaigns.sqlite"
        do {
            let store = try SQLiteCampaignStore(writing: path)
            var batch = FigureBatch(vocabulary: FigureVocabulary())
            batch.watermarks = [7: 1]
            try store.commit(batch)
            try store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)", during: .checkpoint)
            batch.watermarks = [7: 2]
            try store.commit(batch)
            let log = try FileHandle(forUpdating: URL(fileURLWithPath: path + "-wal"))
            let size = try log.seekToEnd()
            #expect(size > 0)
            try log.seek(toOffset: 0)
            try log.write(contentsOf: Data(repeating: 0xA5, count: Int(size)))
            store.leaveLog()
        }
        let again = try SQLiteCampaignStore(writing: path)
        #expect(try again.watermarks() == [7: 1])
        #expect(try again.problems() == [])
    }

    @Test("A figure that was changed behind its back, and a page that was, are found")
    func problems() throws {
        let node = try TestNode(seed: 77, shards: 1, sections: try testSections())
        for _ in 0..<50 {
            node.pass(nanoseconds: 1_000_000_000)
            try node.append(toShard: 0)
        }
        node.settle()
        while try node.flush().hasMore {}
        #expect(try node.store.problems() == [])
        try node.store.database.execute(
            "UPDATE rollup SET total=total+1 WHERE hour=(SELECT min(hour) FROM rollup)", during: .commit)
        let problems = try node.store.problems()
        #expect(problems.count == 1 && problems[0].contains("events are counted, and the figures of them add up to"))
    }

    @Test("Figures keep the basis that they were made on")
    func basis() throws {
        let node = try TestNode(seed: 74, shards: 1, sections: try testSections())
        try node.append(toShard: 0)
        node.settle()
        try node.flush()
        let first = try #require(try node.store.basis())
        #expect(first.contains("Europe/Berlin"))
        #expect(first.contains("built-in"))
        var batch = FigureBatch(vocabulary: FigureVocabulary(generation: 9))
        batch.basis = "other rules"
        try node.store.commit(batch)
        #expect(try node.store.basis() == first)
    }
}

@Suite("A question says what it means or is refused")
struct ReportQuestionTests {
    /// A list of columns and why it is refused.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let list: String
        let error: ReportError
        var testDescription: String { list }
    }

    static let refusals = [
        Refusal(list: "client,hour", error: .notKept([.client, .hour])),
        Refusal(list: "host,link", error: .notKept([.host, .link])),
        Refusal(list: "sec,client,device", error: .notKept([.client, .device])),
        Refusal(list: "mech,repair", error: .notKept([.repair, .mech])),
        Refusal(list: "expid", error: .unknownColumn("expid", nearest: .expId)),
        Refusal(list: "days", error: .unknownColumn("days", nearest: .day)),
        Refusal(list: "something-else", error: .unknownColumn("something-else", nearest: nil)),
        Refusal(list: "sec,day,sec", error: .repeatedColumn(.sec)),
        Refusal(list: "", error: .emptyColumn), Refusal(list: "sec,,expId", error: .emptyColumn),
        Refusal(list: "sec,", error: .emptyColumn), Refusal(list: " ", error: .emptyColumn),
    ]

    @Test("Columns that are refused", arguments: refusals)
    func refused(refusal: Refusal) {
        #expect(throws: refusal.error) {
            try ReportQuestion(by: try ReportColumn.list(refusal.list)).requireKept()
        }
    }

    @Test("Each facet stands beside the columns it is kept with")
    func facetsBeside() throws {
        for facet in ReportColumn.allCases where facet.isFacet {
            try ReportQuestion(by: [.sec, .day, .expId, .expVer, .va, .kind, .class, facet]).requireKept()
        }
        #expect(try ReportColumn.list("sec, day,expId") == [.sec, .day, .expId])
    }

    @Test("A facet is not known for part of a day, and the message says what to ask instead")
    func facetWithinDay() throws {
        let node = try TestNode(seed: 75, shards: 1, sections: try testSections())
        try node.append(toShard: 0)
        node.settle()
        try node.flush()
        let noon = ReportBound.instant(nanoseconds: 1_774_699_200_000_000_001)
        let error = #expect(throws: ReportError.self) {
            try node.store.answer(ReportQuestion(since: noon, by: [.client]), sections: node.sections)
        }
        #expect(error == .notKeptWithinDay(.client))
        #expect("\(try #require(error))".contains("--from journal"))
    }

    @Test(
        "Times as people write them",
        arguments: [
            ("2026-11-23T10:00:00Z", ReportBound.instant(nanoseconds: 1_795_428_000_000_000_000)),
            ("7d", .daysBefore(days: 7, nowNanoseconds: 1_000_000_000_000_000)),
            ("24h", .hoursBefore(hours: 24, nowNanoseconds: 1_000_000_000_000_000)),
        ])
    func times(text: String, bound: ReportBound) throws {
        #expect(try ReportBound.read(text, as: .since, nowNanoseconds: 1_000_000_000_000_000) == bound)
    }

    @Test(
        "What is no time is refused, and the message names the flag",
        arguments: ["", "d", "-3d", "30m", "yesterday", "2026-02-30", "2026-11-23T25:00:00Z"])
    func noTimes(text: String) throws {
        let error = #expect(throws: ReportError.self) {
            try ReportBound.read(text, as: .until, nowNanoseconds: 0)
        }
        #expect(error == .unreadableTime(.until, text))
        #expect("\(try #require(error))".hasPrefix("--until: '\(text)' is no time: "))
    }
}
