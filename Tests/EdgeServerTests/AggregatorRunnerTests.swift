import Bytes
import Campaigns
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings
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
        // Rules without windows: what is read is counted at once.
        let rules = rig.folder.path + "/no-rules"
        try Files.makeDirectory(rules)
        try write("{}", to: rules + "/none.json5")
        runner = try AggregatorRunner(
            try #require(
                readConfiguration("{ flushInterval: \"1 h\", rules: \"\(rules)\", sections: { \"1\": {} } }")),
            folder: data,
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

    /// Why something is refused; nothing when it isn't.
    private static func refusal(_ ask: () throws(EdgeError) -> Void) -> String {
        do throws(EdgeError) {
            try ask()
            return ""
        } catch {
            return "\(error)"
        }
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
        try runner.rebuild()
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
            let progress: @Sendable (UInt64, UInt64) -> Void = { [runner] _, _ in
                calls.add(1, ordering: .relaxed)
                runner.beginStopping()
            }
            try runner.rebuild(RebuildWatch(progress: progress))
            Issue.record("it went on to its end")
        } catch {
            #expect(error == .refused(reason: "the server is stopping"))
        }
        runner.stop()
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(try stores() == ["campaigns-1.sqlite"])
        #expect(try opens() == 6)
    }

    @Test("A rebuild that is called off leaves the old store alone, and the next one is taken")
    func calledOff() throws {
        try runner.start()
        try runner.flush()
        let calls = Atomic(0)
        #expect(throws: EdgeError.interrupted) {
            try runner.rebuild(
                RebuildWatch(
                    progress: { _, _ in calls.add(1, ordering: .relaxed) },
                    isCalledOff: { calls.load(ordering: .relaxed) == 1 }))
        }
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(try stores() == ["campaigns-1.sqlite"])
        #expect(try opens() == 6)
        try runner.rebuild()
        #expect(try stores() == ["campaigns-2.sqlite"])
        #expect(try opens() == 6)
        runner.stop()
    }

    @Test("While a rebuild is on, a second one and a flush are refused at once, and reports have the old figures")
    func during() throws {
        try runner.start()
        try runner.flush()
        let rebuilds = Mutex<[String]>([])
        let flushes = Mutex<[String]>([])
        let counted = Mutex<[UInt64]>([])
        let look: @Sendable (UInt64, UInt64) -> Void = { [runner, data] _, _ in
            rebuilds.withLock { $0.append(Self.refusal { () throws(EdgeError) in try runner.rebuild() }) }
            flushes.withLock { $0.append(Self.refusal { () throws(EdgeError) in try runner.flush() }) }
            let checkpoints = StoreFolder(data).storedCheckpoints() ?? []
            counted.withLock { $0.append(checkpoints.reduce(0) { $0 + $1.counted }) }
        }
        try runner.rebuild(RebuildWatch(progress: look))
        let during = counted.withLock { $0 }
        #expect(!during.isEmpty && during.allSatisfy { $0 == 6 })
        #expect(rebuilds.withLock { $0.allSatisfy { $0.contains("a rebuild is on already") } })
        #expect(flushes.withLock { $0.allSatisfy { $0.contains("figures stay as they were") } })
        try runner.flush()
        #expect(try opens() == 6)
        runner.stop()
    }

    @Test("A rebuild says what was counted and is damaged now, with its place and its number of events")
    func losses() throws {
        try runner.start()
        try runner.flush()
        let shard = rig.shard
        let segment = "\(data.journal)/\(shard.folder)/00000000000000000000"
        func flip(_ byte: Int) throws {
            var bytes = try Files.readAll(segment, limitBytes: 1 << 20)
            bytes[byte] ^= 1
            try Files.replaceDurably(segment, contents: bytes.span, permissions: 0o644)
        }
        let size = try Files.status(segment).sizeBytes
        try flip(8_192 + 40)
        let lines = Mutex<[String]>([])
        func rebuild() throws -> [String] {
            lines.withLock { $0.removeAll() }
            try runner.rebuild(RebuildWatch(onLoss: { line in lines.withLock { $0.append(line) } }))
            return lines.withLock { $0 }
        }
        let first = try rebuild()
        #expect(first.count == 2)
        #expect(first.first?.hasPrefix("\(segment): damaged at byte 8192, ") == true, "\(first)")
        #expect(first.last?.hasPrefix("\(shard): 1 event is counted no more") == true, "\(first)")
        #expect(try opens() == 5)
        // It is known now: the next one loses nothing.
        #expect(try rebuild() == [])
        // The last of six records of one size.
        try flip(Int(size) - 40)
        let second = try rebuild()
        #expect(
            second.count == 3 && second.last?.hasPrefix("\(shard): 1 event is counted no more") == true, "\(second)")
        #expect(second.last?.hasSuffix("; 1 of the records was damaged before") == true, "\(second)")
        #expect(try opens() == 4)
        try Files.rename(segment, to: data.path + "/away")
        let gone = try rebuild()
        #expect(
            gone == ["\(shard): the shard is missing, and the store counted 4 events of it: they are counted no more"])
        runner.stop()
    }

    @Test("A rule file that can't be read refuses a rebuild before anything is made")
    func badRules() throws {
        let folder = data.path + "/rules"
        try Files.makeDirectory(folder)
        try write("{}", to: folder + "/a.json5")
        let runner = try AggregatorRunner(
            try #require(
                readConfiguration("{ rules: \"\(folder)\", flushInterval: \"1 h\", sections: { \"1\": {} } }")),
            folder: data, node: EdgeRig.node, live: [admin.shard: admin.progress], closed: rig.closed, health: health,
            log: ServerLog())
        try runner.start()
        try runner.flush()
        try write("{ userAgents: [{", to: folder + "/a.json5")
        let asked = Atomic(0)
        #expect(throws: EdgeError.self) {
            try runner.rebuild(
                RebuildWatch(isCalledOff: {
                    asked.add(1, ordering: .relaxed)
                    return false
                }))
        }
        #expect(asked.load(ordering: .relaxed) == 0)
        #expect(try stores() == ["campaigns-1.sqlite"] && opens() == 6)
        runner.stop()
    }

    @Test("A rebuild that fails leaves the old store alone, and takes no room")
    func failedRebuild() throws {
        try runner.start()
        try runner.flush()
        // A file where an epoch's folder should be can't be read as one.
        let inTheWay = data.journal + "/0123456789abcdef-0000000000000003"
        try write("x", to: inTheWay)
        #expect(throws: EdgeError.self) { try runner.rebuild() }
        try Files.remove(inTheWay)
        #expect(try stores() == ["campaigns-1.sqlite"])
        try runner.flush()
        #expect(try opens() == 6)
        runner.stop()
    }

    @Test("A fact that is in the journal is no failure when the store can't count it now")
    func factWithoutStore() throws {
        // The store's link can't be made.
        try Files.makeDirectory(data.store)
        try runner.start()
        let keys = try KeyFolder.readOrMake(data.path + "/keys", journalIsEmpty: true)
        let commands = EdgeCommands(
            workers: [], adminJournal: admin,
            consent: try ConsentBook(
                data, keys: keys, journal: admin, onTrouble: { _ in }, onMissingList: { _ in }),
            synchronizer: rig.synchronizer, aggregator: runner,
            imports: ImportRunner(
                data, keyFolder: data.path + "/keys", minimumFree: ByteSize(bytes: 0), log: ServerLog(),
                writes: { _ in false }),
            eventKeys: EventKeyKeeper(
                folder: data.path + "/keys", keys: keys, retentionNanoseconds: 0, journal: admin, journaled: nil,
                health: EdgeHealth(), log: ServerLog()),
            forgetting: ForgettingDesk(Configuration(), folder: data, node: EdgeRig.node, live: rig.live))
        let now = SystemClock.realtimeNanoseconds()
        let record = SendsRecord(
            recordedNanoseconds: now, sentNanoseconds: now, sent: 5, selection: CampaignSelection(sec: "1"))
        var payload = ByteBuffer(capacity: SendsRecord.bytesMax)
        record.append(to: &payload)
        let replies = Mutex<[ControlReply]>([])
        let request = ControlRequest.record(kind: RecordKind.sends.rawValue, payloads: [payload.toArray()])
        commands.answer(request, isGone: { false }) { reply in
            replies.withLock { $0.append(reply) }
        }
        #expect(replies.withLock { $0.first } == .progress(counted: 1, of: 1))
        #expect(replies.withLock { $0.count } == 2)
        guard case .done = replies.withLock({ $0.last }) else {
            Issue.record("\(replies.withLock { $0 })")
            return
        }
        #expect(health.reasons.contains { $0.part == .store })
        runner.stop()
    }
}
