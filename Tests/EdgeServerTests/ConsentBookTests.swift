import Bytes
import Engagement
import Journal
import LinuxSystem
import Settings
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Statuses are on the disk before they are in force, and there again after a restart")
struct ConsentBookTests {
    private let temporary: TemporaryFolder
    private let folder: DataFolder
    private let keys: KeySet
    private let configuration: Configuration

    init() throws {
        temporary = try TemporaryFolder()
        folder = DataFolder(path: temporary.path + "/data")
        try Files.makeDirectories(folder.journal)
        keys = try KeyFolder.readOrMake(folder.path + "/keys", journalIsEmpty: true)
        let text = """
            { data: "\(folder.path)", sections: { "1": { consent: "honourOptOut" }, "2": { identifier: "phone" } } }
            """
        configuration = try #require(readConfiguration(text))
    }

    /// A process: its book, and its own shard of facts.
    private func book(epoch: UInt64, missing: (EdgeError) -> Void = { Issue.record($0) }) throws -> ConsentBook {
        let journal = AdminJournal(
            shard: ShardIdentity(node: 1, epoch: epoch, shard: ShardIdentity.adminShard),
            journalFolder: folder.journal, limits: JournalLimits(), closed: ClosedWatermark(),
            synchronizer: JournalSynchronizer())
        return try ConsentBook(
            folder, keys: keys, journal: journal, onTrouble: { Issue.record("\($0)") }, onMissingList: missing)
    }

    private func person(_ name: String, in section: String = "1") throws -> Bytes16 {
        let section = try #require(configuration.section(section))
        let address = Array("\(name)@mail.example".utf8)
        let found = try PersonFinder(configuration, section: section).person(address.span)
        return try #require(found)
    }

    private func say(_ book: ConsentBook, _ name: String, _ status: ConsentStatus) throws {
        let outcome = book.record([
            ConsentBook.Statement(section: "1", person: try person(name), status: status, source: .event)
        ])
        #expect(outcome.recorded == 1 && outcome.failure == nil)
    }

    private func list(_ names: [String]) throws -> Bytes16 {
        let people = try names.map { ConsentKey(try person($0)) }.sorted()
        return try ConsentListFile(folder: folder.consent).write(
            people.span, keyMark: keys.personKey(section: "1".utf8.span).mark)
    }

    private func statuses(_ book: ConsentBook, _ names: String...) throws -> [ConsentStatus?] {
        try names.map { book.status(of: try person($0), in: "1") }
    }

    @Test("The last word holds, in this process and in the next")
    func words() throws {
        let first = try book(epoch: 1)
        try say(first, "ann", .optedOut)
        try say(first, "bob", .optedOut)
        try say(first, "bob", .optedIn)
        #expect(try statuses(first, "ann", "bob", "cy") == [.optedOut, .optedIn, nil])
        #expect(first.status(of: try person("ann"), in: "2") == nil, "another section has its own")
        let second = try book(epoch: 2)
        #expect(try statuses(second, "ann", "bob", "cy") == [.optedOut, .optedIn, nil])
        try say(second, "ann", .optedIn)
        #expect(try statuses(try book(epoch: 3), "ann", "bob") == [.optedIn, .optedIn])
    }

    @Test("Thousands of words, more than a table had room for")
    func growth() throws {
        let first = try book(epoch: 1)
        let names = (0..<300).map { "p\($0)" }
        let statements = try names.enumerated().map { index, name in
            ConsentBook.Statement(
                section: "1", person: try person(name), status: index % 3 == 0 ? .optedOut : .optedIn,
                source: .command)
        }
        #expect(first.record(statements).recorded == 300)
        for book in [first, try book(epoch: 2)] {
            for (index, name) in names.enumerated() {
                #expect(try statuses(book, name) == [index % 3 == 0 ? .optedOut : .optedIn])
            }
        }
    }

