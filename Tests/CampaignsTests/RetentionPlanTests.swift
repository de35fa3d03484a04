import Journal
import LinuxSystem
import Testing

@testable import Campaigns

/// One shard of a plan's world: its segments, each of ten records and a hundred bytes.
struct PlannedShard: Sendable {
    /// When each segment was left, in seconds; the last is that of a writer that is gone.
    var ended: [UInt64]
    /// How many records the embedded store has counted.
    var counted: UInt64
    /// The writer is gone and everything is counted.
    var isWhole = false
    /// Up to which record the synchronizer of a running writer has let go; nil for a writer that is gone.
    var released: UInt64?
    /// How many records another store has taken; nil when there is none.
    var other: UInt64?
}

struct PlannedRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var shards: [PlannedShard]
    var retention: UInt64 = 1_000
    var cap: UInt64?
    var floor: UInt64 = 0
    var free: UInt64 = 1_000
    /// Shard, segment and reason of what goes, such as `0.1 age`.
    var going: [String]
    var held: [String] = []
    var missed: [String] = []
    var isOverCap = false
    var isBelowFloor = false
}

@Suite("Which segments go, why, and who holds which back")
struct RetentionPlanTests {
    private static let second: UInt64 = 1_000_000_000

    private static func identity(_ shard: Int) -> ShardIdentity {
        ShardIdentity(node: 1, epoch: 1, shard: UInt16(shard))
    }

    private static func plan(_ row: PlannedRow) -> RetentionPlan {
        var inventory = ClosedSegments.Inventory()
        var counted = CountedJournal()
        var other: [ShardIdentity: UInt64] = [:]
        for (number, shard) in row.shards.enumerated() {
            let identity = identity(number)
            inventory.shards[identity] = shard.ended.enumerated().map { place, ended in
                let isLast = shard.isWhole && place == shard.ended.count - 1
                return ClosedSegment(
                    shard: identity, firstSequence: UInt64(place) * 10,
                    endSequence: isLast ? nil : UInt64(place + 1) * 10,
                    sizeBytes: 100, endedNanoseconds: ended * second)
            }
            inventory.totalBytes += UInt64(shard.ended.count) * 100
            counted.shards[identity] = CountedJournal.Shard(
                nextSequence: shard.counted, isWhole: shard.isWhole, releasedBelow: shard.released ?? .max)
            other[identity] = shard.other
        }
        return RetentionPlan(
            inventory, counted: counted,
            others: other.isEmpty ? [] : [StorePosition(name: "other", nextSequences: other)],
            limits: RetentionLimits(
                retentionNanoseconds: row.retention * second, sizeCapBytes: row.cap, minimumFreeBytes: row.floor),
            space: DiskSpace(freeBytes: row.free, totalBytes: 10_000), nowNanoseconds: 2_000 * second)
    }

