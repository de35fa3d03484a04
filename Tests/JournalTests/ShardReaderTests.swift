import Simulation
import Bytes
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@Suite("A follower sees every record once")
struct ShardReaderTests {
    private let limits = JournalLimits(segmentBytes: 9_000)

    @Test func itGoesOnWhereItStoppedWithAnyHint() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", limits: limits, storage: disk)
        for index in 0..<60 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
        }
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        var positions = [ShardPosition.start]
        while case .record(let record) = try reader.next() { positions.append(reader.position(behind: record)) }
        #expect(positions.count == 61)
        for position in positions {
            let hints = [
                position, ShardPosition(nextSequence: position.nextSequence),
                ShardPosition(
                    nextSequence: position.nextSequence, segmentFirstSequence: position.segmentFirstSequence,
                    lastReadOffset: 8_200),
                ShardPosition(
                    nextSequence: position.nextSequence, segmentFirstSequence: position.segmentFirstSequence,
                    lastReadOffset: .max / 2),
                ShardPosition(nextSequence: position.nextSequence, segmentFirstSequence: 1, lastReadOffset: 8_192),
            ]
            for hint in hints {
                let read = try readShard(in: "j", from: hint, storage: disk)
                #expect(read.sequences == Array(position.nextSequence..<60))
                #expect(read.damages == [])
            }
        }
    }

    @Test func itReadsNoFurtherThanTheLimit() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", limits: limits, storage: disk)
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        for index in 0..<60 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
            #expect(try read(reader, below: UInt64(index)).sequences == (index == 0 ? [] : [UInt64(index - 1)]))
        }
    }

    @Test func aSegmentThatGoesWhileItIsReadIsMissingAndTheRestIsRead() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", limits: limits, storage: disk)
        for index in 0..<60 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
        }
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        guard case .record = try reader.next() else { return #expect(Bool(false), "the first record is there") }
        // The reader has seen the folder; the next segment but one goes.
        let paths = disk.paths.sorted()
        try #require(paths.count > 3)
        try disk.removeFile(paths[2])
        let rest = try read(reader)
        #expect((rest.sequences + rest.missing).sorted() == Array(1..<60))
        #expect(!rest.missing.isEmpty && rest.sequences.last == 59)
    }

    @Test func recordsAreHandedOutWithTheirPayloadsUntilEnoughWere() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", limits: limits, storage: disk)
        for index in 0..<60 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
        }
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        var payloads: [[UInt8]] = []
        while true {
            let before = payloads.count
            let read = try reader.readRecords(atMost: 7, below: 59) { record, payload in
                #expect(record.sequence == UInt64(payloads.count))
                payloads.append(payload.toArray())
            }
            #expect(read.count == payloads.count - before && read.count <= 7)
            if let step = read.step {
                #expect(step == .end)
                break
            }
        }
        #expect(payloads == (0..<59).map { payload($0) })
    }

    @Test func damageAtTheReadableEndIsReportedOnceAndReadingGoesOn() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        for index in 0..<3 { writer.append(payload(index)) }
        _ = writer.commit(nowNanoseconds: second)
        let path = try #require(disk.paths.first)
        let node = try disk.openFile(path, forWriting: true)
        let broken: [UInt8] = [0xAA]
        _ = try node.write(broken.span, at: UInt64(disk[path].count - 1))
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        let first = try read(reader, below: 3)
        #expect(first.sequences == [0, 1])
        #expect(first.missing == [2])
        #expect(try read(reader, below: 3) == ReadShard())
        for index in 3..<6 { writer.append(payload(index)) }
        _ = writer.commit(nowNanoseconds: second)
        let rest = try read(reader, below: 6)
        #expect(rest.sequences == [3, 4, 5])
        #expect(rest.damages == [])
        // A new reader that begins behind the damage finds its way too.
        let later = try readShard(in: "j", from: ShardPosition(nextSequence: 3), below: 6, storage: disk)
        #expect(later.sequences == [3, 4, 5])
        #expect(later.damages == [])
    }

    @Test func aTailThatIsCutOffIsReadWhenItIsThere() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        for index in 0..<2 { writer.append(payload(index)) }
        _ = writer.commit(nowNanoseconds: second)
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        #expect(try read(reader).payloads == payloads(2))
        disk.plan { number, _ in number == 0 ? .torn(.noSpace(in: .pwrite)) : nil }
        writer.append(payload(2))
        #expect(writer.commit(nowNanoseconds: 2 * second) == .waiting)
        #expect(try read(reader) == ReadShard())
        #expect(writer.commit(nowNanoseconds: 3 * second) == .written)
        #expect(try read(reader).payloads == [2: payload(2)])
    }

    @Test func itFollowsARunningWriter() throws {
        let folder = try TemporaryFolder()
        let count = 20_000
        let progress = ShardProgress()
        let synchronizer = JournalSynchronizer()
        let path = folder.path
        let thread = try SystemThread.start(name: "writer") { [limits = JournalLimits(segmentBytes: 65_536)] in
            let writer = ShardWriter(shard: testShard, journalFolder: path, limits: limits, progress: progress)
            synchronizer.register(writer.segments)
            for index in 0..<count {
                writer.append(payload(index), at: UInt64(index))
                if index % 16 == 0 {
                    _ = writer.commit(nowNanoseconds: second)
                    writer.promise(nothingBefore: UInt64(index))
                }
            }
            _ = writer.finish(nowNanoseconds: second)
            writer.promise(nothingBefore: UInt64(count))
        }
        try synchronizer.start(intervalNanoseconds: 1_000_000)
        let reader = ShardReader(shard: testShard, journalFolder: path)
        var seen = 0
        try eventually("every record is read") {
            let (safe, next) = progress.readable()
            let part = try read(reader, below: next)
            #expect(part.damages == [])
            #expect(part.sequences == Array(UInt64(seen)..<next))
            #expect(UInt64(seen + part.sequences.count) >= safe)
            for (sequence, bytes) in part.payloads where bytes != payload(Int(sequence)) {
                Issue.record("record \(sequence) is another's")
            }
            seen = Int(next)
            return seen >= count
        }
        thread.join()
        synchronizer.stop()
        #expect(progress.readable() == (UInt64(count), UInt64(count)))
        #expect(synchronizer.notDurableRanges == [])
    }

    @Test func aFolderIsScanned() throws {
        let folder = try TemporaryFolder()
        #expect(try JournalDirectory.scan(folder.path + "/missing") == [])
        let admin = ShardIdentity(node: 1, epoch: 2, shard: ShardIdentity.adminShard)
        let worker = ShardIdentity(node: 1, epoch: 2, shard: 10)
        let later = ShardIdentity(node: 1, epoch: 3, shard: 9)
        for shard in [later, admin, worker] {
            let writer = ShardWriter(shard: shard, journalFolder: folder.path)
            writer.append(payload(0))
            _ = writer.finish(nowNanoseconds: 42)
            writer.append(payload(1))
            _ = writer.finish(nowNanoseconds: 43)
        }
        try Files.makeDirectory(folder.path + "/lost+found")
        try Files.makeDirectory(folder.path + "/" + worker.epochFolderName + "/010")
        _ = try FileDescriptor.open(folder.path + "/" + worker.folder + "/00000000000000000000.new", .createNew)
        let shards = try JournalDirectory.scan(folder.path)
        #expect(shards.map(\.identity) == [worker, admin, later])
        #expect(shards.allSatisfy { $0.segments == [0, 1] })
        #expect(try JournalDirectory.createdNanoseconds(ofSegment: shards[0].segmentPath(1)) == 43)
    }

    @Test("What is written between the end of a segment and the look for the next one is read, and is no damage")
    func writtenMeanwhile() throws {
        let later = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: later)
        for index in 0..<6 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
            if index == 3 { _ = writer.finish(nowNanoseconds: second) }
        }
        let paths = later.paths
        let whole = later[paths[0]]
        let half = 8_192 + 2 * 24 + payload(0).count + payload(1).count
        let disk = SimulatedDisk()
        disk[paths[0]] = Array(whole[..<half])
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        #expect(try read(reader).sequences == [0, 1])
        let isWritten = Mutex(false)
        disk.planReading { call in
            guard call == .list, !isWritten.withLock({ $0 }) else { return nil }
            isWritten.withLock { $0 = true }
            let rest = whole[half...]
            let written = try? disk.openFile(paths[0], forWriting: true).write(Array(rest).span, at: UInt64(half))
            disk[paths[1]] = later[paths[1]]
            return written == rest.count ? nil : .error(.inputOutput(in: .pwrite))
        }
        let found = try read(reader)
        #expect(isWritten.withLock { $0 })
        #expect(found.sequences == [2, 3, 4, 5] && found.damages == [])
    }

    @Test("At its end it holds no file, and goes on where it was without reading all again")
    func holdsNothingAtTheEnd() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        let counted = CountingStorage(disk)
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: counted)
        for round in 0..<4 {
            for index in 0..<900 { writer.append(payload(900 * round + index)) }
            _ = writer.commit(nowNanoseconds: second)
            if round == 2 { _ = writer.finish(nowNanoseconds: second) }
            _ = counted.take()
            #expect(try read(reader).sequences == (900 * UInt64(round)..<900 * UInt64(round + 1)).map { $0 })
            #expect(counted.openFiles == 0)
            // A round's records are some 45 KB; the file of the rounds before is not read again.
            #expect(counted.take().readBytes < 100_000)
            #expect(try read(reader).sequences == [])
        }
    }
}
