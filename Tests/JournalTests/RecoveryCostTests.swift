import Bytes
import Journal
import LinuxSystem
import Simulation
import Testing

@Suite("A start reads what may be torn, not the whole journal")
struct RecoveryCostTests {
    private static let shards = 3

    /// Epochs of a node, each of some shards of several segments, of which the last is torn.
    private func journal(epochs: Int) -> SimulatedDisk {
        let disk = SimulatedDisk()
        for epoch in 0..<epochs {
            for shard in 0..<Self.shards {
                let identity = ShardIdentity(
                    node: testShard.node, epoch: UInt64(epoch + 1) << 16, shard: UInt16(shard))
                let writer = ShardWriter(
                    shard: identity, journalFolder: "j", limits: JournalLimits(segmentBytes: 9_000), storage: disk)
                for index in 0..<100 {
                    writer.append(payload(index))
                    _ = writer.commit(nowNanoseconds: second)
                }
                if let last = disk.paths.last(where: { $0.contains(identity.folder) }) { disk[last].removeLast(7) }
            }
        }
        return disk
    }

    @Test("Recovery reads the last segment of each shard of each epoch, once")
    func recovery() throws {
        let disk = journal(epochs: 4)
        let all = disk.paths.count
        let counting = CountingStorage(disk)
        let recovered = try JournalRecovery.run(journalFolder: "j", node: testShard.node, storage: counting)
        #expect(recovered.count == 4 * Self.shards && recovered.allSatisfy { $0.cutBytes > 0 })
        let counts = counting.take()
        #expect(all >= 5 * counts.readPaths.count, "\(all) segments")
        #expect(counts.readPaths == Set(recovered.map(\.path)))
        // A header is read once more than its segment, and where a record is torn the reader looks again.
        #expect(counts.readBytes <= recovered.count * 3 * 9_000, "\(counts.readBytes) bytes")

        // The next start finds nothing to read, however long the journal is.
        #expect(try JournalRecovery.run(journalFolder: "j", node: testShard.node, storage: counting) == [])
        let second = counting.take()
        #expect(second.readBytes == 0 && second.opens == 0)
    }

    @Test("Behind a position that was read before, recovery reads what follows and nothing else")
    func behindWhatWasRead() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        for index in 0..<5_000 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
        }
        let path = try #require(disk.paths.first { $0.contains(testShard.folder) })
        disk[path].removeLast(7)
        let whole = disk[path]
        let reader = ShardReader(shard: testShard, journalFolder: "j", storage: disk)
        var positions: [ShardPosition] = []
        while case .record(let record) = try reader.next() { positions.append(reader.position(behind: record)) }
        try #require(positions.count == 4_999)

        let counting = CountingStorage(disk)
        func recover(_ read: ShardPosition) throws -> Int {
            disk[path] = whole
            for name in [JournalPath.recoveredName, JournalPath.interruptedName] {
                let mark = "j/\(testShard.epochFolderName)/\(name)"
                if disk.paths.contains(mark) { try disk.removeFile(mark) }
            }
            let recovered = try JournalRecovery.run(
                journalFolder: "j", node: testShard.node, read: [testShard: read], storage: counting)
            #expect(recovered.map(\.nextSequence) == [4_999])
            #expect(recovered.map(\.cutBytes) == [UInt64(24 + payload(4_999).count - 7)])
            return counting.take().readBytes
        }
        let all = try recover(.start)
        #expect(all > whole.count)
        #expect(try recover(positions[4_990]) < 40_000)
        // Positions that are not there are not believed.
        let last = positions[4_990]
        for wrong in [
            ShardPosition(nextSequence: 4_900, segmentFirstSequence: 0, lastReadOffset: last.lastReadOffset),
            ShardPosition(
                nextSequence: last.nextSequence, segmentFirstSequence: 0, lastReadOffset: last.lastReadOffset + 1),
            ShardPosition(nextSequence: 9_000, segmentFirstSequence: 0, lastReadOffset: 1 << 40),
        ] { #expect(try recover(wrong) >= whole.count) }
    }
}