    @Test("A list opts in whoever it names and everybody else out, but for words behind its time")
    func lists() throws {
        let first = try book(epoch: 1)
        try say(first, "ann", .optedOut)
        try say(first, "bob", .optedIn)
        let time = SystemClock.realtimeNanoseconds()
        try say(first, "cy", .optedOut)
        try say(first, "dee", .optedIn)
        // Exported before cy and dee said anything, imported now.
        try first.use(try list(["ann", "cy", "eve"]), people: 3, of: "1", effectiveNanoseconds: time)
        let expected: [ConsentStatus?] = [.optedIn, .optedOut, .optedOut, .optedIn, .optedIn, .optedOut]
        #expect(try statuses(first, "ann", "bob", "cy", "dee", "eve", "fay") == expected)
        #expect(try statuses(try book(epoch: 2), "ann", "bob", "cy", "dee", "eve", "fay") == expected)
        // An older one changes nothing.
        let older = try list(["bob"])
        #expect(throws: EdgeError.self) {
            try first.use(older, people: 1, of: "1", effectiveNanoseconds: time - 1)
        }
        // One of a time to come would make words until then count for nothing.
        #expect(throws: EdgeError.self) {
            try first.use(older, people: 1, of: "1", effectiveNanoseconds: .max / 2)
        }
        #expect(try statuses(first, "ann", "bob", "cy", "dee", "eve", "fay") == expected)
        // A newer one holds, over what was said before it.
        try first.use(
            try list(["bob"]), people: 1, of: "1", effectiveNanoseconds: SystemClock.realtimeNanoseconds())
        let last: [ConsentStatus?] = [.optedOut, .optedIn, .optedOut, .optedOut]
        #expect(try statuses(first, "ann", "bob", "cy", "dee") == last)
        #expect(try statuses(try book(epoch: 3), "ann", "bob", "cy", "dee") == last)
    }

    @Test("A list that is missing or damaged opts nobody in, and the server starts")
    func missing() throws {
        let digest = try list(["ann", "bob"])
        let first = try book(epoch: 1)
        try first.use(digest, people: 2, of: "1", effectiveNanoseconds: SystemClock.realtimeNanoseconds())
        try say(first, "cy", .optedIn)
        let path = ConsentListFile(folder: folder.consent).path(digest)
        var bytes = try Files.readAll(path, limitBytes: 1_000)
        bytes[40] ^= 1
        for damage in [bytes, Array(bytes.dropLast(3)), [1, 2, 3], nil] {
            try Files.remove(path)
            if let damage { try Files.replaceDurably(path, contents: damage.span) }
            var troubles = 0
            let next = try book(epoch: 2) { _ in troubles += 1 }
            #expect(troubles == 1)
            #expect(try statuses(next, "ann", "bob", "cy") == [.optedOut, .optedOut, .optedIn])
            if damage == nil { try Files.replaceDurably(path, contents: [0].span) }
        }
    }

    @Test("An import takes people of the section's kind, once each, and removes what nobody names")
    func imports() throws {
        _ = try book(epoch: 1)
        let section = try #require(configuration.section("1"))
        func take(_ names: [String]) throws -> ConsentImport.Outcome {
            var people = try ConsentImport(configuration, section: section, expected: 2)
            for name in names {
                let identifier = Array(name.utf8)
                #expect(people.take(identifier.span) == name.contains("@"), "\(name)")
            }
            return try people.finish(effectiveNanoseconds: SystemClock.realtimeNanoseconds())
        }
        let left = folder.consent + "/1234.new"
        try Files.makeDirectories(folder.consent)
        try Files.replaceDurably(left, contents: [1].span)
        let outcome = try take([" Ann@mail.example ", "ann@MAIL.example", "bob@mail.example", "", "nobody"])
        #expect(outcome == ConsentImport.Outcome(people: 2, repeated: 1, way: .folder))
        _ = try take(["cy@mail.example"])
        #expect(try Files.list(folder.consent).count == 1)
        let next = try book(epoch: 9)
        #expect(try statuses(next, "ann", "bob", "cy") == [.optedOut, .optedOut, .optedIn])
        #expect(next.standings.map(\.people) == [1])
    }

    @Test("A disk that takes nothing leaves everything as it was")
    func fullDisk() throws {
        let storage = WatchedStorage()
        let journal = AdminJournal(
            shard: ShardIdentity(node: 1, epoch: 1, shard: ShardIdentity.adminShard), journalFolder: folder.journal,
            limits: JournalLimits(), closed: ClosedWatermark(), synchronizer: JournalSynchronizer(), storage: storage)
        let book = try ConsentBook(
            folder, keys: keys, journal: journal, onTrouble: { _ in }, onMissingList: { _ in })
        try say(book, "ann", .optedIn)
        storage.failure.withLock { $0 = SystemError(call: .write, errno: 28) }
        let outcome = book.record([
            ConsentBook.Statement(section: "1", person: try person("ann"), status: .optedOut, source: .event)
        ])
        #expect(outcome.recorded == 0 && outcome.failure != nil)
        #expect(try statuses(book, "ann") == [.optedIn])
        let list = try list(["bob"])
        #expect(throws: EdgeError.self) {
            try book.use(list, people: 1, of: "1", effectiveNanoseconds: SystemClock.realtimeNanoseconds())
        }
        #expect(try statuses(book, "ann", "bob") == [.optedIn, nil])
    }
}
