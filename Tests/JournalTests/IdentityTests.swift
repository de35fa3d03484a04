import Journal
import Testing

@Suite("A record has one name for ever")
struct IdentityTests {
    @Test func namesAreWrittenAndRead() throws {
        let record = RecordIdentity(shard: testShard, sequence: 42)
        #expect(record.description == "0123456789abcdef/0195000000000001/3/42")
        #expect(RecordIdentity(record.description) == record)
        let admin = RecordIdentity(
            shard: ShardIdentity(node: 0, epoch: .max, shard: ShardIdentity.adminShard), sequence: .max)
        #expect(admin.description == "0000000000000000/ffffffffffffffff/admin/18446744073709551615")
        #expect(RecordIdentity(admin.description) == admin)
        #expect(admin.shard.folder == "0000000000000000-ffffffffffffffff/admin")
        #expect(JournalPath.segmentName(firstSequence: .max) == "18446744073709551615")
        #expect(JournalPath.segmentName(firstSequence: 7) == "00000000000000000007")
    }

    @Test(arguments: [
        "", "1/2/3/4", "0123456789abcdef/0195000000000001/3", "0123456789ABCDEF/0195000000000001/3/42",
        "0123456789abcdef/0195000000000001/03/42", "0123456789abcdef/0195000000000001/3/042",
        "0123456789abcdef/0195000000000001/65535/42", "0123456789abcdef/0195000000000001/65536/42",
        "0123456789abcdef/0195000000000001/3/+42", "+123456789abcdef/0195000000000001/3/42",
        "0123456789abcdef/0195000000000001/3/18446744073709551616", "0123456789abcdef/0195000000000001/3/42/",
    ])
    func otherTextsAreNoNames(_ text: String) {
        #expect(RecordIdentity(text) == nil)
    }

    @Test(arguments: [
        "7", "0000000000000000000", "000000000000000000000", "0000000000000000000x", "+0000000000000000000",
    ])
    func otherFilesAreNoSegments(_ name: String) {
        #expect(JournalPath.firstSequence(ofSegmentNamed: name) == nil)
    }

    @Test func anEpochIsItsTimeAndChance() {
        let epoch = Epoch.make(nowMilliseconds: 0x0195_1234_5678, random: 0xBEEF)
        #expect(epoch == 0x0195_1234_5678_BEEF)
        #expect(Epoch.startMilliseconds(of: epoch) == 0x0195_1234_5678)
        #expect(Set((0..<8).map { _ in Epoch.make(nowMilliseconds: 1) }).count > 1)
    }
}
