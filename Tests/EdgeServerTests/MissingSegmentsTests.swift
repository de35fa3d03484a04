import Campaigns
import Journal
import Testing

@testable import EdgeServer

@Suite("What is gone from the journal without having expired is missing")
struct MissingSegmentsTests {
    private let shard = ShardIdentity(node: 1, epoch: 1, shard: 0)
    private let other = ShardIdentity(node: 1, epoch: 1, shard: 1)

    private func segment(_ firstSequence: UInt64) -> MissingSegments.Segment {
        MissingSegments.Segment(shard: shard, firstSequence: firstSequence)
    }

    private func look(
        _ missing: inout MissingSegments, _ firsts: [UInt64]?, expired: UInt64 = 0, counted: UInt64 = 0
    ) {
        var found = [other: [UInt64(0)]]
        found[shard] = firsts
        missing.look(found, expiry: expired > 0 ? [ShardExpiry(shard: shard, nextSequence: expired)] : []) {
            [ShardCheckpoint(shard: shard, position: ShardPosition(nextSequence: counted))]
        }
    }

    @Test("At the beginning, in the midst, at the end, and all of them")
    func gone() {
        var missing = MissingSegments()
        look(&missing, [0, 10, 20, 30])
        #expect(missing.trouble == nil)
        look(&missing, [10, 30])
        #expect(missing.segments == [segment(0), segment(20)])
        #expect(missing.trouble?.hasPrefix("\(shard.folder)/00000000000000000000 and 1 more: gone") == true)
        look(&missing, nil)
        #expect(missing.segments == [segment(0), segment(10), segment(20), segment(30)])
        look(&missing, [10, 20, 30, 40])
        #expect(missing.segments == [segment(0)])
        missing.accept()
        look(&missing, [10, 20, 30, 40])
        #expect(missing.segments.isEmpty)
    }

    @Test("What expires goes without a word, also when it was missing before")
    func expiring() {
        var missing = MissingSegments()
        look(&missing, [0, 10, 20, 30])
        look(&missing, [20, 30], expired: 20)
        #expect(missing.segments.isEmpty)
        look(&missing, [30], expired: 20)
        #expect(missing.segments == [segment(20)])
        look(&missing, [30], expired: 30)
        #expect(missing.segments.isEmpty)
    }

    @Test("A shard that is not there at the start is missing when it was counted and has not expired")
    func atTheStart() {
        for (counted, expired, isMissing) in [(UInt64(0), UInt64(0), false), (50, 0, true), (50, 50, false)] {
            var missing = MissingSegments()
            look(&missing, nil, expired: expired, counted: counted)
            #expect(missing.segments == (isMissing ? [segment(expired)] : []), "\(counted), \(expired)")
        }
    }
}
