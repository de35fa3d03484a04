import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

/// The real files, with a test that looks on and can make them fail.
final class WatchedStorage: JournalStorage {
    /// Called before each write, with the bytes that will be in the file.
    let beforeWrite = Mutex<@Sendable ([UInt8]) -> Void>({ _ in })
    /// Writing, and making files, fails with this.
    let failure = Mutex<SystemError?>(nil)
    /// Syncing fails with this.
    let syncFailure = Mutex<SystemError?>(nil)
    /// Cutting files fails with this.
    let cutFailure = Mutex<SystemError?>(nil)
    private let files = LinuxStorage()

    func makeFolders(_ path: String) throws(SystemError) { try files.makeFolders(path) }
    func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        if let error = failure.withLock({ $0 }) { throw error }
        return WatchedFile(try files.createFile(path, replacing: replacing), self)
    }
    func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        try files.openFile(path, forWriting: forWriting)
    }
    func rename(_ path: String, to newPath: String) throws(SystemError) { try files.rename(path, to: newPath) }
    func kind(of path: String) throws(SystemError) -> FileStatus.Kind { try files.kind(of: path) }
    func linkFile(_ path: String, to newPath: String) throws(SystemError) { try files.linkFile(path, to: newPath) }
    func removeFile(_ path: String) throws(SystemError) { try files.removeFile(path) }
    func removeFolder(_ path: String) throws(SystemError) { try files.removeFolder(path) }
    func synchronizeFolder(_ path: String) throws(SystemError) { try files.synchronizeFolder(path) }
    func list(_ path: String) throws(SystemError) -> [String] { try files.list(path) }
    func random() throws(SystemError) -> UInt64 { try files.random() }
}

private final class WatchedFile: JournalFile {
    private let file: any JournalFile
    private let storage: WatchedStorage

    init(_ file: any JournalFile, _ storage: WatchedStorage) {
        self.file = file
        self.storage = storage
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        if let error = storage.failure.withLock({ $0 }) { throw error }
        let look = storage.beforeWrite.withLock { $0 }
        look(bytes.toArray())
        return try file.write(bytes, at: offset)
    }
    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        try file.read(into: &buffer, at: offset)
    }
    func expectOneReading() { file.expectOneReading() }
    func startWriteback(of range: Range<UInt64>) { file.startWriteback(of: range) }
    func synchronize() throws(SystemError) {
        if let error = storage.syncFailure.withLock({ $0 }) { throw error }
        try file.synchronize()
    }
    func truncate(to sizeBytes: UInt64) throws(SystemError) {
        if let error = storage.cutFailure.withLock({ $0 }) { throw error }
        try file.truncate(to: sizeBytes)
    }
    func stands(at path: String) throws(SystemError) -> Bool { try file.stands(at: path) }
    func sizeBytes() throws(SystemError) -> UInt64 { try file.sizeBytes() }
    func modifiedNanoseconds() throws(SystemError) -> UInt64 { try file.modifiedNanoseconds() }
}

private let click = browserRequest(
    "/tremclk?cuid=j%40m.example&sec=1&expId=7&targetUrl=https%3A%2F%2Fwww.shop.example%2Fcart")

@Suite("A response never leaves before its event is in the file")
struct RecordOrderTests {
    @Test("Nothing was sent when the event is written, and the answer came when it was")
    func writeThenSend() throws {
        let storage = WatchedStorage()
        let rig = try EdgeRig(storage: storage)
        let clients = try (0..<3).map { _ in try rig.connect() }
        try rig.turns()
        nonisolated(unsafe) let watched = clients
        let seen = Mutex<[String]>([])
        storage.beforeWrite.withLock {
            $0 = { bytes in
                guard bytes.count < SegmentFormatForTests.recordsOffset else { return }
                seen.withLock { seen in seen.append(unsafe watched.map { $0.receive() }.joined()) }
            }
        }
        for client in clients { client.send(click + click) }
        try rig.turns()
        #expect(seen.withLock { $0 } == [""], "one write, and nobody had an answer by then")
        for client in clients {
            let answers = client.receive()
            #expect(answers.components(of: "HTTP/1.1 302") == 2)
        }
        #expect(try rig.journaled().events.count == 6)
    }