    /// What goes by age is older than second 1,000.
    static let rows = [
        PlannedRow(
            testDescription: "nothing is old, nothing is short of room",
            shards: [PlannedShard(ended: [1_500, 1_600], counted: 20)], going: []),
        PlannedRow(
            testDescription: "what is old goes, from each shard",
            shards: [
                PlannedShard(ended: [500, 900, 1_100], counted: 30), PlannedShard(ended: [800, 1_500], counted: 20),
            ], going: ["0.0 age", "1.0 age", "0.1 age"]),
        PlannedRow(
            testDescription: "a segment exactly as old as the retention stays",
            shards: [PlannedShard(ended: [999, 1_000], counted: 20)], going: ["0.0 age"]),
        PlannedRow(
            testDescription: "what the embedded store has not counted stays, whatever the cap and the floor say",
            shards: [PlannedShard(ended: [500, 600], counted: 10)], cap: 0, floor: 5_000, free: 100, going: ["0.0 age"],
            held: ["embedded 1"], isOverCap: true, isBelowFloor: true),
        PlannedRow(
            testDescription: "a segment that is counted in part stays",
            shards: [PlannedShard(ended: [500], counted: 9)], going: [], held: ["embedded 1"]),
        PlannedRow(
            testDescription: "a running writer's segment goes when the synchronizer has let go of it, too",
            shards: [PlannedShard(ended: [500, 600], counted: 20, released: 19)], going: ["0.0 age"],
            held: ["embedded 1"]),
        PlannedRow(
            testDescription: "and though no record behind it is counted",
            shards: [PlannedShard(ended: [500, 600], counted: 20, released: 20)], going: ["0.0 age", "0.1 age"]),
        PlannedRow(
            testDescription: "a store that lags holds back what is old",
            shards: [PlannedShard(ended: [500, 600, 700], counted: 30, other: 15)], going: ["0.0 age"],
            held: ["other 2"]),
        PlannedRow(
            testDescription: "up to the cap, past which the oldest go, and what the store misses is told",
            shards: [PlannedShard(ended: [500, 600, 700], counted: 30, other: 15)], cap: 150,
            going: ["0.0 age", "0.1 size-cap"], held: ["other 1"], missed: ["other 0 15..<20"]),
        PlannedRow(
            testDescription: "the floor does the same",
            shards: [PlannedShard(ended: [500, 600, 700], counted: 30, other: 0)], floor: 1_000, free: 750,
            going: ["0.0 floor", "0.1 floor", "0.2 floor"],
            missed: ["other 0 0..<10", "other 0 10..<20", "other 0 20..<30"]),
        PlannedRow(
            testDescription: "the cap takes the oldest of all shards, and no more than it must",
            shards: [
                PlannedShard(ended: [1_500, 1_700], counted: 20), PlannedShard(ended: [1_600, 1_650], counted: 20),
            ], cap: 200, going: ["0.0 size-cap", "1.0 size-cap"]),
        PlannedRow(
            testDescription: "a shard that is not counted does not keep the others from going",
            shards: [
                PlannedShard(ended: [1_100, 1_200], counted: 0), PlannedShard(ended: [1_600, 1_650], counted: 20),
            ], cap: 300, going: ["1.0 size-cap"]),
        PlannedRow(
            testDescription: "of one shard the first goes first, though a clock that was set back made it younger",
            shards: [PlannedShard(ended: [1_800, 500], counted: 20), PlannedShard(ended: [1_700], counted: 10)],
            cap: 200, going: ["1.0 size-cap"]),
        PlannedRow(
            testDescription: "such a clock keeps what stands behind it for as long",
            shards: [PlannedShard(ended: [1_800, 500], counted: 20)], going: []),
        PlannedRow(
            testDescription: "the last segment of a writer that is gone goes when all of it is counted",
            shards: [PlannedShard(ended: [500, 600], counted: 17, isWhole: true)], going: ["0.0 age", "0.1 age"]),
        PlannedRow(
            testDescription: "a last segment without a readable record stays",
            shards: [PlannedShard(ended: [500, 600], counted: 10, isWhole: true)], going: ["0.0 age"],
            held: ["embedded 1"]),
        PlannedRow(
            testDescription: "the floor is at most a tenth of the file system",
            shards: [PlannedShard(ended: [1_500], counted: 10)], floor: 9_000, free: 1_000, going: []),
        PlannedRow(
            testDescription: "no floor is asked for",
            shards: [PlannedShard(ended: [1_500], counted: 10)], floor: 0, free: 0, going: []),
    ]

    @Test(arguments: rows)
    func plans(_ row: PlannedRow) {
        let plan = Self.plan(row)
        let going = plan.going.map { going in
            "\(going.segment.shard.shard).\(going.segment.firstSequence / 10) \(going.reason.rawValue)"
        }
        #expect(going == row.going)
        #expect(plan.held.map { "\($0.store) \($0.segments)" } == row.held)
        #expect(plan.held.allSatisfy { $0.bytes == UInt64($0.segments) * 100 })
        #expect(plan.missed.map { "\($0.store) \($0.shard.shard) \($0.sequences)" } == row.missed)
        #expect(plan.isOverCap == row.isOverCap && plan.isBelowFloor == row.isBelowFloor)
    }

    @Test("A plan takes no more at once than can be sealed in a while, and the oldest")
    func bounded() {
        let ended = (0..<1_000 as Range<UInt64>).map { $0 / 2 }
        let plan = Self.plan(
            PlannedRow(testDescription: "", shards: [PlannedShard(ended: ended, counted: 10_000)], going: []))
        #expect(plan.going.map { $0.segment.firstSequence } == (0..<128).map { $0 * 10 })
        #expect(plan.goingBytes == 12_800)
    }

    @Test("Where the file system can't be asked, nothing goes for its sake")
    func noSpace() {
        let plan = RetentionPlan(
            ClosedSegments.Inventory(), counted: CountedJournal(),
            limits: RetentionLimits(retentionNanoseconds: 0, minimumFreeBytes: 1), space: nil, nowNanoseconds: 1)
        #expect(plan.going.isEmpty && !plan.isBelowFloor)
    }
}
