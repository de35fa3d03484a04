import Bytes
import Campaigns
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("The aggregator's thread counts on, whatever becomes of its store")
struct AggregatorRunnerTests {
    private let rig: EdgeRig
    private let data: DataFolder
    private let admin: AdminJournal
    private let runner: AggregatorRunner
    private let health = EdgeHealth()

    /// The runner counts a shard whose writer it does not know, six opens long, two records a commit.
    init() throws {
        rig = try EdgeRig()
        data = DataFolder(path: rig.folder.path)
        let client = try rig.connect()
        for _ in 0..<6 { _ = try rig.exchange(client, browserRequest("/tremop?sec=1&cuid=j%40m.example")) }
        admin = AdminJournal(
            shard: ShardIdentity(node: EdgeRig.node, epoch: 2, shard: ShardIdentity.adminShard),
            journalFolder: data.journal, limits: JournalLimits(), closed: rig.closed, synchronizer: rig.synchronizer)
        admin.tick(nowNanoseconds: rig.time.realtimeNanoseconds + 1)
        rig.synchronizer.syncNow()
        runner = try AggregatorRunner(
            try #require(readConfiguration("{ flushInterval: \"1 h\", sections: { \"1\": {} } }")), folder: data,
            node: EdgeRig.node, live: [admin.shard: admin.progress], closed: rig.closed, health: health,
            log: ServerLog(), limits: FigureLimits(recordsPerCommitMax: 2))
    }

    private func opens() throws -> UInt64 {
        let answer = try StoreFolder(data).openForReading().answer(
            ReportQuestion(by: []), sections: SectionDirectory(["1": SectionDirectory.Facts()]))
        return answer.rows.first?.opens.total ?? 0
    }

    private func stores() throws -> [String] {
        try Files.list(data.path).filter { $0.hasPrefix("campaigns-") && $0.hasSuffix(".sqlite") }
    }

    private func removeStore() throws {
        for name in try Files.list(data.path) where name.hasPrefix("campaigns") {
            try Files.remove("\(data.path)/\(name)")
        }
    }

    @Test("A store that is deleted beside it is made again from the journal, by the next flush and by a rebuild")
    func deleted() throws {
        try runner.start()
        try runner.flush()
        #expect(try opens() == 6)
        for _ in 0..<2 {
            try removeStore()
            try runner.flush()
            #expect(try opens() == 6)
            #expect(try stores() == ["campaigns-1.sqlite"])
        }
        try removeStore()
        try runner.rebuild { _, _ in }
        #expect(try opens() == 6)
        runner.stop()
        #expect(try opens() == 6)
        #expect(health.reasons.allSatisfy { $0.part != .store })
    }

    @Test("A rebuild ends when the server stops, is refused, and leaves the old store alone")
    func stopDuringRebuild() throws {
        try runner.start()
        try runner.flush()
        let calls = Atomic(0)
        do throws(EdgeError) {
            try runner.rebuild { [runner] _, _ in
                calls.add(1, ordering: .relaxed)
                runner.beginStopping()
            }
            Issue.record("it went on to its end")
        } catch {
            #expect(error == .refused(reason: "the server is stopping"))
        }
        runner.stop()
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(try stores() == ["campaigns-1.sqlite"])
        #expect(try opens() == 6)
    }

    @Test("A rebuild that fails leaves the old store alone, and takes no room")
    func failedRebuild() throws {
        try runner.start()
        try runner.flush()
        // A file where an epoch's folder should be can't be read as one.
        let inTheWay = data.journal + "/0123456789abcdef-0000000000000003"
        try write("x", to: inTheWay)
        #expect(throws: EdgeError.self) { try runner.rebuild { _, _ in } }
        try Files.remove(inTheWay)
        #expect(try stores() == ["campaigns-1.sqlite"])
        try runner.flush()
        #expect(try opens() == 6)
        runner.stop()
    }

    @Test("A fact that is in the journal is no failure when the store can't count it now")
    func factWithoutStore() throws {
        // No file of the store can be removed or made.
        try Files.makeDirectories(data.path + "/campaigns-1.sqlite/in/the/way")
        try runner.start()
        let commands = EdgeCommands(
            workers: [], adminJournal: admin, synchronizer: rig.synchronizer, aggregator: runner,
            imports: ImportRunner(data, keyFolder: data.path + "/keys", log: ServerLog(), writes: { _ in false }))
        let now = SystemClock.realtimeNanoseconds()
        let record = SendsRecord(
            recordedNanoseconds: now, sentNanoseconds: now, sent: 5, selection: CampaignSelection(sec: "1"))
        var payload = ByteBuffer(capacity: SendsRecord.bytesMax)
        record.append(to: &payload)
        let replies = Mutex<[ControlReply]>([])
        let request = ControlRequest.record(kind: RecordKind.sends.rawValue, payload: payload.toArray())
        commands.answer(request, isGone: { false }) { reply in
            replies.withLock { $0.append(reply) }
        }
        #expect(replies.withLock { $0.count } == 1)
        guard case .done = replies.withLock({ $0.last }) else {
            Issue.record("\(replies.withLock { $0 })")
            return
        }
        #expect(health.reasons.contains { $0.part == .store })
        runner.stop()
    }
}
