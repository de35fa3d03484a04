import Simulation
import Bytes
import Journal
import LinuxSystem
import TestSupport
import Testing

@Suite("Recovery cuts what is no record, and nothing else")
struct JournalRecoveryTests {
    private func segment(_ count: Int, on disk: SimulatedDisk) throws -> String {
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        for index in 0..<count { writer.append(payload(index)) }
        _ = writer.finish(nowNanoseconds: second)
        return try #require(disk.paths.first)
    }

    private func run(_ disk: SimulatedDisk) throws -> [RecoveredShard] {
        try JournalRecovery.run(journalFolder: "j", node: testShard.node, storage: disk)
    }

    @Test func atEveryByteOfTruncationTheWholeRecordsStay() throws {
        let original = SimulatedDisk()
        let path = try segment(5, on: original)
        let bytes = original[path]
        for length in placesBeforeRecords + Array(8_192...bytes.count) {
            let disk = SimulatedDisk()
            disk[path] = Array(bytes[..<length])
            let before = try readShard(in: "j", storage: disk)
            let results = try run(disk)
            let result = try #require(results.first)
            #expect(results.count == 1)
            #expect(result.damages == [], "cut at \(length)")
            if length < 64 {
                #expect(result.isRemoved, "cut at \(length)")
                #expect(disk[path] == [])
            } else {
                #expect(!result.isRemoved, "cut at \(length)")
                #expect(result.nextSequence == UInt64(before.payloads.count), "cut at \(length)")
                #expect(result.cutBytes == UInt64(length - disk[path].count), "cut at \(length)")
                #expect(disk[path] == Array(bytes[..<disk[path].count]), "cut at \(length)")
            }
            #expect(try readShard(in: "j", storage: disk).payloads == before.payloads, "cut at \(length)")
            // What is left is durable.
            #expect(try readShard(in: "j", storage: disk.afterPowerCut()).payloads == before.payloads)
            #expect(try run(disk) == [], "a second run finds something")
        }
    }

    @Test func withAnyByteFlippedTheOtherRecordsStay() throws {
        let original = SimulatedDisk()
        let path = try segment(5, on: original)
        let bytes = original[path]
        for offset in 8_192..<bytes.count {
            let disk = SimulatedDisk()
            var flipped = bytes
            flipped[offset] ^= 0x40
            disk[path] = flipped
            let before = try readShard(in: "j", storage: disk)
            #expect(before.payloads.count == 4)
            let result = try #require(try run(disk).first)
            #expect(try readShard(in: "j", storage: disk) == before, "byte \(offset)")
            #expect(result.damages == before.damages)
            // Only where the last record is bad is there a tail to cut.
            #expect((result.cutBytes > 0) == (before.payloads[4] == nil), "byte \(offset)")
        }
    }

    @Test func aSegmentWithoutAHeaderButWithRoomForRecordsIsKept() throws {
        let disk = SimulatedDisk()
        let path = try segment(5, on: disk)
        var bytes = disk[path]
        bytes[0] ^= 1
        bytes[4_096] ^= 1
        disk[path] = bytes
        let result = try #require(try run(disk).first)
        #expect(!result.isRemoved)
        #expect(result.damages.map(\.reason) == [.header])
        #expect(disk[path] == bytes)
    }

    @Test func earlierSegmentsAndOtherNodesAreLeftAlone() throws {
        let disk = SimulatedDisk()
        let limits = JournalLimits(segmentBytes: 8_400)
        let other = ShardIdentity(node: 99, epoch: testShard.epoch, shard: 0)
        for shard in [testShard, other] {
            let writer = ShardWriter(shard: shard, journalFolder: "j", limits: limits, storage: disk)
            for index in 0..<20 {
                writer.append(payload(index))
                _ = writer.commit(nowNanoseconds: second)
            }
        }
        // A bad end on every segment.
        for path in disk.paths { disk[path] = Array(disk[path].dropLast()) }
        let before = Dictionary(uniqueKeysWithValues: disk.paths.map { ($0, disk[$0]) })
        let results = try run(disk)
        #expect(results.count == 1)
        let recovered = try #require(results.first)
        #expect(recovered.cutBytes > 0)
        for (path, bytes) in before where path != recovered.path { #expect(disk[path] == bytes) }
        #expect(
            disk.paths.filter { $0.hasSuffix(JournalPath.recoveredName) } == [
                "j/\(testShard.epochFolderName)/recovered"
            ])
    }

    @Test func aRecoveryThatFailsIsDoneAgain() throws {
        var number = 0
        while true {
            let disk = SimulatedDisk()
            let path = try segment(5, on: disk)
            disk[path] = Array(disk[path].dropLast())
            let failing = number
            disk.plan { call, _ in call == failing ? .error(.inputOutput(in: .fsync)) : nil }
            do {
                _ = try run(disk)
                #expect(disk.calls <= failing, "call \(failing) failed unnoticed")
            } catch let error as JournalError {
                guard case .system = error else { throw error }
            }
            let isLast = disk.calls <= failing
            disk.heal()
            _ = try run(disk)
            #expect(try readShard(in: "j", storage: disk.afterPowerCut()).payloads == payloads(4))
            if isLast { break }
            number += 1
        }
        #expect(number >= 5)
    }

    @Test("A process that ended without stopping is named once by recovery, and for ever by its folder")
    func interrupted() throws {
        let disk = SimulatedDisk()
        _ = try segment(3, on: disk)
        func told() throws -> [ShardIdentity] {
            var told: [ShardIdentity] = []
            _ = try JournalRecovery.run(
                journalFolder: "j", node: testShard.node, storage: disk, onInterrupted: { told.append($0) })
            return told
        }
        let killed = ShardIdentity(node: testShard.node, epoch: testShard.epoch, shard: 0)
        #expect(try EpochEnd.interrupted("j", storage: disk) == [])
        #expect(try told() == [killed])
        #expect(try told() == [])
        #expect(try EpochEnd.interrupted("j", storage: disk) == [killed])
        #expect(try EpochEnd.interrupted("j", storage: disk.afterPowerCut()) == [killed])

        let next = ShardIdentity(node: testShard.node, epoch: testShard.epoch + 1, shard: 0)
        let writer = ShardWriter(shard: next, journalFolder: "j", storage: disk)
        try EpochEnd.markOrderly(next, journalFolder: "j", storage: disk)
        #expect(try !JournalDirectory.scan("j", storage: disk).contains { $0.identity == next }, "it wrote nothing")
        writer.append(payload(0))
        _ = writer.finish(nowNanoseconds: second)
        try EpochEnd.markOrderly(next, journalFolder: "j", storage: disk)
        #expect(try told() == [])
        #expect(try EpochEnd.interrupted("j", storage: disk) == [killed])
    }

    @Test func realFilesAreRecovered() throws {
        let folder = try TemporaryFolder()
        let writer = ShardWriter(shard: testShard, journalFolder: folder.path)
        for index in 0..<5 { writer.append(payload(index)) }
        _ = writer.finish(nowNanoseconds: second)
        let path = folder.path + "/" + testShard.folder + "/00000000000000000000"
        let size = try Files.status(path).sizeBytes
        let file = try FileDescriptor.open(path, .write)
        try file.truncate(to: size + 100)
        let results = try JournalRecovery.run(journalFolder: folder.path, node: testShard.node)
        #expect(results.map(\.cutBytes) == [100])
        #expect(try Files.status(path).sizeBytes == size)
        #expect(try JournalRecovery.run(journalFolder: folder.path, node: testShard.node) == [])
        #expect(try readShard(in: folder.path, storage: LinuxStorage()).payloads == payloads(5))
    }
}