    @Test("The event says what was asked and answered, and nothing of the person in clear")
    func whatIsRecorded() throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        _ = try rig.exchange(client, click)
        let event = try #require(try rig.journaled().events.first)
        #expect(event.view.timeNanoseconds == rig.time.realtimeNanoseconds)
        #expect(event.view.orderTimeNanoseconds == rig.time.realtimeNanoseconds)
        #expect(event.texts[.sec] == "1" && event.texts[.expId] == "7")
        #expect(event.texts[.target] == "https://www.shop.example/cart")
        #expect(event.location == "https://www.shop.example/cart")
        #expect(event.texts[.refererHost] == "mail.example")
        #expect(event.texts[.acceptLanguage] == "de-DE")
        #expect(event.texts[.cuid] == nil && event.view.subject != nil)
        #expect(event.view.address.map { "\($0)" } == "127.0.0.0/24")
        #expect(event.view.addressHash?.keyDay == 20_780)
        #expect(event.view.method == .get && event.view.httpVersion == 11)
    }

    @Test("An address that the end of an unusable target or of a label cuts in two is masked all the same")
    func anAddressThatIsCut() throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        let address = "user.name%40mail.example"
        var sent = 0
        for (field, name) in [(EventField.target, "targetUrl"), (.label, "tlink")] {
            for before in (field.limitBytes - 26)..<(field.limitBytes + 2) {
                let start = "/" + String(repeating: "x", count: before - 2) + "/"
                let value = start + address + "/" + String(repeating: "y", count: 400)
                _ = try rig.exchange(client, browserRequest("/tremclk?sec=1&expId=7&\(name)=\(value)"))
                sent += 1
                let event = try #require(try rig.journaled().events.last)
                let whole = start + "(email)/" + String(repeating: "y", count: 400)
                #expect(event.texts[field] == String(whole.prefix(field.limitBytes)))
                #expect(event.view.isCut(field))
            }
        }
        #expect(try rig.journaled().events.count == sent)
    }

    @Test("A clock that steps back makes events late, never out of order")
    func clockStepsBack() throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        _ = try rig.exchange(client, click)
        let floor = rig.time.realtimeNanoseconds
        rig.pass(seconds: -3_600)
        let early = rig.time.realtimeNanoseconds
        _ = try rig.exchange(client, click)
        rig.pass(seconds: 3_601)
        _ = try rig.exchange(client, click)
        let views = try rig.journaled().events.map(\.view)
        #expect(views.map(\.timeNanoseconds) == [floor, early, floor + 1_000_000_000])
        #expect(views.map(\.orderTimeNanoseconds) == [floor, floor, floor + 1_000_000_000])
        #expect(views.map { $0.flags.contains(.late) } == [false, true, false])
        #expect(rig.progress.snapshot().holdsNothingBeforeNanoseconds == floor + 1_000_000_000)
    }

    @Test("An event behind a closed window is late")
    func behindAClosedWindow() throws {
        let rig = try EdgeRig()
        let watermark = rig.time.realtimeNanoseconds + 5_000_000_000
        rig.closed.advance(to: watermark)
        rig.closed.advance(to: watermark - 1)
        _ = try rig.exchange(try rig.connect(), click)
        let view = try #require(try rig.journaled().events.first).view
        #expect(view.orderTimeNanoseconds == watermark && view.flags.contains(.late))
    }
}

@Suite("A journal that fails keeps nobody waiting")
struct FailingJournalTests {
    @Test("Redirects go on, events wait, and are written when the disk has room again")
    func waiting() throws {
        let storage = WatchedStorage()
        let rig = try EdgeRig(storage: storage)
        let client = try rig.connect()
        #expect(try rig.exchange(client, click).hasPrefix("HTTP/1.1 302"))
        storage.failure.withLock { $0 = .noSpace(in: .pwrite) }
        for _ in 0..<3 {
            #expect(try rig.exchange(client, click).hasPrefix("HTTP/1.1 302"))
        }
        #expect(rig.progress.snapshot().waitingEvents == 3 && rig.progress.snapshot().isFailing)
        #expect(try rig.journaled().events.count == 1)
        #expect(rig.progress.snapshot().holdsNothingBeforeNanoseconds == rig.time.realtimeNanoseconds)

        storage.failure.withLock { $0 = nil }
        rig.pass(seconds: 1)
        try rig.turns()
        #expect(rig.progress.snapshot().waitingEvents == 0 && !rig.progress.snapshot().isFailing)
        #expect(try rig.journaled().events.count == 4)
        #expect(rig.progress.snapshot().holdsNothingBeforeNanoseconds == rig.time.realtimeNanoseconds)
    }

    @Test("What finds no room to wait is counted and stands in a gap, and is answered all the same")
    func lost() throws {
        let storage = WatchedStorage()
        storage.failure.withLock { $0 = .inputOutput(in: .pwrite) }
        let rig = try EdgeRig(storage: storage, limits: JournalLimits(waitingLimitBytes: 1))
        let client = try rig.connect()
        var answered: UInt64 = 0
        while rig.counters.value(.eventNotRecorded) < 5 {
            #expect(try rig.exchange(client, click + click + click).components(of: "HTTP/1.1 302") == 3)
            answered += 3
            try #require(answered < 100_000)
        }
        let snapshot = rig.progress.snapshot()
        #expect(snapshot.lostEvents == rig.counters.value(.eventNotRecorded))
        #expect(snapshot.waitingEvents + snapshot.lostEvents == answered)
        #expect(rig.counters.value(.clickRedirected) == answered)

        storage.failure.withLock { $0 = nil }
        rig.pass(seconds: 1)
        try rig.turns()
        let (events, gaps) = try rig.journaled()
        #expect(UInt64(events.count) == snapshot.waitingEvents)
        #expect(gaps.map(\.lostEvents) == [snapshot.lostEvents])
        #expect(gaps.first?.firstNanoseconds == rig.time.realtimeNanoseconds - 1_000_000_000)
        #expect(rig.progress.snapshot().unwrittenLostEvents == 0)
        #expect(try rig.exchange(client, click).hasPrefix("HTTP/1.1 302"))
        #expect(try rig.journaled().events.count == events.count + 1)
    }
}

/// What tells the write of a segment's header from that of records: it is longer than a few clicks.
private enum SegmentFormatForTests {
    static let recordsOffset = 8_192
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(of text: String) -> Int {
        var count = 0
        var rest = self[...]
        while let found = rest.firstRange(of: text) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
