import Simulation
import Bytes
import Journal
import LinuxSystem
import TestSupport
import Testing

@Suite("What is committed is read back, once and in order")
struct ShardWriterTests {
    @Test func recordsComeBackFromRealFiles() throws {
        let folder = try TemporaryFolder()
        let writer = ShardWriter(shard: testShard, journalFolder: folder.path)
        #expect(writer.commit(nowNanoseconds: second) == .nothing)
        #expect(try Files.list(folder.path) == [])
        for index in 0..<100 {
            writer.append(payload(index))
            if index % 7 == 0 { #expect(writer.commit(nowNanoseconds: second) == .written) }
        }
        #expect(writer.finish(nowNanoseconds: second) == .written)
        let read = try readShard(in: folder.path, storage: LinuxStorage())
        #expect(read.payloads == payloads(100))
        #expect(read.sequences == Array(0..<100))
        #expect(read.damages == [])
        let progress = writer.progress.snapshot()
        #expect(progress.journaledRecords == 100)
        #expect(progress.nextSequence == 100)
        #expect(progress.waitingEvents == 0)
        #expect(!progress.isFailing)
    }

    /// Each byte once, from where the last round ended, in pieces that take the kernel no long time.
    @Test func aSyncBeginsToWriteOutInPieces() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        var begun: UInt64 = 0
        for round in 0..<3 {
            for index in 0..<8_000 { writer.append(payload(index)) }
            #expect(writer.commit(nowNanoseconds: second) == .written)
            let path = try #require(disk.paths.first)
            let before = disk.writebacks(of: path).count
            synchronizer.syncNow()
            let ranges = disk.writebacks(of: path)[before...]
            #expect(ranges.count > 1, "round \(round)")
            for range in ranges {
                #expect(range.lowerBound == begun)
                #expect(range.count <= 262_144)
                begun = range.upperBound
            }
            #expect(begun == UInt64(disk[path].count))
            synchronizer.syncNow()
            #expect(disk.writebacks(of: path).count == before + ranges.count)
        }
        #expect(disk.paths.count == 1)
    }

