import Simulation
import Bytes
import Journal
import LinuxSystem
import TestSupport
import Testing

@Suite("The form on disk is the one that FORMAT.md says")
struct FormatTests {
    private static let golden = "journal-v1/00000000000000000000"

    /// One record of each kind that a writer makes, and one of a kind that nobody knows.
    private func writeSample(on disk: SimulatedDisk) throws -> [UInt8] {
        let writer = ShardWriter(shard: testShard, journalFolder: "j", storage: disk)
        writer.append(Array("a click".utf8), at: 1)
        writer.append([], at: 2)
        for (kind, text) in [
            (RecordKind.sends, "sent"), (.name, "named"), (RecordKind(rawValue: 200), "from the future"),
        ] {
            let bytes = Array(text.utf8)
            #expect(writer.beginRecord(kind: kind, version: 7, maximumPayloadBytes: 64))
            writer.appendPayload { $0.append(bytes.span) }
            writer.endRecord()
        }
        writer.countLost(atNanoseconds: 0x0102_0304_0506_0708)
        #expect(writer.commit(nowNanoseconds: 0x1122_3344_5566_7788) == .written)
        return disk[try #require(disk.paths.first)]
    }

    @Test func whatIsWrittenIsTheGoldenSegment() throws {
        let bytes = try writeSample(on: SimulatedDisk())
        let golden = try Files.readAll(fixture(Self.golden), limitBytes: 1 << 20)
        #expect(bytes == golden)
    }

    @Test func theGoldenSegmentIsRead() throws {
        let reader = try SegmentReader(path: fixture(Self.golden))
        #expect(reader.header.shard == testShard)
        #expect(reader.header.firstSequence == 0)
        #expect(reader.header.createdNanoseconds == 0x1122_3344_5566_7788)
        var found: [String] = []
        while case .record(let record) = try reader.next() {
            let payload = reader.withPayload { $0.toArray() }
            let text = record.kind == .gap ? "\(payload)" : String(decoding: payload, as: UTF8.self)
            found.append("\(record.sequence) \(record.kind.rawValue) \(record.version) \(text)")
        }
        #expect(
            found == [
                "0 1 1 a click", "1 1 1 ", "2 3 7 sent", "3 4 7 named", "4 200 7 from the future",
                "5 2 1 \([1, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1])",
            ])
    }

    @Test func everyFieldStandsWhereThePageSays() throws {
        let bytes = try writeSample(on: SimulatedDisk())
        #expect(Array(bytes[0..<8]) == Array("TREMOLOJ".utf8))
        #expect(bytes[0..<64] == bytes[4_096..<4_160])
        #expect(bytes[64..<4_096].allSatisfy { $0 == 0 })
        #expect(bytes[4_160..<8_192].allSatisfy { $0 == 0 })
        #expect(number(bytes, 8, 2) == 1)
        #expect(number(bytes, 10, 2) == 64)
        #expect(number(bytes, 12, 2) == 3)
        #expect(number(bytes, 16, 8) == testShard.node)
        #expect(number(bytes, 24, 8) == testShard.epoch)
        #expect(number(bytes, 32, 8) == 0)
        #expect(number(bytes, 40, 8) == 0x1122_3344_5566_7788)
        let marker = number(bytes, 48, 4)
        let seed = UInt32(number(bytes, 52, 4))
        let headerChecksum = CRC32C.checksum(bytes.span.extracting(0..<60))
        #expect(number(bytes, 60, 4) == UInt64(headerChecksum))
        #expect(marker != 0)

        #expect(number(bytes, 8_192, 4) == marker)
        let checksum = CRC32C.checksum(bytes.span.extracting(8_200..<8_223), seed: seed)
        #expect(number(bytes, 8_196, 4) == UInt64(checksum))
        #expect(number(bytes, 8_200, 8) == 0)
        #expect(number(bytes, 8_208, 4) == 7)
        #expect(bytes[8_212] == 1)
        #expect(bytes[8_213] == 1)
        #expect(number(bytes, 8_214, 2) == 0)
        #expect(Array(bytes[8_216..<8_223]) == Array("a click".utf8))
        #expect(number(bytes, 8_223, 4) == marker)
    }

    @Test func everySegmentHasAMarkerAndASeedOfItsOwn() throws {
        let folder = try TemporaryFolder()
        let writer = ShardWriter(shard: testShard, journalFolder: folder.path)
        var salts: Set<UInt64> = []
        for index in 0..<8 {
            writer.append(payload(index))
            _ = writer.finish(nowNanoseconds: second)
            let name = JournalPath.segmentName(firstSequence: UInt64(index))
            let bytes = try Files.readAll(folder.path + "/" + testShard.folder + "/" + name, limitBytes: 1 << 20)
            salts.insert(number(bytes, 48, 8))
        }
        #expect(salts.count == 8)
    }

    private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
    }
}
