import Simulation
import Bytes
import Journal
import LinuxSystem
import TestSupport
import Testing

@Suite("A damaged record loses itself alone")
struct DamageTests {
    private static let events = 12

    /// One segment on a disk in memory, and where each of its records begins; the last number is the file's size.
    private struct Sample {
        let disk: SimulatedDisk
        let path: String
        let bytes: [UInt8]
        let starts: [Int]

        init(successor: Bool = false) throws {
            disk = SimulatedDisk()
            let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
            for index in 0..<DamageTests.events { writer.append(payload(index)) }
            #expect(writer.finish(nowNanoseconds: second) == .written)
            path = try #require(disk.paths.first)
            bytes = disk[path]
            var starts: [Int] = []
            let reader = try SegmentReader(path: path, storage: disk)
            while case .record(let record) = try reader.next() {
                starts.append(Int(record.byteOffset))
            }
            self.starts = starts + [bytes.count]
            if successor {
                writer.append(payload(DamageTests.events))
                #expect(writer.finish(nowNanoseconds: second) == .written)
            }
        }

        /// The record in which a byte lies, or nil for the headers.
        func record(ofByte offset: Int) -> Int? {
            starts.lastIndex { $0 <= offset }
        }
    }

    @Test func truncatedAtEveryByteTheWholeRecordsSurvive() throws {
        let sample = try Sample()
        for length in 0...sample.bytes.count {
            sample.disk[sample.path] = Array(sample.bytes[..<length])
            let read = try readShard(in: "j", storage: sample.disk)
            let whole = sample.starts.dropFirst().count { $0 <= length }
            #expect(read.payloads == payloads(whole), "cut at \(length)")
            #expect(read.damages == [], "cut at \(length)")
        }
    }

    @Test func truncatedAtEveryByteBeforeASuccessorTheRestIsDamage() throws {
        let sample = try Sample(successor: true)
        let last = UInt64(Self.events)
        for length in placesBeforeRecords + Array(8_192..<sample.bytes.count) {
            sample.disk[sample.path] = Array(sample.bytes[..<length])
            let read = try readShard(in: "j", storage: sample.disk)
            let whole = sample.starts.dropFirst().count { $0 <= length }
            var expected = payloads(whole)
            expected[last] = payload(Self.events)
            #expect(read.payloads == expected, "cut at \(length)")
            #expect(read.missing == Array(UInt64(whole)..<last), "cut at \(length)")
            #expect(read.damages.count == 1, "cut at \(length)")
        }
    }

    @Test(arguments: [UInt8(0x01), 0x80, 0xFF])
    func withAnyByteFlippedAllOtherRecordsSurvive(_ flip: UInt8) throws {
        let sample = try Sample(successor: true)
        for offset in placesBeforeRecords + Array(8_192..<sample.bytes.count) {
            var bytes = sample.bytes
            bytes[offset] ^= flip
            sample.disk[sample.path] = bytes
            let read = try readShard(in: "j", storage: sample.disk)
            var expected = payloads(Self.events + 1)
            if let record = sample.record(ofByte: offset) {
                expected[UInt64(record)] = nil
                #expect(read.missing == [UInt64(record)], "byte \(offset)")
                let damage = try #require(read.damages.first)
                #expect(read.damages.count == 1, "byte \(offset)")
                #expect(damage.path == sample.path)
                #expect(damage.byteOffset == UInt64(sample.starts[record]), "byte \(offset)")
                #expect(damage.byteCount == UInt64(sample.starts[record + 1] - sample.starts[record]), "byte \(offset)")
            } else {
                #expect(read.damages == [], "byte \(offset)")
            }
            #expect(read.payloads == expected, "byte \(offset)")
        }
    }

