package import Engagement
package import Journal

/// Carries a plan of retention out, a bounded step at a time: seals, says what goes, deletes.
///
/// **Problem.** A deleted segment can't be counted again, and a store can be lost, or rebuilt under other rules. So
/// what a segment adds to the figures must be on the disk, apart from the store in use, before the segment goes; and
/// whoever dies in between must leave something that the next one can finish.
///
/// **Shape.** Sealed figures are a second store of the same form, filled by an ordinary aggregator over the same
/// journal that `SealingBounds` hold back to a moment behind the segments that go. It is the store in use as that was
/// when its watermark stood there, and a rebuild begins with a copy of it. Then, for each segment, the oldest of its
/// shard first: what it holds is counted, the sealed store says that everything below its end has expired, and its file
/// is deleted.
///
/// **Guarantees.** Each of these is durable before the next: the store in use has counted a segment, it is sealed, it
/// has expired, it is deleted. So what is missing below a shard's expiry stands in both stores, whenever power fails.
/// What is left of an expired segment is deleted by `removeLeftovers`.
///
/// **Not promised.** A sealed figure keeps the rules, zones and limits that it was sealed under.
package final class RetentionRun {
    /// What a run works on.
    package struct World {
        /// The folder of all shards.
        package var journalFolder: String
        /// This node.
        package var node: UInt64
        /// The shards whose writers run in this process.
        package var live: Set<ShardIdentity>
        /// What judges now: what is sealed in this run keeps it.
        package var rules: RuleSet
        /// The sections' zones, likewise.
        package var sections: SectionDirectory
        /// What tells countries, likewise; nil where nobody can be asked.
        package var countries: (any CountryLookup)?
        /// The limits, likewise.
        package var limits: FigureLimits
        /// Where files are.
        package var storage: any JournalStorage

        /// Describes it; a step reads at most `recordsPerStep`, whatever the limits say.
        package init(
            journalFolder: String, node: UInt64, live: Set<ShardIdentity>, rules: RuleSet, sections: SectionDirectory,
            countries: (any CountryLookup)? = nil, limits: FigureLimits, storage: any JournalStorage = LinuxStorage()
        ) {
            self.journalFolder = journalFolder
            self.node = node
            self.live = live
            self.rules = rules
            self.sections = sections
            self.countries = countries
            self.limits = limits
            self.storage = storage
            self.limits.recordsPerCommitMax = min(limits.recordsPerCommitMax, RetentionRun.recordsPerStep)
        }
    }

    /// What a step came to.
    package struct Step {
        /// There is more to do.
        package var hasMore = true
        /// What has expired with this step.
        package var expired: ShardExpiry?
        /// Why.
        package var reason: RetentionPlan.Reason?
        /// What was deleted.
        package var removed = SegmentRemoval.Outcome()
    }

    private enum Stage {
        case sealing
        case removing
    }

    private let world: World
    private let sealed: SQLiteCampaignStore
    private let synchronizeStore: () throws(StoreError) -> Void
    private let onTrouble: (String) -> Void
    private var going: [RetentionPlan.Going]
    private var stage = Stage.sealing
    private var aggregator: Aggregator<SQLiteCampaignStore>?
    /// How often it was begun to seal.
    private var attempts = 0
    private var isStoreDurable = false
    private var expiry: [ShardIdentity: ShardExpiry] = [:]
    private var tally: SegmentTally?

    /// Records that one step reads: some tens of milliseconds, for which a flush waits at the most.
    package static let recordsPerStep = 32_768

    /// Begins.
    ///
    /// - Parameters:
    ///   - sealed: the store of sealed figures, `SQLiteCampaignStore.sealed`.
    ///   - synchronizeStore: brings what the store in use has committed to the medium.
    ///   - onTrouble: told of damage, a line each.
    package init(
        _ plan: RetentionPlan, _ world: World, sealed: SQLiteCampaignStore,
        synchronizeStore: @escaping () throws(StoreError) -> Void, onTrouble: @escaping (String) -> Void
    ) {
        going = plan.going
        self.world = world
        self.sealed = sealed
        self.synchronizeStore = synchronizeStore
        self.onTrouble = onTrouble
    }

    /// Does a bounded part of what is left to do. A run that threw is of no more use.
    ///
    /// - Parameter counted: how far the store in use is, as it has committed.
    package func step(_ counted: CountedJournal) throws(AggregatorError) -> Step {
        switch stage {
        case .sealing:
            try seal(counted)
            return Step()
        case .removing:
            return try remove(counted)
        }
    }

    // MARK: Sealing

    private func seal(_ counted: CountedJournal) throws(AggregatorError) {
        if aggregator == nil { aggregator = try sealer(counted) }
        if let aggregator {
            if try !aggregator.advance().hasMore { self.aggregator = nil }
            return
        }
        try store { () throws(StoreError) in
            for expired in try sealed.expiry() { expiry[expired.shard] = expired }
        }
        stage = .removing
    }

    /// The aggregator that seals what is not sealed yet of the segments that go; nil when all is.
    private func sealer(_ counted: CountedJournal) throws(AggregatorError) -> Aggregator<SQLiteCampaignStore>? {
        let open = try unsealed()
        guard !open.isEmpty else { return nil }
        attempts += 1
        guard attempts <= 2 else {
            onTrouble("\(open[0].segment.shard): \(open.count) segments can't be sealed, and stay")
            going.removeAll { open.contains($0) }
            return nil
        }
        let bounds = SealingBounds(
            nextSequences: counted.shards.mapValues(\.readSequence), watermarks: moments(open, counted),
            silent: counted.silent, trustsCreation: attempts == 1)
        let basis = Aggregator<SQLiteCampaignStore>.basis(
            rules: world.rules, sections: world.sections, countries: world.countries, limits: world.limits)
        let until = bounds.watermarks.values.max() ?? 0
        try store { () throws(StoreError) in
            try sealed.record(
                SealedBasis(basis: basis, rulesVersion: world.rules.version, untilNanoseconds: until))
        }
        return try Aggregator(
            store: sealed, journalFolder: world.journalFolder, node: world.node, live: [:], rules: world.rules,
            sections: world.sections, countries: world.countries, limits: world.limits, bounds: bounds,
            storage: world.storage, onTrouble: onTrouble)
    }

    private func unsealed() throws(AggregatorError) -> [RetentionPlan.Going] {
        var positions: [ShardIdentity: UInt64] = [:]
        try store { () throws(StoreError) in
            for checkpoint in try sealed.checkpoints() {
                positions[checkpoint.shard] = checkpoint.contextPosition.nextSequence
            }
        }
        return going.filter { positions[$0.segment.shard] ?? 0 < $0.endSequence }
    }

    /// Up to which moment each node is sealed: when no window looks any more at what was written before the last of its
    /// segments was left. Where that does not reach,
    /// because a clock was set back or a disk took nothing for a while, the second attempt seals everything that is
    /// counted.
    private func moments(_ open: [RetentionPlan.Going], _ counted: CountedJournal) -> [UInt64: UInt64] {
        var moments: [UInt64: UInt64] = [:]
        for going in open {
            let node = going.segment.shard.node
            let end = attempts > 1 ? UInt64.max : going.segment.endedNanoseconds
            let (moment, isBeyond) = end.addingReportingOverflow(world.rules.readAheadNanoseconds + 1)
            moments[node] = max(moments[node] ?? 0, isBeyond ? .max : moment)
        }
        for (node, moment) in moments { moments[node] = min(moment, counted.watermarks[node] ?? 0) }
        return moments
    }

    private func store<Result>(_ body: () throws(StoreError) -> Result) throws(AggregatorError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw .store(error)
        }
    }

    // MARK: Removing

    /// Counts on in the segment that goes next; deletes it when all of it is counted.
    private func remove(_ counted: CountedJournal) throws(AggregatorError) -> Step {
        guard let next = going.first else { return Step(hasMore: false) }
        let shard = next.segment.shard
        // The store in use may have been made anew since.
        guard counted.shards[shard]?.neededFrom ?? 0 >= next.endSequence else {
            going.removeAll { $0.segment.shard == shard }
            return Step()
        }
        if !isStoreDurable { try store(synchronizeStore) }
        isStoreDurable = true
        var current =
            tally
            ?? SegmentTally(
                from: expiry[shard] ?? ShardExpiry(shard: shard), to: next.endSequence,
                journalFolder: world.journalFolder, storage: world.storage)
        let hasMore = try journal { () throws(JournalError) in try current.read(atMost: Self.recordsPerStep) }
        tally = hasMore ? current : nil
        return hasMore ? Step() : try remove(next, current.expiry)
    }

    private func remove(_ next: RetentionPlan.Going, _ expired: ShardExpiry) throws(AggregatorError) -> Step {
        try store { () throws(StoreError) in try sealed.record(expired) }
        expiry[expired.shard] = expired
        going.removeFirst()
        let removed = try journal { () throws(JournalError) in try Self.remove(expired, world) }
        return Step(hasMore: !going.isEmpty, expired: expired, reason: next.reason, removed: removed)
    }

    /// Deletes what is left of segments that have expired: a process that died between saying so and deleting them has
    /// left it. What a process has left behind them that holds no record goes with them.
    package static func removeLeftovers(
        _ expiry: [ShardExpiry], _ inventory: ClosedSegments.Inventory, _ world: World
    ) throws(JournalError) -> SegmentRemoval.Outcome {
        var outcome = SegmentRemoval.Outcome()
        for expired in expiry {
            guard isLeft(expired, inventory, world) else { continue }
            let removed = try remove(expired, world)
            outcome.segments += removed.segments
            outcome.bytes += removed.bytes
        }
        return outcome
    }

    private static func isLeft(
        _ expired: ShardExpiry, _ inventory: ClosedSegments.Inventory, _ world: World
    ) -> Bool {
        guard let segments = inventory.shards[expired.shard] else { return false }
        guard let first = segments.first else { return !world.live.contains(expired.shard) }
        return first.firstSequence < expired.nextSequence
    }

    private static func remove(
        _ expired: ShardExpiry, _ world: World
    ) throws(JournalError) -> SegmentRemoval.Outcome {
        try SegmentRemoval.remove(
            expired.shard, below: expired.nextSequence, isLive: world.live.contains(expired.shard),
            journalFolder: world.journalFolder, storage: world.storage)
    }

    private func journal<Result>(_ body: () throws(JournalError) -> Result) throws(AggregatorError) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .journal(error)
        }
    }
}
