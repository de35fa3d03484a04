import Campaigns
import Journal
import LinuxSystem

/// What one store has counted and one that is made anew from the same journal has not: records that were damaged, or
/// taken away, after they were counted.
struct CountedLosses {
    /// How far the first store was with each shard.
    let before: [ShardCheckpoint]
    /// The folder of all shards.
    let journalFolder: String
    /// What retention has deleted, by shard: it is counted for ever.
    let expiry: [ShardIdentity: ShardExpiry]

    /// Lines that are told of one shard, at most.
    private static let linesMax = 1_000

    /// Tells of each shard whose events are fewer now: where its journal is not whole, and how many events that
    /// changes. Only shards whose counts differ are read again.
    ///
    /// - Parameters:
    ///   - after: how far the store is that was made anew.
    ///   - tell: told a line at a time.
    func tell(after: [ShardCheckpoint], _ tell: (String) -> Void) {
        let after = Dictionary(after.map { ($0.shard, $0) }, uniquingKeysWith: { $1 })
        for old in before.sorted(by: { $0.shard < $1.shard }) where old.counted + old.expired > 0 {
            if let new = after[old.shard], Self.holdsAll(of: old, new) { continue }
            compare(old, isThere: after[old.shard] != nil, tell)
        }
    }

    /// A shard in which nothing new is damaged and nothing is gone; what is open there and was closed here is counted,
    /// too.
    private static func holdsAll(of old: ShardCheckpoint, _ new: ShardCheckpoint) -> Bool {
        new.damaged == old.damaged && new.counted + new.pending + new.expired >= old.counted + old.expired
            && (new.position.nextSequence >= old.position.nextSequence || new.pending > 0)
    }

    private static func were(_ count: UInt64) -> String { count == 1 ? "was" : "were" }

    private func compare(_ old: ShardCheckpoint, isThere: Bool, _ tell: (String) -> Void) {
        let known = expiry[old.shard] ?? ShardExpiry(shard: old.shard)
        let told = old.counted + old.expired
        guard isThere else {
            return tell("\(JournalTrouble.missing(old.shard, events: told)): they are counted no more")
        }
        var lines: [String] = []
        var lineCount = 0
        let end = old.position.nextSequence
        let piece = JournalPiece(
            shard: old.shard, firstSequence: known.nextSequence, endSequence: end, countedSequence: end, bytes: 0)
        do throws(JournalError) {
            let tally = try piece.read(
                in: journalFolder, expiredBelow: { _ in known.nextSequence },
                onTrouble: { trouble in
                    lineCount += 1
                    if lines.count < Self.linesMax { lines.append("\(trouble)") }
                }, advance: { _ in true })
            guard tally.countedEvents + known.events < told else { return }
            for line in lines { tell(line) }
            if lineCount > lines.count { tell("\(old.shard): and \(lineCount - lines.count) more damages") }
            let lost = told - tally.countedEvents - known.events
            let damagedBefore =
                old.damaged > 0 ? "; \(old.damaged) of the records \(Self.were(old.damaged)) damaged before" : ""
            tell(
                "\(old.shard): \(lost) event\(lost == 1 ? " is" : "s are") counted no more: damaged or gone since "
                    + "\(lost == 1 ? "it" : "they") \(Self.were(lost)) counted" + damagedBefore)
        } catch {
            tell("\(old.shard): what is counted no more can't be told: \(error)")
        }
    }
}