    @Test func whatIsNotCommittedIsNotThere() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0))
        #expect(writer.commit(nowNanoseconds: 1) == .written)
        writer.append(payload(1))
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(1))
    }

    @Test func aRecordThatIsAbandonedNeverWas() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0))
        #expect(writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: 10))
        writer.appendPayload { $0.append("half") }
        writer.abandonRecord()
        writer.append(payload(1))
        #expect(writer.commit(nowNanoseconds: 1) == .written)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(2))
        #expect(writer.progress.snapshot().journaledRecords == 2)
    }

    @Test func aSegmentIsLeftAtItsSize() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 9_000), storage: disk)
        for index in 0..<100 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
        }
        #expect(disk.paths.count > 3)
        for path in disk.paths { #expect(disk[path].count <= 9_000) }
        let read = try readShard(in: "j", storage: disk)
        #expect(read.payloads == payloads(100))
        #expect(read.damages == [])
    }

    @Test func aBatchIsNeverSplitOverSegments() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 9_000), storage: disk)
        for index in 0..<200 { writer.append(payload(index)) }
        #expect(writer.commit(nowNanoseconds: second) == .written)
        #expect(disk.paths.count == 1)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(200))
    }

    @Test func aSegmentIsLeftAtItsAgeAlsoWhenNothingComes() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentAgeNanoseconds: 10 * second),
            storage: disk)
        writer.append(payload(0))
        _ = writer.commit(nowNanoseconds: second)
        #expect(writer.commit(nowNanoseconds: 10 * second) == .nothing)
        #expect(writer.progress.snapshot().segmentBytes > 0)
        #expect(writer.commit(nowNanoseconds: 11 * second) == .nothing)
        #expect(writer.progress.snapshot().segmentBytes == 8_192)
        // What says so on the disk is the next one, which holds no record and does not age.
        #expect(names(disk) == ["00000000000000000000", "00000000000000000001"])
        #expect(writer.commit(nowNanoseconds: 500 * second) == .nothing)
        #expect(names(disk).count == 2)
        writer.append(payload(1))
        _ = writer.commit(nowNanoseconds: 501 * second)
        // Its age is that of its first record.
        #expect(writer.commit(nowNanoseconds: 510 * second) == .nothing)
        writer.append(payload(2))
        // A clock that was set back leaves no segment early.
        _ = writer.commit(nowNanoseconds: 1)
        #expect(names(disk) == ["00000000000000000000", "00000000000000000001"])
        #expect(writer.commit(nowNanoseconds: 511 * second) == .nothing)
        #expect(names(disk).count == 3)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(3))
        #expect(try readShard(in: "j", storage: disk).damages == [])
    }

    private func names(_ disk: SimulatedDisk) -> [String] { disk.paths.map { String($0.suffix(20)) } }

    @Test func twoWritersNeverShareAFile() throws {
        let disk = SimulatedDisk()
        let first = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        first.append(payload(0))
        #expect(first.commit(nowNanoseconds: 1) == .written)
        let other = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        other.append(payload(1))
        #expect(other.commit(nowNanoseconds: 1) == .waiting)
        #expect(other.progress.snapshot().lastErrno == 17)
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(1))
    }

    @Test func aRemovedFolderIsMadeAgainWithTheNextSegment() throws {
        let folder = try TemporaryFolder()
        let journal = folder.path + "/deep/journal"
        let writer = ShardWriter(shard: testShard, journalFolder: journal)
        writer.append(payload(0))
        #expect(writer.finish(nowNanoseconds: 1) == .written)
        let path = journal + "/" + testShard.folder
        for name in try Files.list(path) { try Files.remove(path + "/" + name) }
        try Files.removeDirectory(path)
        writer.append(payload(1))
        #expect(writer.finish(nowNanoseconds: 1) == .written)
        let read = try readShard(in: journal, storage: LinuxStorage())
        #expect(read.payloads == [1: payload(1)])
        #expect(read.missing == [0])
    }

    @Test func appendingAndCommittingAllocateNothing() throws {
        let folder = try TemporaryFolder()
        let writer = ShardWriter(shard: testShard, journalFolder: folder.path)
        writer.append(payload(0), at: 1)
        _ = writer.commit(nowNanoseconds: 1)
        let event = payload(22)
        var outcome = CommitOutcome.nothing
        let allocations = allocationCount {
            for turn in 0..<10 {
                for _ in 0..<20 {
                    guard writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: 512) else { return }
                    writer.appendPayload { $0.append(event.span) }
                    writer.endRecord(orderNanoseconds: UInt64(turn + 2))
                }
                outcome = writer.commit(nowNanoseconds: UInt64(turn + 2))
                writer.promise(nothingBefore: UInt64(turn + 2))
            }
        }
        #expect(allocations == 0)
        #expect(outcome == .written)
        #expect(writer.progress.snapshot().journaledRecords == 201)
    }

    @Test func thePromiseWaitsForTheOldestEvent() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0), at: 10)
        _ = writer.commit(nowNanoseconds: 10)
        writer.promise(nothingBefore: 15)
        #expect(writer.progress.snapshot().holdsNothingBeforeNanoseconds == 15)
        #expect(writer.floorNanoseconds == 15)
        disk.plan { _, call in call == .write ? .error(.noSpace(in: .pwrite)) : nil }
        writer.append(payload(1), at: 20)
        #expect(writer.commit(nowNanoseconds: second) == .waiting)
        writer.promise(nothingBefore: 30)
        #expect(writer.progress.snapshot().holdsNothingBeforeNanoseconds == 20)
        #expect(writer.floorNanoseconds == 30)
        disk.heal()
        #expect(writer.commit(nowNanoseconds: 2 * second) == .written)
        writer.promise(nothingBefore: 25)
        #expect(writer.progress.snapshot().holdsNothingBeforeNanoseconds == 30)
        writer.promise(nothingBefore: 40)
        #expect(writer.progress.snapshot().holdsNothingBeforeNanoseconds == 40)
    }
}
