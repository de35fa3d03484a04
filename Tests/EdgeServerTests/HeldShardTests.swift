import Campaigns
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

/// Holds whoever writes, as a disk does that hangs.
final class DiskGate: Sendable {
    private let shut = Atomic(false)
    private let inside = Atomic(0)

    var holds: Bool { inside.load(ordering: .acquiring) > 0 }

    func set(shut isShut: Bool) { shut.store(isShut, ordering: .releasing) }

    func pass() {
        inside.add(1, ordering: .acquiringAndReleasing)
        while shut.load(ordering: .acquiring) { SystemThread.giveWay() }
        inside.subtract(1, ordering: .acquiringAndReleasing)
    }
}

@Suite("A worker that its disk holds goes on in another shard")
struct HeldShardTests {
    private let gate = DiskGate()
    private let storage = WatchedStorage()
    private let rig: EdgeRig

    init() throws {
        storage.beforeWrite.withLock { [gate] in $0 = { _ in gate.pass() } }
        rig = try EdgeRig(storage: storage)
        rig.live.add(rig.shard, rig.progress)
    }

    private static let click = "/tremclk?cuid=j%40m.example&sec=1&expId=7&targetUrl=https%3A%2F%2Fwww.shop.example%2F"

    private func start(_ body: @escaping @Sendable (HTTPWorker<EdgeHandler>) throws(SystemError) -> Void) throws
        -> SystemThread
    {
        try SystemThread.start(name: "held") { [worker = rig.worker] in
            do throws(SystemError) { try body(worker) } catch { Issue.record("\(error)") }
        }
    }

    private func connect() throws -> BlockingHTTPClient {
        try BlockingHTTPClient(port: Int(try #require(rig.address.port)))
    }

    /// Every event of every shard, by what the files hold.
    private func journaled() throws -> [UInt16: Int] {
        var counts: [UInt16: Int] = [:]
        for shard in try JournalDirectory.scan(rig.folder.path + "/journal") {
            let reader = ShardReader(shard: shard.identity, journalFolder: rig.folder.path + "/journal")
            while case .record(let record) = try reader.next() {
                if record.kind == .event { counts[shard.identity.shard, default: 0] += 1 }
            }
        }
        return counts
    }

    private func makeAggregator() throws -> Aggregator<SQLiteCampaignStore> {
        try Aggregator(
            store: try SQLiteCampaignStore(writing: rig.folder.path + "/campaigns.sqlite"),
            journalFolder: rig.folder.path + "/journal", node: EdgeRig.node, live: rig.live, rules: .builtIn,
            sections: SectionDirectory(["1": SectionDirectory.Facts()]), onTrouble: { Issue.record("\($0)") })
    }

    @Test("What is answered meanwhile waits, is written afterwards, and is counted once; the shard is used again")
    func hold() throws {
        var threads = [try start { worker throws(SystemError) in try worker.run() }]
        let client = try connect()
        #expect(try client.get(Self.click).status == 302)
        let aggregator = try makeAggregator()

        // No thread computes behind the end of a test that failed.
        defer { gate.set(shut: false) }
        for round in 1...3 {
            gate.set(shut: true)
            try client.send("GET \(Self.click) HTTP/1.1\r\nHost: a\r\n\r\n")
            try eventually("the disk holds the worker") { gate.holds }
            #expect(rig.shards.snapshot.waitingEvents == 0)
            #expect(rig.shards.prepareSpare())
            let held = try #require(rig.worker.commitUnderWay)
            threads.append(try start { worker throws(SystemError) in _ = try worker.takeOver(held) })
            #expect(try client.receive().status == 302)
            let other = try connect()
            for _ in 0..<4 { #expect(try other.get(Self.click).status == 302) }
            #expect(rig.shards.isStalled)
            #expect(rig.shards.snapshot.waitingEvents == 5)

            // Windows stay open for what waits, however much time passes.
            rig.synchronizer.syncNow()
            let before = try aggregator.advance()
            #expect(before.counted + before.pending == UInt64(6 * (round - 1) + 1))
            gate.set(shut: false)
            try eventually("the shard is let go") { !rig.shards.isStalled }
            #expect(try client.get(Self.click).status == 302)
            rig.worker.control.wake()
            try eventually("nothing waits") { rig.shards.snapshot.waitingEvents == 0 }
            let all = UInt64(6 * round + 1)
            try eventually("everything is counted") {
                rig.worker.control.wake()
                rig.synchronizer.syncNow()
                return try aggregator.advance().counted == all
            }
            #expect(rig.shards.snapshot.journaledRecords == all)
        }
        rig.worker.control.drain(closeListenersAt: 0, finishBy: 0)
        for thread in threads { thread.join() }
        let counts = try journaled()
        #expect(counts.values.reduce(0, +) == 19)
        // The shard that was held first is the one that the second hold goes on in.
        #expect(counts.keys.sorted() == [0, 1])
    }

    @Test("A worker that ends while its disk hangs waits for it, and nothing is given up")
    func end() throws {
        let first = try start { worker throws(SystemError) in try worker.run() }
        let client = try connect()
        defer { gate.set(shut: false) }
        gate.set(shut: true)
        try client.send("GET \(Self.click) HTTP/1.1\r\nHost: a\r\n\r\n")
        try eventually("the disk holds the worker") { gate.holds }
        #expect(rig.shards.prepareSpare())
        let held = try #require(rig.worker.commitUnderWay)
        let second = try start { worker throws(SystemError) in _ = try worker.takeOver(held) }
        #expect(try client.receive().status == 302)
        #expect(try client.get(Self.click).status == 302)
        rig.worker.control.drain(closeListenersAt: 0, finishBy: 0)
        try eventually("the worker ends") { rig.shards.isEnding }
        gate.set(shut: false)
        first.join()
        second.join()
        #expect(try journaled().values.reduce(0, +) == 2)
        #expect(rig.shards.snapshot.waitingEvents == 0)
    }

    @Test("Numbers of shards end before the admin shard's")
    func numbers() {
        let numbers = ShardNumbers(workers: 65_533)
        #expect(numbers.next() == 65_533 && numbers.next() == 65_534)
        #expect(numbers.next() == nil && numbers.next() == nil)
    }
}
