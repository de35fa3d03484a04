import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("What a failed sync may have cost is named, record by record")
struct ShardWatchTests {
    @Test("Segments that somebody removes or replaces are named until they stand where they belong")
    func goneSegments() throws {
        let rig = try EdgeRig()
        let health = EdgeHealth()
        var watch = ShardWatch(
            workers: [rig.shards], stall: DiskStall(), synchronizer: rig.synchronizer, health: health, log: ServerLog())
        func trouble() -> String? { health.reasons.first { $0.part == .segments }?.trouble }
        let client = try rig.connect()
        func open() throws {
            _ = try rig.exchange(client, browserRequest("/tremop?sec=1"))
            rig.synchronizer.syncNow()
            watch.look()
        }
        func segment(_ first: UInt64) -> String {
            "\(rig.folder.path)/journal/\(rig.shard.folder)/\(JournalPath.segmentName(firstSequence: first))"
        }
        try open()
        #expect(trouble() == nil)
        try Files.remove(segment(0))
        rig.synchronizer.syncNow()
        watch.look()
        #expect(trouble() == "\(segment(0)) was removed or moved while it was written, and is written again")
        try open()
        #expect(trouble() == nil && Files.exists(segment(0)))

        try Files.rename(segment(1), to: segment(1) + ".old")
        try write("another file", to: segment(1))
        try open()
        try open()
        #expect(trouble()?.contains("whose records stand in \(segment(1)).restored: compare them") == true)
    }

    @Test("Each range is logged once, and readiness names it")
    func ranges() throws {
        let storage = WatchedStorage()
        let rig = try EdgeRig(storage: storage)
        let health = EdgeHealth()
        var watch = ShardWatch(
            workers: [rig.shards], stall: DiskStall(), synchronizer: rig.synchronizer, health: health, log: ServerLog())
        func trouble() -> String? { health.reasons.first { $0.part == .sync }?.trouble }
        func open(_ count: Int) throws {
            let client = try rig.connect()
            for _ in 0..<count { _ = try rig.exchange(client, browserRequest("/tremop?sec=1")) }
            rig.synchronizer.syncNow()
        }
        func range(_ first: UInt64, _ end: UInt64) -> NotDurableRange {
            NotDurableRange(shard: rig.shard, firstSequence: first, endSequence: end)
        }
        try open(2)
        #expect(watch.look() == [] && trouble() == nil)

        storage.syncFailure.withLock { $0 = .inputOutput(in: .fdatasync) }
        try open(3)
        #expect(watch.look() == [range(2, 5)])
        #expect(trouble()?.contains(": \(rig.shard)/2 to 4") == true)
        #expect(watch.look() == [])
        storage.syncFailure.withLock { $0 = nil }
        try open(1)
        #expect(watch.look() == [] && trouble()?.hasSuffix("\(rig.shard)/2 to 4") == true)

        // Each file fails once: ten more are too many to name them all.
        for number: UInt64 in 0..<10 {
            storage.syncFailure.withLock { $0 = .inputOutput(in: .fdatasync) }
            try open(1)
            #expect(watch.look() == [range(6 + number, 7 + number)])
        }
        #expect(trouble()?.contains("\(rig.shard)/6 to 6") == true)
        #expect(trouble()?.hasSuffix(" and 3 more ranges, which the log names") == true)
    }
}
