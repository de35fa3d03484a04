import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
import Settings
import Simulation
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Retention deletes what every store has counted, and says what it can't")
struct RetentionTests {
    static let sections = SectionDirectory([
        "berlin": SectionDirectory.Facts(), "york": SectionDirectory.Facts(), "utc": SectionDirectory.Facts(),
    ])
    static let eventCount = 400
    let folder: TemporaryFolder
    let data: DataFolder
    let health = EdgeHealth()
    let closed = ClosedWatermark()
    let synchronizer = JournalSynchronizer()
    let shard = ShardIdentity(node: EdgeRig.node, epoch: 1, shard: 0)
    /// How far a second store is; nil when there is none.
    let other = SharedPosition()

    final class SharedPosition: Sendable {
        let next = Mutex<UInt64?>(nil)
    }

    /// A journal of a process that ended long ago: one shard, a day of events in small segments.
    init() throws {
        folder = try TemporaryFolder()
        data = DataFolder(path: folder.path)
        try NodeFile.write(EdgeRig.node, to: data.node)
        var events = RandomEvents(seed: 5, sections: Self.sections)
        let writer = ShardWriter(
            shard: shard, journalFolder: data.journal, limits: JournalLimits(segmentBytes: 14_000))
        for index in 0..<Self.eventCount {
            let time = 1_774_700_000_000_000_000 + UInt64(index) * 200_000_000_000
            let payload = events.next(time: time, lateUnder: nil).payload
            try #require(writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: payload.count))
            writer.appendPayload { $0.append(payload.span) }
            writer.endRecord(orderNanoseconds: time)
            try #require(writer.commit(nowNanoseconds: time) == .written)
        }
        try #require(segments().count > 5)
    }

    func segments() throws -> [UInt64] {
        try JournalDirectory.scan(data.journal).first { $0.identity == shard }?.segments ?? []
    }

