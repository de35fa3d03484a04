import Foundation
import Journal
import LinuxSystem
import Simulation
import Synchronization
import TestSupport
import Testing

@Suite("A segment that loses its name while it is written loses no record")
struct GoneSegmentTests {
    /// A shard with events in a segment that is still open, on the real files.
    private struct Shard {
        let folder: TemporaryFolder
        let journal: String
        let writer: ShardWriter
        let synchronizer = JournalSynchronizer()
        var count = 0

        init() throws {
            folder = try TemporaryFolder()
            journal = folder.path + "/data/journal"
            writer = ShardWriter(
                shard: testShard, journalFolder: journal, limits: JournalLimits(retryNanoseconds: 1))
            synchronizer.register(writer.segments)
            try add(5)
            synchronizer.syncNow()
            try add(3)
        }

        mutating func add(_ events: Int) throws {
            for _ in 0..<events {
                #expect(writer.append(payload(count), at: UInt64(count)))
                count += 1
            }
            _ = writer.commit(nowNanoseconds: UInt64(count) * second)
            writer.promise(nothingBefore: UInt64(count))
        }

        /// A commit without an event, as a quiet shard has it, and a round.
        func tick() {
            _ = writer.commit(nowNanoseconds: UInt64(count) * second)
            synchronizer.syncNow()
        }

        var shardFolder: String { journal + "/" + testShard.folder }
        var segment: String { shardFolder + "/" + JournalPath.segmentName(firstSequence: 0) }

        func expectWhole() throws {
            let read = try readShard(in: journal, storage: LinuxStorage())
            #expect(read.payloads == payloads(count) && read.damages == [] && read.sequences.count == count)
        }

        var fates: [GoneSegment.Fate] { synchronizer.goneSegments.map(\.fate) }
    }

    @Test(
        "The file, its folder, or one above it is removed; the shard writes on, or is quiet",
        arguments: ["file", "shard", "epoch", "journal", "data"], [true, false])
    func removed(_ what: String, writesOn: Bool) throws {
        var shard = try Shard()
        let epoch = shard.journal + "/" + testShard.epochFolderName
        let paths = [
            "file": shard.segment, "shard": shard.shardFolder, "epoch": epoch, "journal": shard.journal,
            "data": shard.folder.path + "/data",
        ]
        try FileManager.default.removeItem(atPath: try #require(paths[what]))
        // Nobody has noticed yet.
        try shard.add(2)
        shard.synchronizer.syncNow()
        #expect(shard.fates == [.waits(nil)])
        #expect(shard.writer.progress.readable().nextSequence == 5, "what has no name is not shown to followers")
        if writesOn { try shard.add(4) }
        shard.tick()
        #expect(shard.fates == [.restored])
        #expect(shard.writer.progress.readable().nextSequence == UInt64(shard.count))
        try shard.expectWhole()
        try shard.add(1)
        shard.tick()
        try shard.expectWhole()
        #expect(try Files.list(shard.shardFolder).allSatisfy { JournalPath.firstSequence(ofSegmentNamed: $0) != nil })
    }

    @Test("A folder that is moved away and back is as it was")
    func movedBack() throws {
        var shard = try Shard()
        try Files.rename(shard.shardFolder, to: shard.folder.path + "/elsewhere")
        shard.synchronizer.syncNow()
        #expect(shard.fates == [.waits(nil)])
        try Files.rename(shard.folder.path + "/elsewhere", to: shard.shardFolder)
        try shard.add(2)
        shard.tick()
        #expect(shard.fates == [.restored])
        try shard.expectWhole()
    }

    @Test("Another file under its name stays, and the records stand beside it")
    func replaced() throws {
        var shard = try Shard()
        try Files.remove(shard.segment)
        try Data("not a segment".utf8).write(to: URL(fileURLWithPath: shard.segment))
        shard.synchronizer.syncNow()
        try shard.add(2)
        shard.tick()
        let copy = shard.segment + ".restored"
        #expect(shard.fates == [.setAside(path: copy)])
        #expect(try String(contentsOfFile: shard.segment, encoding: .utf8) == "not a segment")
        try Files.rename(copy, to: shard.segment)
        try shard.expectWhole()
    }

    @Test("A segment without a record is left, and nothing is said of it")
    func empty() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(retryNanoseconds: 1), storage: disk)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        // The header is written, the record is not.
        let writes = Mutex(0)
        disk.plan { _, call in
            guard call == .write else { return nil }
            let isFirst = writes.withLock {
                $0 += 1; return $0 == 1
            }
            return isFirst ? nil : .error(.noSpace(in: .pwrite))
        }
        writer.append(payload(0), at: 0)
        #expect(writer.commit(nowNanoseconds: second) == .waiting)
        let path = try #require(disk.paths.first)
        disk.heal()
        try disk.removeFile(path)
        synchronizer.syncNow()
        #expect(synchronizer.goneSegments.map(\.fate) == [.waits(nil)])
        #expect(writer.commit(nowNanoseconds: 2 * second) == .written)
        synchronizer.syncNow()
        #expect(synchronizer.goneSegments == [])
        #expect(try readShard(in: "j", storage: disk).payloads == payloads(1))
    }

    @Test("While it can't be written again, the reason is told and it is tried again, at whichever call it fails")
    func failing() throws {
        for failing in 0... {
            let disk = SimulatedDisk()
            let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
            let synchronizer = JournalSynchronizer()
            synchronizer.register(writer.segments)
            for index in 0..<6 { writer.append(payload(index), at: UInt64(index)) }
            #expect(writer.commit(nowNanoseconds: second) == .written)
            synchronizer.syncNow()
            try disk.removeFile(try #require(disk.paths.first))
            synchronizer.syncNow()
            #expect(writer.commit(nowNanoseconds: 2 * second) == .nothing)
            let error = SystemError.noSpace(in: .pwrite)
            // A second name that can't be removed does no harm.
            let harmless = Mutex(false)
            disk.plan { number, call in
                guard number == failing else { return nil }
                harmless.withLock { $0 = call == .remove }
                return .error(error)
            }
            synchronizer.syncNow()
            let calls = disk.calls
            disk.heal()
            if failing >= calls {
                #expect(synchronizer.goneSegments.map(\.fate) == [.restored] && failing > 5)
                break
            }
            let fate = harmless.withLock { $0 } ? GoneSegment.Fate.restored : .waits(error)
            #expect(synchronizer.goneSegments.map(\.fate) == [fate], "call \(failing)")
            synchronizer.syncNow()
            #expect(synchronizer.goneSegments.map(\.fate) == [.restored], "call \(failing)")
            let left = disk.afterPowerCut()
            #expect(try readShard(in: "j", storage: left).payloads == payloads(6), "call \(failing)")
            let names = disk.paths.count
            #expect(names == 1 || names == 2 && disk[disk.paths[0]] == disk[disk.paths[1]], "call \(failing)")
        }
    }
}
