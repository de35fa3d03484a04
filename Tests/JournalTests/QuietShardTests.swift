import Bytes
import LinuxSystem
import Simulation
import TestSupport
import Testing

@testable import Journal

@Suite("A segment that is left by its age on a quiet shard is closed on the disk, too")
struct QuietShardTests {
    private let disk = SimulatedDisk()
    private let writer: ShardWriter
    private let synchronizer = JournalSynchronizer()

    /// A shard with three records in a segment that is ten seconds old at second 11.
    init() throws {
        writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentAgeNanoseconds: 10 * second),
            storage: disk)
        synchronizer.register(writer.segments)
        for index in 0..<3 { writer.append(payload(index)) }
        try #require(writer.commit(nowNanoseconds: second) == .written)
        synchronizer.syncNow()
    }

    private var names: [UInt64] {
        disk.paths.compactMap { JournalPath.firstSequence(ofSegmentNamed: String($0.suffix(20))) }
    }

    private func expectWhole(_ count: Int, _ context: String) throws {
        let read = try readShard(in: "j", storage: disk)
        #expect(read.payloads == payloads(count) && read.damages == [], "\(context)")
        #expect(read.sequences == Array(0..<UInt64(count)), "\(context)")
    }

    @Test("Whichever call fails, and for how long, the old one stays the one that is written to")
    func anyCallFails() throws {
        let faults: [SimulatedDisk.Fault] = [
            .error(.noSpace(in: .pwrite)), .torn(.noSpace(in: .pwrite)), .error(.inputOutput(in: .pwrite)),
            .torn(.inputOutput(in: .pwrite)),
        ]
        for fault in faults {
            // Random bits, the file, its header; the last with the removal behind it, too.
            for (first, length) in [(0, 1), (1, 1), (2, 1), (2, 2), (0, 9), (1, 9), (2, 9)] {
                let test = try QuietShardTests()
                let context = "\(fault) from call \(first) on, \(length) times"
                test.disk.plan { number, _ in number >= first && number < first + length ? fault : nil }
                #expect(test.writer.commit(nowNanoseconds: 11 * second) == .nothing)
                let isLeft = test.writer.current == nil
                // Only where the name that was taken could not be given back.
                #expect(isLeft == (first == 2 && length > 1), "\(context)")
                #expect(isLeft || test.names == [0], "\(context)")
                #expect(test.writer.progress.snapshot().isFailing, "\(context)")
                try test.expectWhole(3, context)
                // What comes now is written as ever, to whichever segment.
                test.disk.heal()
                #expect(test.writer.commit(nowNanoseconds: 11 * second + 1) == .nothing)
                test.writer.append(payload(3))
                #expect(test.writer.commit(nowNanoseconds: 11 * second + 2) == .written, "\(context)")
                try test.expectWhole(4, context)
                #expect(!test.writer.progress.snapshot().isFailing, "\(context)")
            }
        }
    }

    @Test("It is tried again, at an interval, until there is room")
    func triedAgain() throws {
        disk.plan { _, call in call == .create ? .error(.noSpace(in: .pwrite)) : nil }
        for turn in 0..<100 { _ = writer.commit(nowNanoseconds: 11 * second + UInt64(turn)) }
        #expect(writer.progress.snapshot().writeFailures == 1)
        _ = writer.commit(nowNanoseconds: 12 * second)
        #expect(writer.progress.snapshot().writeFailures == 2 && names == [0])
        disk.heal()
        _ = writer.commit(nowNanoseconds: 13 * second)
        #expect(names == [0, 3] && !writer.progress.snapshot().isFailing)
        try expectWhole(3, "")
    }

    @Test("The synchronizer lets go of it, and says so, though nothing comes behind it")
    func released() throws {
        #expect(writer.progress.releasedBelow == 0)
        _ = writer.commit(nowNanoseconds: 11 * second)
        #expect(writer.progress.releasedBelow == 0)
        synchronizer.syncNow()
        #expect(writer.progress.releasedBelow == 3)
        // It may be deleted now: nobody writes it again.
        let removed = try SegmentRemoval.remove(
            testShard, below: 3, isLive: true, journalFolder: "j", storage: disk)
        #expect(removed.segments == 1 && names == [3])
        synchronizer.syncNow()
        #expect(synchronizer.goneSegments == [] && names == [3])
        // A segment that is not synced to its end holds back those behind it.
        writer.append(payload(3))
        _ = writer.finish(nowNanoseconds: 12 * second)
        #expect(writer.progress.releasedBelow == 3)
        synchronizer.syncNow()
        #expect(writer.progress.releasedBelow == 4)
    }

    @Test("Its age is the one of its first record, and retention's clock begins when it was left")
    func inventory() throws {
        var closed = ClosedSegments(journalFolder: "j", storage: disk)
        #expect(try closed.look(live: [testShard]).shards[testShard] == [])
        writer.append(payload(3))
        _ = writer.commit(nowNanoseconds: 2 * second)
        _ = writer.commit(nowNanoseconds: 11 * second)
        let live = try closed.look(live: [testShard])
        #expect(live.shards[testShard]?.map(\.endedNanoseconds) == [11 * second])
        #expect(live.shards[testShard]?.first?.endSequence == 4)
        // It was looked at before, when it was shorter.
        #expect(live.totalBytes == disk.paths.reduce(0) { $0 + UInt64(disk[$1].count) })
        #expect(live.segmentCount == 2 && live.firstSequences == [testShard: [0]])
        // With its writer gone the empty one is nobody's loss.
        let dead = try closed.look(live: [])
        #expect(dead.shards[testShard]?.map(\.firstSequence) == [0])
    }

    @Test("What a process leaves behind it without a record is recovered, read over, and goes with the last one before")
    func afterTheEnd() throws {
        _ = writer.commit(nowNanoseconds: 11 * second)
        for isKilled in [true, false] {
            let left = disk.copy(seed: 1)
            if !isKilled { try EpochEnd.markOrderly(testShard, journalFolder: "j", storage: left) }
            let recovered = try JournalRecovery.run(journalFolder: "j", node: testShard.node, storage: left)
            #expect(recovered.map(\.nextSequence) == [3] && recovered[0].cutBytes == 0 && recovered[0].damages == [])
            let read = try readShard(in: "j", storage: left)
            #expect(read.payloads == payloads(3) && read.damages == [])
            #expect(
                try SegmentRemoval.remove(testShard, below: 3, isLive: false, journalFolder: "j", storage: left)
                    .segments == 2)
            #expect(left.paths == [])
            #expect(try left.list("j") == [])
        }
        // One that holds a record stays.
        writer.append(payload(3))
        _ = writer.finish(nowNanoseconds: 12 * second)
        let removed = try SegmentRemoval.remove(
            testShard, below: 3, isLive: false, journalFolder: "j", storage: disk)
        #expect(removed.segments == 1 && names == [3])
    }

    @Test("Whatever a power cut leaves of it, what was synced is there, and nothing is read that was not written")
    func powerCut() throws {
        var random = SeededGenerator(seed: 9)
        for round in 0..<200 {
            let test = try QuietShardTests()
            test.writer.append(payload(3))
            _ = test.writer.commit(nowNanoseconds: 10 * second)
            _ = test.writer.commit(nowNanoseconds: 11 * second)
            let isSynced = round % 2 == 0
            if isSynced { test.synchronizer.syncNow() }
            let left = test.disk.afterPowerCut(&random)
            _ = try JournalRecovery.run(journalFolder: "j", node: testShard.node, storage: left)
            let read = try readShard(in: "j", storage: left)
            let count = isSynced ? 4 : 3
            #expect(read.sequences.starts(with: Array(0..<UInt64(count))), "round \(round)")
            #expect(read.payloads.allSatisfy { payload(Int($0.key)) == $0.value }, "round \(round)")
            #expect(read.missing.allSatisfy { $0 == 3 && !isSynced }, "round \(round)")
        }
    }

    @Test("A first record that meets an error there is written to a new file of the same name")
    func firstRecordFails() throws {
        _ = writer.commit(nowNanoseconds: 11 * second)
        disk.plan { number, _ in number == 0 ? .torn(.inputOutput(in: .pwrite)) : nil }
        writer.append(payload(3))
        #expect(writer.commit(nowNanoseconds: 12 * second) == .written)
        #expect(names == [0, 3])
        try expectWhole(4, "")
        synchronizer.syncNow()
        let left = try readShard(in: "j", below: 4, storage: disk.afterPowerCut())
        #expect(left.payloads == payloads(4) && left.damages == [])
    }

    @Test("Another node takes it in without being told that this one has ended")
    func imported() throws {
        let rig = try ImportRig()
        let peer = ShardWriter(
            shard: ImportRig.shard, journalFolder: "peer/journal",
            limits: JournalLimits(segmentAgeNanoseconds: 10 * second), storage: rig.peer)
        for index in 0..<3 { peer.append(payload(index)) }
        _ = peer.commit(nowNanoseconds: second)
        rig.copyAll()
        #expect(try rig.take().openSegments == 1)
        _ = peer.commit(nowNanoseconds: 11 * second)
        rig.copyAll()
        let tally = try rig.take()
        #expect(tally.takenRecords == 3 && tally.openSegments == 0 && tally.hereSegments == 1 && rig.remarks == [])
        #expect(rig.segments().count == 2)
        #expect(try rig.mine() == rig.theirs())
        // It grows when somebody clicks again, and waits as ever.
        peer.append(payload(3))
        _ = peer.commit(nowNanoseconds: 12 * second)
        rig.copyAll()
        #expect(try rig.take().openSegments == 1)
        #expect(try rig.mine().payloads == payloads(3))
    }
}
