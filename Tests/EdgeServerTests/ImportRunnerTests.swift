import Dispatch
import Engagement
import Journal
import LinuxSystem
import Settings
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("The running server imports one folder at a time, and ends when nobody waits")
struct ImportRunnerTests {
    private let folder: TemporaryFolder
    private let data: DataFolder
    private let runner: ImportRunner
    private let shard = ShardIdentity(node: 9, epoch: 1 << 16, shard: 0)

    /// A data folder, and another node's journal with two segments and a file that is none.
    init() throws {
        folder = try TemporaryFolder()
        data = DataFolder(path: folder.path + "/data")
        try Files.makeDirectories(data.journal)
        let writer = ShardWriter(shard: shard, journalFolder: folder.path + "/other/journal")
        for _ in 0..<2 {
            _ = writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: 10)
            writer.endRecord()
            writer.finish(nowNanoseconds: 1)
        }
        try write("x", to: folder.path + "/other/journal/notes")
        runner = ImportRunner(
            data, keyFolder: data.path + "/keys", minimumFree: ByteSize(bytes: 0), log: ServerLog(),
            writes: { _ in false })
    }

    private var source: String { folder.path + "/other" }
    private let ended = JournalImport.Options(takesOpen: true)

    private func run(_ reply: @escaping @Sendable (ControlReply) -> Void = { _ in }) throws -> ImportOutcome {
        try runner.run(source, options: ended, isGone: { false }, reply: reply)
    }

    @Test("Notes come while it goes on, then the numbers; a second time everything is here")
    func runs() throws {
        let notes = Mutex<[ControlReply]>([])
        let first = try run { reply in notes.withLock { $0.append(reply) } }
        #expect(first.end == .done && first.tally.takenSegments == 2 && first.tally.passedOverItems == 1)
        let isNamed = notes.withLock { notes in
            notes.contains { if case .note(let line) = $0 { line.contains("notes") } else { false } }
        }
        #expect(isNamed)
        let second = try run()
        #expect(second.tally.hereSegments == 2 && second.tally.takenRecords == 0)
    }

    /// Runs an import that waits in the middle of its work until `release` is called.
    private func held(_ body: (_ release: () -> Void) throws -> Void) throws -> ImportOutcome {
        let (reached, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let outcome = Mutex<ImportOutcome?>(nil)
        let thread = try SystemThread.start(name: "held") { [runner, source, ended] in
            let result = try? runner.run(source, options: ended, isGone: { false }) { reply in
                guard case .note = reply else { return }
                reached.signal()
                go.wait()
            }
            outcome.withLock { $0 = result }
        }
        reached.wait()
        try body { go.signal() }
        thread.join()
        return try #require(outcome.withLock { $0 })
    }

    @Test func aSecondOneIsRefusedByNameWhileOneIsOn() throws {
        let outcome = try held { release in
            #expect {
                try run()
            } throws: { error in
                "\(error)".contains("an import from \(source) is on already")
            }
            release()
        }
        #expect(outcome.end == .done && outcome.tally.takenSegments == 2)
        #expect(try run().tally.hereSegments == 2)
    }

    @Test func theServersEndEndsItAndRefusesFurtherOnes() throws {
        let stopping = EdgeError.refused(reason: "the server is stopping")
        let outcome = try held { release in
            let stopper = try SystemThread.start(name: "stopper") { [runner] in runner.stop() }
            // Until the runner has heard of it, another one is refused for another reason.
            try eventually("the runner has heard of its end") {
                do {
                    _ = try run()
                    Issue.record("a second import has begun")
                    return true
                } catch {
                    return error as? EdgeError == stopping
                }
            }
            release()
            stopper.join()
        }
        #expect(outcome.end == .stopped && outcome.tally.takenSegments == 0 && !outcome.reason.isEmpty)
        #expect(throws: stopping) { try run() }
    }

    @Test func aCommandThatIsGoneEndsItAndTheNextOneGoesOn() throws {
        let outcome = try runner.run(source, options: ended, isGone: { true }, reply: { _ in })
        #expect(outcome.end == .stopped && outcome.tally.takenSegments == 0)
        #expect(try run().tally.takenSegments == 2)
    }

    @Test("Each way to end early has its kind, and says what and what to do")
    func ends() {
        func check(_ error: ImportError, _ end: ImportOutcome.End, _ words: String...) {
            let outcome = ImportOutcome(tally: ImportTally(), after: error)
            #expect(outcome.end == end, "\(error)")
            for word in words { #expect(outcome.reason.contains(word), "\(outcome.reason)") }
        }
        check(.unreadable(.notFound(in: .opendir), path: "/in"), .noInput, "/in", "ENOENT", "give a data folder")
        check(.unreadable(SystemError(call: .opendir, errno: 13), path: "/in"), .noPermission, "/in", "account")
        check(.unreadable(.inputOutput(in: .opendir), path: "/in"), .inputOutput, "/in")
        check(.noSegment(folder: "/in"), .noInput, "/in: there is no segment")
        let full = JournalError.system(.noSpace(in: .pwrite), path: "/j/importing")
        check(.journal(full), .inputOutput, "ENOSPC", "free some space", "what was taken stays")
        let forbidden = JournalError.system(SystemError(call: .open, errno: 30), path: "/j")
        check(.journal(forbidden), .noPermission, "EROFS")
        check(.journal(.system(.inputOutput(in: .pwrite), path: "/j")), .inputOutput, "EIO", "check the disk")
        check(.stopped, .stopped, "import again")
    }

    @Test("Keys that differ are told, and those that can't be compared are not")
    func keys() throws {
        let (mine, other) = (folder.path + "/mine", folder.path + "/theirs")
        #expect(KeyFolder.difference(between: mine, and: other) == nil)
        _ = try KeyFolder.readOrMake(mine, journalIsEmpty: true)
        #expect(KeyFolder.difference(between: mine, and: other) == nil)
        _ = try KeyFolder.readOrMake(other, journalIsEmpty: true)
        let difference = try #require(KeyFolder.difference(between: mine, and: other))
        #expect(difference.contains(mine) && difference.contains(other) && difference.contains("key folder"))
        #expect(KeyFolder.difference(between: mine, and: mine) == nil)
        // The same root with a further event key is the same fleet.
        for name in try Files.list(other) { try Files.remove(other + "/" + name) }
        for name in try Files.list(mine) {
            let contents = try Files.readAll(mine + "/" + name, limitBytes: 4_096)
            try Files.replaceDurably(other + "/" + name, contents: contents.span, permissions: 0o600)
        }
        try KeyFolder.make(.event, id: 2, in: other)
        #expect(KeyFolder.difference(between: mine, and: other) == nil)
        try write("damaged", to: other + "/root.key")
        #expect(KeyFolder.difference(between: mine, and: other) == nil)
    }
}
