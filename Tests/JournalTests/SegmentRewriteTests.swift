import Bytes
import Foundation
import Journal
import LinuxSystem
import Simulation
import TestSupport
import Testing

@Suite("A rewritten segment has other payloads where they were asked for, and is the same everywhere else")
struct SegmentRewriteTests {
    /// A shard of two segments, 40 records.
    private static func shard(_ storage: any JournalStorage, _ journal: String) -> [UInt64] {
        let writer = ShardWriter(
            shard: testShard, journalFolder: journal, limits: JournalLimits(segmentBytes: 9_600), storage: storage)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        for index in 0..<40 {
            writer.append(payload(index), at: UInt64(index) + 1)
            _ = writer.commit(nowNanoseconds: UInt64(index) + 1)
        }
        writer.finish(nowNanoseconds: 50)
        synchronizer.syncNow()
        let names = (try? storage.list(journal + "/" + testShard.folder)) ?? []
        return names.compactMap(JournalPath.firstSequence(ofSegmentNamed:))
    }

    private static func path(_ journal: String, _ first: UInt64) -> String {
        journal + "/" + testShard.folder + "/" + JournalPath.segmentName(firstSequence: first)
    }

    private static func rewrite(
        _ storage: any JournalStorage, _ journal: String, _ segments: [UInt64], _ place: Int,
        erasing: Set<[UInt8]> = [], changing: Set<UInt64>
    ) throws -> SegmentRewrite.Outcome {
        let next = place + 1 < segments.count ? segments[place + 1] : nil
        return try SegmentRewrite(
            journalFolder: journal, path: path(journal, segments[place]), endSequence: next, erasing: erasing,
            storage: storage
        ).run { record, payload, buffer in
            guard changing.contains(record.sequence), !payload.hasPrefix("forgotten") else { return false }
            buffer.append("forgotten")
            return true
        }
    }

    private static let forgotten = Array("forgotten".utf8)

