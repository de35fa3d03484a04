import Engagement
import Journal
import TestSupport

/// What differs from seed to seed before anything happens.
struct SimulationSettings {
    let shards: Int
    /// What judges: rules without windows, or with some in which nothing is decided.
    let rules: RuleSet
    let durability: JournalDurability
    let segmentBytes: UInt64
    /// Bytes of events that may wait before the next ones are lost: less than the writer has room for, so that a disk
    /// need not fail for long.
    let waitingBytes: Int
    /// How often a call gives others a turn, one in so many.
    let turnsOneIn: Int

    init(_ random: inout SeededGenerator) {
        shards = Int.random(in: 1...3, using: &random)
        rules = .waiting(seconds: [0, 0, 60, 3_600][Int.random(in: 0..<4, using: &random)])
        durability = Bool.random(using: &random) ? .process : .disk
        segmentBytes = UInt64.random(in: 9_000...24_000, using: &random)
        waitingBytes = [400, 1_500, .max][Int.random(in: 0..<3, using: &random)]
        turnsOneIn = [4, 10, 40, 1_000_000][Int.random(in: 0..<4, using: &random)]
    }
}