    func runner(_ settings: String = "retention: \"1 h\", segmentAge: \"1 min\"") throws -> AggregatorRunner {
        let configuration = try #require(
            readConfiguration(
                "{ flushInterval: \"1 h\", journal: { minimumFree: \"0 B\", \(settings) }, "
                    + "sections: { berlin: {}, york: {}, utc: {} } }"))
        let admin = AdminJournal(
            shard: ShardIdentity(node: EdgeRig.node, epoch: 2, shard: ShardIdentity.adminShard),
            journalFolder: data.journal, limits: JournalLimits(), closed: closed, synchronizer: synchronizer)
        // It holds no window open.
        admin.tick(nowNanoseconds: SystemClock.realtimeNanoseconds())
        synchronizer.syncNow()
        let shard = shard
        return try AggregatorRunner(
            configuration, folder: data, node: EdgeRig.node, live: [admin.shard: admin.progress],
            closed: closed, health: health, log: ServerLog(),
            otherStores: { [other] in
                other.next.withLock { $0 }.map { [StorePosition(name: "fleet", nextSequences: [shard: $0])] } ?? []
            })
    }

    func answer() throws -> ReportAnswer {
        try StoreFolder(data).openForReading().answer(ReportQuestion(by: [.sec, .day]), sections: Self.sections)
    }

    /// Starts a runner and lets it flush until something holds, then ends it.
    func run(_ runner: AggregatorRunner, until what: String, _ isDone: () throws -> Bool) throws {
        try runner.start()
        defer { runner.stop() }
        try flush(runner, until: what, isDone)
    }

    /// Lets a runner flush until something holds.
    func flush(_ runner: AggregatorRunner, until what: String, _ isDone: () throws -> Bool) throws {
        try eventually(what) {
            try runner.flush()
            return try isDone()
        }
    }

    func trouble(_ part: EdgeHealth.Part) -> String? { health.reasons.first { $0.part == part }?.trouble }

    /// Everything but the last segment, whose file was written just now.
    func expireAll() throws {
        try run(try runner(), until: "one segment is left") { try segments().count == 1 }
    }

    @Test("What is old goes; the report, verify, the journal's events and a rebuild know it")
    func age() throws {
        let counting = try runner("retention: \"36500 days\"")
        try run(counting, until: "segments are counted") { counting.retention?.segments ?? 0 > 5 }
        let before = try answer()
        #expect(before.accounting.counted == UInt64(Self.eventCount))
        try expireAll()
        let first = try #require(try segments().first)
        let after = try answer()
        #expect(after.rows == before.rows)
        #expect(after.accounting.expired == first && after.accounting.journaled == UInt64(Self.eventCount))
        #expect(trouble(.retention) == nil && trouble(.space) == nil)

        let check = try JournalCheck(data).run(onTrouble: { Issue.record("\($0)") }, progress: { _, _ in })
        #expect(check.isWhole && check.expiredEvents == first)
        #expect(check.totals.events == UInt64(Self.eventCount) - first)
        let stream = EventStream(data) { Issue.record("\($0)") }
        try stream.lookForShards()
        #expect(try stream.next()?.identity.sequence == first)
        #expect(try stream.expiredEvents() == first)

        let runner = try runner()
        try runner.start()
        try runner.rebuild()
        runner.stop()
        #expect(try answer().rows == before.rows)
        #expect(try answer().accounting == after.accounting)
    }

    @Test("A segment that vanished without having expired is missing, in a shard that has expired in part too")
    func vanished() throws {
        try expireAll()
        // As if it had been written before: a segment behind those that expired is gone.
        let last = try #require(try segments().first)
        let path = "\(data.journal)/\(shard.folder)/\(JournalPath.segmentName(firstSequence: last))"
        try Files.remove(path)
        var troubles: [JournalTrouble] = []
        let check = try JournalCheck(data).run(onTrouble: { troubles.append($0) }, progress: { _, _ in })
        #expect(!check.isWhole)
        #expect(check.shards.first { $0.shard == shard }?.missing == UInt64(Self.eventCount) - last)
    }

    @Test("A segment that vanishes beside the server shows in readiness, until it is back or the journal counted anew")
    func missing() throws {
        let path = "\(data.journal)/\(shard.folder)/\(JournalPath.segmentName(firstSequence: try segments()[1]))"
        let runner = try runner("retention: \"36500 days\"")
        try runner.start()
        try flush(runner, until: "retention has looked") { runner.retention != nil }
        #expect(trouble(.missing) == nil)
        try Files.rename(path, to: folder.path + "/aside")
        try flush(runner, until: "readiness misses the segment") { trouble(.missing) != nil }
        let said = try #require(trouble(.missing))
        #expect(said.hasPrefix(String(path.dropFirst(data.journal.count + 1)) + ": gone from the journal"), "\(said)")
        try Files.rename(folder.path + "/aside", to: path)
        try flush(runner, until: "readiness misses nothing") { trouble(.missing) == nil }
        try Files.remove(path)
        try flush(runner, until: "readiness misses the segment again") { trouble(.missing) != nil }
        try runner.rebuild()
        #expect(trouble(.missing) == nil)
        runner.stop()
    }

    @Test("A shard that vanished before the start shows in readiness, one that expired as a whole does not")
    func missingShard() throws {
        let counting = try runner("retention: \"36500 days\"")
        try run(counting, until: "retention has looked") { counting.retention != nil }
        try Files.rename("\(data.journal)/\(shard.folder)", to: folder.path + "/aside")
        let later = try runner("retention: \"36500 days\"")
        try run(later, until: "retention has looked") { later.retention != nil }
        let said = try #require(trouble(.missing))
        #expect(said.hasPrefix("\(shard.folder)/\(JournalPath.segmentName(firstSequence: 0)): gone"), "\(said)")

        try Files.rename(folder.path + "/aside", to: "\(data.journal)/\(shard.folder)")
        let sizeCap = try runner("retention: \"1 h\", segmentAge: \"1 min\"")
        try run(sizeCap, until: "one segment is left") { try segments().count == 1 }
        #expect(trouble(.missing) == nil)
    }

    @Test("A store that lags holds segments back and is named; when it has taken them they go")
    func lagging() throws {
        let all = try segments()
        other.next.withLock { $0 = all[2] }
        let runner = try runner()
        try runner.start()
        try flush(runner, until: "readiness names the store that lags") { trouble(.retention) != nil }
        try flush(runner, until: "two segments go") { try segments().first == all[2] }
        let held = try #require(trouble(.retention))
        #expect(held.contains("the fleet store holds back \(all.count - 3) segments"), "\(held)")
        other.next.withLock { $0 = UInt64(Self.eventCount) }
        try flush(runner, until: "one segment is left, and no trouble") {
            try segments().count <= 1 && trouble(.retention) == nil
        }
        runner.stop()
        #expect(runner.retention?.missedRecords == [:])
    }

    @Test("Past the size cap the oldest go all the same, and what the store misses is told")
    func sizeCap() throws {
        let all = try segments()
        other.next.withLock { $0 = 3 }
        var configuration = try #require(
            readConfiguration("{ flushInterval: \"1 h\", sections: { berlin: {}, york: {}, utc: {} } }"))
        configuration.journal.sizeCap = ByteSize(bytes: 40_000)
        configuration.journal.minimumFree = ByteSize(bytes: 0)
        var keeper = RetentionKeeper(
            configuration.journal,
            RetentionKeeper.Place(
                folder: data, node: EdgeRig.node, live: [:], sections: Self.sections, limits: FigureLimits()),
            health: health, log: ServerLog(),
            otherStores: { [other, shard] in
                [StorePosition(name: "fleet", nextSequences: [shard: other.next.withLock { $0 ?? 0 }])]
            })
        let store = try StoreFolder.open(try StoreFolder(data).current())
        let aggregator = try Aggregator(
            store: store, journalFolder: data.journal, node: EdgeRig.node, live: [:], rules: .builtIn,
            sections: Self.sections, onTrouble: { Issue.record("\($0)") })
        while try aggregator.advance().hasMore {}
        let inUse = RetentionKeeper.StoreInUse(
            aggregator: aggregator, store: store, rules: .builtIn)
        while keeper.work(inUse) {}
        let left = try segments()
        #expect(left.count < all.count && left == Array(all.suffix(left.count)))
        #expect(keeper.standing.journalBytes <= 40_000)
        let first = try #require(left.first)
        #expect(keeper.standing.missedRecords == ["fleet": first - 3])
        #expect(keeper.standing.removedSegments == [.sizeCap: UInt64(all.count - left.count)])
        let text = try #require(trouble(.retention))
        #expect(text.contains("the fleet store misses \(first - 3) records"), "\(text)")
        #expect(trouble(.space) == nil)
    }

    @Test("A store that is deleted, or replaced by a copy from before, is made again from the sealed figures")
    func storeGone() throws {
        let counting = try runner("retention: \"36500 days\"")
        try run(counting, until: "a flush is over") { true }
        let before = try answer()
        let copy = folder.path + "/older.sqlite"
        try SQLiteCampaignStore(reading: data.store).copy(to: folder.path + "/now.sqlite")
        _ = try SQLiteCampaignStore(writing: copy)
        try expireAll()
        for makesOlder in [false, true] {
            for name in try Files.list(data.path) where name.hasPrefix("campaigns-") {
                try Files.remove("\(data.path)/\(name)")
            }
            if makesOlder { try Files.rename(copy, to: data.path + "/campaigns-1.sqlite") }
            try run(try runner(), until: "a flush is over") { true }
            #expect(try answer().rows == before.rows, "\(makesOlder)")
            #expect(try answer().accounting.journaled == UInt64(Self.eventCount))
            #expect(health.reasons.allSatisfy { $0.part == .lifecycle })
        }
    }
}