    @Test(
        "Records that stay are there byte for byte, sequences and damage too; remembered offsets still lead on"
    )
    func everythingElse() throws {
        let folder = try TemporaryFolder()
        let (storage, journal) = (LinuxStorage(), folder.path + "/journal")
        let segments = Self.shard(storage, journal)
        try #require(segments.count > 1 && segments[1] > 12)
        let file = Self.path(journal, segments[0])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let damaged = try #require(bytes.range(of: Data(payload(7))))
        bytes[damaged.lowerBound] ^= 0x40
        // Behind the last record stands what the next segment has again.
        try (bytes + Data(payload(39))).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 9_000)], ofItemAtPath: file)
        let before = try readShard(in: journal, storage: storage)
        #expect(before.missing == [7])
        // A reader that stands in the midst of it, and one that was told where.
        let open = ShardReader(shard: testShard, journalFolder: journal)
        guard case .record = try open.next() else { throw CocoaError(.fileReadUnknown) }
        var position = ShardPosition.start
        let other = ShardReader(shard: testShard, journalFolder: journal)
        while other.nextSequence < 11 {
            if case .record(let record) = try other.next() { position = other.position(behind: record) }
        }

        let outcome = try Self.rewrite(storage, journal, segments, 0, changing: [3, 9])
        #expect(outcome.changedRecords == 2 && outcome.erasedBytes == 0 && outcome.bytesAfter != outcome.bytesBefore)
        let after = try readShard(in: journal, storage: storage)
        #expect(after.sequences == before.sequences && after.missing == [7])
        var expected = before.payloads
        expected[3] = Self.forgotten
        expected[9] = Self.forgotten
        #expect(after.payloads == expected)
        let rewritten = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(
            rewritten.prefix(8_192) == bytes.prefix(8_192)
                && rewritten.suffix(60) == (bytes + Data(payload(39))).suffix(60))
        #expect(rewritten.range(of: bytes[damaged]) != nil)
        #expect(try Files.status(file).modifiedNanoseconds == 9_000_000_000_000)
        #expect(try readShard(in: journal, from: position, storage: storage).sequences == Array(11..<40))
        #expect(try read(open).payloads[3] == payload(3), "who has the old file open reads on in it")
        #expect(try storage.list(journal) == [testShard.epochFolderName])

        // Once more there is nothing to do, and the file stays.
        let inode = try Files.status(file).inode
        #expect(try Self.rewrite(storage, journal, segments, 0, changing: [3, 9]) == SegmentRewrite.Outcome())
        #expect(try Files.status(file).inode == inode)
    }

    @Test("What is no record and holds what is to be erased is zeros then: damage, a tail, a file without a header")
    func erasing() throws {
        let folder = try TemporaryFolder()
        let (storage, journal) = (LinuxStorage(), folder.path + "/journal")
        let segments = Self.shard(storage, journal)
        let secret = Array("sixteen secrets!".utf8)
        let last = Self.path(journal, try #require(segments.last))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: last))
        bytes += Data([9, 9] + secret + [9])
        try bytes.write(to: URL(fileURLWithPath: last))
        let outcome = try Self.rewrite(storage, journal, segments, segments.count - 1, erasing: [secret], changing: [])
        #expect(outcome.erasedBytes == 19 && outcome.bytesAfter == UInt64(bytes.count))
        #expect(try Data(contentsOf: URL(fileURLWithPath: last)).suffix(19) == Data(count: 19))

        let first = Self.path(journal, segments[0])
        var broken = try Data(contentsOf: URL(fileURLWithPath: first)) + Data(secret)
        for byte in [0, 4_096] { broken[byte] ^= 1 }
        try broken.write(to: URL(fileURLWithPath: first))
        let damages = try readShard(in: journal, storage: storage).damages
        #expect(
            try Self.rewrite(storage, journal, segments, 0, erasing: [Array("another pattern!".utf8)], changing: [1])
                .isRewritten == false)
        #expect(
            try Self.rewrite(storage, journal, segments, 0, erasing: [secret], changing: [1]).erasedBytes
                == UInt64(broken.count))
        #expect(try readShard(in: journal, storage: storage).damages == damages && damages.count == 1)
    }

    @Test("Whatever call fails, and if the power is cut then, each record is the old one or the new one")
    func faults() throws {
        var number = 0
        while true {
            let disk = SimulatedDisk()
            let segments = Self.shard(disk, "j")
            let dies = number
            disk.plan { call, _ in call >= dies ? .error(.inputOutput(in: .pwrite)) : nil }
            let isDone = (try? Self.rewrite(disk, "j", segments, 0, changing: [2, 4])) != nil
            disk.heal()
            var random = SeededGenerator(seed: UInt64(number))
            for left in [disk, disk.afterPowerCut(), disk.afterPowerCut(&random)] {
                var read = try readShard(in: "j", storage: left)
                #expect(read.sequences == Array(0..<40) && read.damages == [], "call \(number)")
                let isNew = read.payloads[2] == Self.forgotten
                #expect((read.payloads[4] == Self.forgotten) == isNew && (isNew || !isDone), "call \(number)")
                // And it can be done again.
                _ = try Self.rewrite(left, "j", segments, 0, changing: [2, 4])
                read = try readShard(in: "j", storage: left)
                #expect(read.payloads[2] == Self.forgotten && read.payloads[3] == payload(3), "call \(number)")
                // What is done stays done when the power is cut then, whatever failed the first time.
                let cut = try readShard(in: "j", storage: left.afterPowerCut())
                #expect(cut.payloads[2] == Self.forgotten, "call \(number)")
            }
            if isDone { break }
            number += 1
        }
        #expect(number > 5)
    }

    @Test(
        "A writer that is told so leaves its segment with its next commit, and no name is taken for lost"
    )
    func leaving() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        let synchronizer = JournalSynchronizer()
        synchronizer.register(writer.segments)
        // A segment without a record has nothing to leave.
        synchronizer.leaveSegments()
        writer.append(payload(0), at: 1)
        _ = writer.commit(nowNanoseconds: 1)
        synchronizer.leaveSegments()
        #expect(writer.progress.releasedBelow == 0)
        _ = writer.commit(nowNanoseconds: 2)
        synchronizer.syncNow()
        #expect(writer.progress.releasedBelow == 1)
        _ = try Self.rewrite(disk, "j", [0, 1], 0, changing: [0])
        writer.append(payload(1), at: 3)
        _ = writer.commit(nowNanoseconds: 3)
        synchronizer.syncNow()
        #expect(synchronizer.goneSegments == [])
        let read = try readShard(in: "j", storage: disk)
        #expect(read.payloads == [0: Self.forgotten, 1: payload(1)])
    }

    @Test("An import takes nothing again of what was rewritten here, and goes on behind it")
    func imports() throws {
        let folder = try TemporaryFolder()
        let (storage, source, journal) = (LinuxStorage(), folder.path + "/source", folder.path + "/journal")
        let segments = Self.shard(storage, source)
        try FileManager.default.copyItem(atPath: source, toPath: journal)
        // Half of the last segment is here, and rewritten.
        let last = Self.path(journal, try #require(segments.last))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: last))
        let cut = try #require(bytes.range(of: Data(payload(39)))).lowerBound - 24
        try bytes.prefix(cut).write(to: URL(fileURLWithPath: last))
        for place in segments.indices {
            _ = try Self.rewrite(storage, journal, segments, place, changing: [1, segments[place] + 1])
        }
        func take(_ isSame: @escaping (Span<UInt8>, Span<UInt8>) -> Bool) throws -> ImportTally {
            let work = JournalImport(
                into: journal, options: JournalImport.Options(takesOpen: true, takesAsItIs: false),
                writes: { _ in false }, expiredBelow: { _ in 0 },
                observer: JournalImport.Observer(onRemark: { _ in }, isSame: isSame))
            return try work.run(from: source)
        }
        #expect(try take { $0.equals($1) }.refusedSegments == 1)
        #expect(try take { mine, other in mine.equals(other) || mine.equals("forgotten") }.takenRecords == 1)
        let read = try readShard(in: journal, storage: storage)
        #expect(read.payloads[1] == Self.forgotten && read.payloads[39] == payload(39) && read.damages == [])
    }
}