    @Test func bothHeadersBadIsOneDamagedSegment() throws {
        let sample = try Sample(successor: true)
        var bytes = sample.bytes
        bytes[20] ^= 1
        bytes[4_096 + 50] ^= 1
        sample.disk[sample.path] = bytes
        let read = try readShard(in: "j", storage: sample.disk)
        #expect(read.payloads == [UInt64(Self.events): payload(Self.events)])
        #expect(
            read.damages == [
                SegmentDamage(
                    path: sample.path, byteOffset: 0, byteCount: UInt64(bytes.count), firstSequence: 0,
                    missingSequences: UInt64(Self.events), reason: .header)
            ])
    }

    @Test func bothHeadersBadWithRoomForRecordsIsDamageInTheLastSegmentToo() throws {
        let sample = try Sample()
        var bytes = sample.bytes
        bytes[20] ^= 1
        bytes[4_096 + 50] ^= 1
        sample.disk[sample.path] = bytes
        #expect(try readShard(in: "j", storage: sample.disk).damages.map(\.reason) == [.header])
        sample.disk[sample.path] = Array(bytes[..<8_192])
        #expect(try readShard(in: "j", storage: sample.disk).damages == [])
        // What somebody knows to have been there is missing all the same.
        let read = try readShard(in: "j", below: 3, storage: sample.disk)
        #expect(read.missing == [0, 1, 2] && read.damages.map(\.reason) == [.header])
    }

    @Test func aSegmentOfANewerFormatIsRefused() throws {
        let sample = try Sample()
        var bytes = sample.bytes
        for copy in [0, 4_096] {
            bytes[copy + 8] = 2
            let checksum = CRC32C.checksum(bytes.span.extracting(copy..<copy + 60))
            for index in 0..<4 { bytes[copy + 60 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index)) }
        }
        sample.disk[sample.path] = bytes
        #expect(throws: JournalError.newerFormat(segment: sample.path, version: 2)) {
            try readShard(in: "j", storage: sample.disk)
        }
    }

    @Test func aSegmentInAnotherShardsFolderIsNotRead() throws {
        let sample = try Sample()
        let other = ShardIdentity(node: testShard.node, epoch: testShard.epoch, shard: 4)
        let path = "j/" + other.folder + "/00000000000000000000"
        sample.disk[path] = sample.bytes
        let read = try readShard(other, in: "j", storage: sample.disk)
        #expect(read.payloads == [:])
        #expect(read.damages.map(\.reason) == [.misplaced])
    }

    @Test func aMissingSegmentIsDamage() throws {
        let disk = SimulatedDisk()
        let writer = ShardWriter(
            shard: testShard, journalFolder: "j", limits: JournalLimits(segmentBytes: 8_500), storage: disk)
        for index in 0..<40 {
            writer.append(payload(index))
            _ = writer.commit(nowNanoseconds: second)
        }
        let paths = disk.paths
        try #require(paths.count > 3)
        let firsts = paths.compactMap { JournalPath.firstSequence(ofSegmentNamed: String($0.suffix(20))) }
        try disk.removeFile(paths[1])
        let middle = try readShard(in: "j", storage: disk)
        #expect(middle.missing == Array(firsts[1]..<firsts[2]))
        #expect(middle.payloads.count == 40 - middle.missing.count)
        try disk.removeFile(paths[0])
        let front = try readShard(in: "j", storage: disk)
        #expect(front.missing == Array(0..<firsts[2]))
        #expect(front.damages.map(\.reason) == [.missingSegment])
        for path in paths { try disk.removeFile(path) }
        #expect(try readShard(in: "j", below: 40, storage: disk).missing == Array(0..<40))
        #expect(try readShard(in: "j", storage: disk) == ReadShard())
    }

    @Test func aRecordPlantedInAPayloadIsNeverRead() throws {
        // What a client could know of the form: whole records of another segment, and ones of its own making.
        let other = try Sample()
        var planted = Array(other.bytes[8_192...])
        let forged = SimulatedDisk()
        let forger = ShardWriter(shard: testShard, journalFolder: "j", storage: forged)
        for index in 0..<6 { forger.append(payload(100 + index)) }
        _ = forger.commit(nowNanoseconds: second)
        planted += forged[try #require(forged.paths.first)][8_192...]

        let disk = SimulatedDisk()
        _ = try disk.random()
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(payload(0))
        writer.append(Array("Mozilla/5.0 ".utf8) + planted)
        writer.append(payload(2))
        _ = writer.commit(nowNanoseconds: second)
        let path = try #require(disk.paths.first)
        let bytes = disk[path]
        let start = 8_192 + 24 + payload(0).count
        for offset in start..<start + 24 + 12 {
            var flipped = bytes
            flipped[offset] ^= 0x10
            disk[path] = flipped
            let read = try readShard(in: "j", storage: disk)
            #expect(read.payloads == [0: payload(0), 2: payload(2)], "byte \(offset)")
            #expect(read.missing == [1], "byte \(offset)")
        }
    }

    @Test func aRecordOfTheSameSegmentInAnImplausiblePlaceIsNotTaken() throws {
        let sample = try Sample()
        // The last record copied over the third: right marker and checksum, and a sequence that the gap can't explain.
        let last = sample.bytes[sample.starts[Self.events - 1]...]
        var bytes = sample.bytes
        let place = sample.starts[3] + 8
        bytes.replaceSubrange(place..<place + last.count, with: last)
        let end = try #require(sample.starts.first { $0 >= place + last.count })
        sample.disk[sample.path] = bytes
        let read = try readShard(in: "j", storage: sample.disk)
        let survivor = try #require(sample.starts.firstIndex(of: end))
        #expect(read.missing == Array(3..<UInt64(survivor)))
        #expect(read.sequences == Array(0..<3) + Array(UInt64(survivor)..<UInt64(Self.events)))
    }

    @Test func arbitraryBytesNeverTrap() throws {
        let seed: UInt64 = 7
        var generator = SeededGenerator(seed: seed)
        let sample = try Sample()
        for round in 0..<300 {
            var bytes = sample.bytes
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                let offset = Int.random(in: 8_192..<bytes.count, using: &generator)
                bytes[offset] = UInt8.random(in: 0...255, using: &generator)
            }
            if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            sample.disk[sample.path] = bytes
            let read = try readShard(in: "j", below: UInt64(Self.events), storage: sample.disk)
            // Everything is either handed out as it was, or reported missing.
            #expect(
                Set(read.sequences).union(read.missing) == Set(0..<UInt64(Self.events)), "seed \(seed), round \(round)")
            #expect(Set(read.sequences).isDisjoint(with: read.missing), "seed \(seed), round \(round)")
            for (sequence, bytes) in read.payloads { #expect(bytes == payload(Int(sequence))) }
        }
    }
}
