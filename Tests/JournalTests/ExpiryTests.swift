import Bytes
import Journal
import LinuxSystem
import Simulation
import TestSupport
import Testing

@Suite("Segments go from the beginning of a shard, and readers know it from damage")
struct ExpiryTests {
    private let disk = SimulatedDisk()
    /// First sequences of the shard's segments, of which the last is written to.
    private let firsts: [UInt64]

    /// A shard of 60 records in several segments, made a minute apart.
    init() throws {
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 9_000), storage: disk)
        for index in 0..<60 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: UInt64(index) * 60 * second + second)
        }
        try #require(writer.finish(nowNanoseconds: 3_600 * second) == .written || disk.paths.count > 3)
        firsts = disk.paths.compactMap { JournalPath.firstSequence(ofSegmentNamed: String($0.suffix(20))) }
        for folder in ["j", "j/" + testShard.epochFolderName, "j/" + testShard.folder] {
            try disk.synchronizeFolder(folder)
        }
        try #require(firsts.count >= 4)
    }

    private func remove(below next: UInt64, isLive: Bool = true) throws -> SegmentRemoval.Outcome {
        try SegmentRemoval.remove(testShard, below: next, isLive: isLive, journalFolder: "j", storage: disk)
    }

    private func left() -> [UInt64] {
        disk.paths.compactMap { JournalPath.firstSequence(ofSegmentNamed: String($0.suffix(20))) }
    }

    private func reader(_ expired: @escaping (ShardIdentity) -> UInt64) -> ShardReader {
        ShardReader(shard: testShard, journalFolder: "j", expiredBelow: expired, storage: disk)
    }

    @Test("What has expired is no damage; what is missing beyond it is")
    func expiredIsNoDamage() throws {
        let (second, third) = (firsts[1], firsts[2])
        #expect(try remove(below: second).segments == 1)
        let known = try read(reader { _ in second })
        #expect(known.damages == [] && known.sequences == Array(second..<60))
        let unknown = try readShard(in: "j", storage: disk)
        #expect(unknown.missing == Array(0..<second))
        try disk.removeFile("j/" + testShard.folder + "/" + JournalPath.segmentName(firstSequence: second))
        #expect(try read(reader { _ in second }).missing == Array(second..<third))
    }

    @Test(
        "What has expired and is still there is not read, though a power cut has brought back one file and not another")
    func leftovers() throws {
        let third = firsts[2]
        try disk.removeFile("j/" + testShard.folder + "/" + JournalPath.segmentName(firstSequence: firsts[1]))
        let result = try read(reader { _ in third })
        #expect(result.damages == [] && result.sequences == Array(third..<60))
    }

    @Test("A reader goes on behind what expires while it reads")
    func whileReading() throws {
        var expired: UInt64 = 0
        let reader = reader { _ in expired }
        guard case .record(let first) = try reader.next() else {
            Issue.record("there is a record")
            return
        }
        #expect(first.sequence == 0)
        // The segment that is open stays readable, as a file that was deleted does.
        expired = firsts[2]
        #expect(try remove(below: expired).segments == 2)
        let rest = try read(reader)
        #expect(rest.damages == [])
        #expect(rest.sequences == Array(1..<firsts[1]) + Array(firsts[2]..<60))
    }

    @Test("At whichever call it dies, a suffix of the shard is left, and a second run brings it to its end")
    func anyCall() throws {
        for failing in 0..<100 {
            let test = try ExpiryTests()
            test.disk.plan { number, _ in number >= failing ? .error(.inputOutput(in: .unlink)) : nil }
            let outcome = Result { try test.remove(below: test.firsts[3]) }
            #expect(test.left() == Array(test.firsts.suffix(test.left().count)), "call \(failing)")
            test.disk.heal()
            _ = try test.remove(below: test.firsts[3])
            #expect(test.left() == Array(test.firsts[3...]), "call \(failing)")
            if case .success(let outcome) = outcome {
                #expect(outcome.segments == 3 && outcome.bytes > 3 * 8_192)
                // What the folder's sync has covered does not come back.
                #expect(test.disk.afterPowerCut().paths.count == test.firsts.count - 3)
                return
            }
        }
        Issue.record("it never ended")
    }

    @Test("The segment that may be written to stays; with its writer gone it goes, and its folders with it")
    func lastSegment() throws {
        #expect(try remove(below: 60).segments == UInt64(firsts.count - 1))
        #expect(left() == [firsts[firsts.count - 1]])
        let mark = "j/" + testShard.epochFolderName + "/" + JournalPath.recoveredName
        disk[mark] = []
        #expect(try remove(below: firsts[firsts.count - 1], isLive: false).segments == 0)
        #expect(try remove(below: 60, isLive: false).segments == 1)
        #expect(disk.paths == [])
        #expect(try disk.list("j") == [])
    }

    @Test("Closed are the segments with a successor, and the last one of a writer that is gone; admin's never are")
    func inventory() throws {
        let admin = ShardIdentity(node: testShard.node, epoch: testShard.epoch, shard: ShardIdentity.adminShard)
        let writer = ShardWriter(shard: admin, journalFolder: "j", storage: disk)
        writer.append(payload(1))
        #expect(writer.finish(nowNanoseconds: second) == .written)
        let counting = CountingStorage(disk)
        var closed = ClosedSegments(journalFolder: "j", storage: counting)
        let live = try closed.look(live: [testShard, admin])
        #expect(live.segmentCount == firsts.count + 1)
        #expect(live.totalBytes == disk.paths.reduce(0) { $0 + UInt64(disk[$1].count) })
        let segments = try #require(live.shards[testShard])
        #expect(live.shards.keys.count == 1)
        #expect(segments.map(\.firstSequence) == Array(firsts.dropLast()))
        #expect(segments.map(\.endSequence) == Array(firsts.dropFirst()).map { $0 as UInt64? })
        // A segment is left when the next one is made.
        #expect(segments.map(\.endedNanoseconds) == firsts.dropFirst().map { $0 * 60 * second + second })

        #expect(counting.take().opens == firsts.count + 1)
        _ = try closed.look(live: [testShard, admin])
        #expect(counting.take().opens == 2, "a further look opens what may have grown alone")
        let gone = try closed.look(live: [])
        #expect(gone.shards[testShard]?.map(\.firstSequence) == firsts)
        #expect(gone.shards[testShard]?.last?.endSequence == nil)
    }

    @Test("A segment that has grown since it was seen is as large as it is, also when it is left meanwhile")
    func growth() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 9_000), storage: disk)
        var closed = ClosedSegments(journalFolder: "j", storage: disk)
        for index in 0..<60 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: UInt64(index + 1) * second)
            let inventory = try closed.look(live: [testShard])
            let bytes = disk.paths.filter { $0.hasPrefix("j/" + testShard.folder) }.reduce(0) { $0 + disk[$1].count }
            #expect(inventory.totalBytes == UInt64(bytes), "record \(index)")
            for segment in inventory.shards[testShard] ?? [] {
                let name = JournalPath.segmentName(firstSequence: segment.firstSequence)
                #expect(segment.sizeBytes == UInt64(disk["j/\(testShard.folder)/\(name)"].count))
            }
        }
    }
}
