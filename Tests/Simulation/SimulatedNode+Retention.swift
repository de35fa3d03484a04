import Campaigns
import Engagement
import Journal
import LinuxSystem

// Retention as the server does it between two flushes, with limits that change from look to look.

extension SimulatedNode {
    /// Looks for segments that may go, and does some steps of the run that is on.
    func expire() {
        guard let process, process.storage.life.isAlive, !process.isAggregating, let aggregator = process.aggregator
        else { return }
        process.isAggregating = true
        defer { process.isAggregating = false }
        // What an import that is on has brought so far may be counted, and go, before it ends.
        if process.isImporting {
            noteImported(durable: [], isOver: false)
            noteCounted(by: storeFile)
        }
        do {
            if process.retention == nil { try lookForExpiry(process, aggregator) }
            for _ in 0...pick(16) where process.storage.life.isAlive { try stepRetention(process, aggregator) }
        } catch AggregatorError.journal {
            process.retention = nil
        } catch {
            process.retention = nil
            find("retention failed: \(error)")
        }
        noteExpired()
    }

    private func stepRetention(_ process: SimulatedProcess, _ aggregator: Aggregator<SimulatedStore>) throws {
        guard let run = process.retention else { return }
        let step = try run.step(aggregator.counted)
        noteSealed()
        if let expired = step.expired {
            aggregator.take([expired])
            statistics.expiredSegments += Int(step.removed.segments)
            tell("\(expired.shard): everything below \(expired.nextSequence) has expired")
        }
        if !step.hasMore { process.retention = nil }
    }

    private func lookForExpiry(_ process: SimulatedProcess, _ aggregator: Aggregator<SimulatedStore>) throws {
        let sealed = try sealedStore()
        let expiry = try sealed.expiry()
        aggregator.take(expiry)
        do throws(JournalError) {
            let world = world(of: process)
            let inventory = try process.segments.look(live: world.live)
            _ = try RetentionRun.removeLeftovers(expiry, inventory, world)
            let plan = RetentionPlan(
                try process.segments.look(live: world.live), counted: aggregator.counted,
                others: pick(3) == 0 ? [otherStore(aggregator.counted)] : [], limits: limits(),
                space: DiskSpace(freeBytes: UInt64(pick(60_000)), totalBytes: 200_000), nowNanoseconds: now)
            tell("\(plan.going.count) segments are to go, \(plan.held.count) stores hold some back")
            guard !plan.going.isEmpty else { return }
            if sabotage == .deletesUnsealed || sabotage == .deletesUncounted {
                return try deleteAtOnce(plan, process, sealed)
            }
            process.retention = RetentionRun(
                plan, world, sealed: sealed,
                synchronizeStore: { [weak self] () throws(StoreError) in self?.synchronizeStore() },
                onTrouble: { [weak self] in self?.noteTrouble($0) })
        } catch {
            throw AggregatorError.journal(error)
        }
    }

    /// Everything that is counted goes, on a disk that is well.
    func expireEverything(_ aggregator: Aggregator<SimulatedStore>) throws {
        let sealed = try sealedStore()
        let world = RetentionRun.World(
            journalFolder: journalFolder, node: node, live: [], rules: settings.rules, sections: sections,
            limits: FigureLimits(), storage: disk)
        var segments = ClosedSegments(journalFolder: journalFolder, storage: disk)
        for round in 0... {
            let inventory = try segments.look(live: [])
            _ = try RetentionRun.removeLeftovers(try sealed.expiry(), inventory, world)
            let plan = RetentionPlan(
                try segments.look(live: []), counted: aggregator.counted,
                limits: RetentionLimits(retentionNanoseconds: 0), space: nil, nowNanoseconds: .max)
            guard !plan.going.isEmpty else { break }
            guard round < 100 else { return find("\(plan.going.count) segments never go") }
            let run = RetentionRun(
                plan, world, sealed: sealed, synchronizeStore: {}, onTrouble: { [weak self] in self?.noteTrouble($0) })
            var hasMore = true
            while hasMore {
                let step = try run.step(aggregator.counted)
                noteSealed()
                if let expired = step.expired { aggregator.take([expired]) }
                hasMore = step.hasMore
            }
            noteExpired()
        }
        aggregator.take(try sealed.expiry())
        while try aggregator.advance().hasMore {}
        tell("everything has expired")
    }

    /// A bug: segments are deleted that are not sealed, or not even counted.
    private func deleteAtOnce(
        _ plan: RetentionPlan, _ process: SimulatedProcess, _ sealed: SQLiteCampaignStore
    ) throws(JournalError) {
        var ends = plan.going.map { (shard: $0.segment.shard, end: $0.endSequence) }
        if sabotage == .deletesUncounted {
            let world = world(of: process)
            let segments = try process.segments.look(live: world.live).shards.sorted { $0.key < $1.key }
            ends = segments.flatMap(\.value).compactMap { segment in segment.endSequence.map { (segment.shard, $0) } }
        }
        for (shard, end) in ends {
            do throws(StoreError) {
                try sealed.record(ShardExpiry(shard: shard, nextSequence: end))
            } catch {
                find("\(error)")
            }
            _ = try SegmentRemoval.remove(
                shard, below: end, isLive: true, journalFolder: journalFolder, storage: process.storage)
        }
    }

    private func world(of process: SimulatedProcess) -> RetentionRun.World {
        RetentionRun.World(
            journalFolder: journalFolder, node: node, live: Set(process.live.all.keys), rules: settings.rules,
            sections: sections, limits: FigureLimits(), storage: process.storage)
    }

    private func limits() -> RetentionLimits {
        RetentionLimits(
            retentionNanoseconds: [0, 0, 60, 600, 3_600, 1 << 30][pick(6)] * 1_000_000_000,
            sizeCapBytes: pick(2) == 0 ? nil : UInt64(pick(200_000)),
            minimumFreeBytes: UInt64(pick(2)) * 30_000)
    }

    /// A store that has taken a part of what the embedded one has.
    private func otherStore(_ counted: CountedJournal) -> StorePosition {
        var positions: [ShardIdentity: UInt64] = [:]
        // In an order of their own, so that a seed tells the same story again.
        for (shard, position) in counted.shards.sorted(by: { $0.key < $1.key }) {
            positions[shard] = UInt64(pick(Int(position.nextSequence) + 1))
        }
        return StorePosition(name: "other", nextSequences: positions)
    }

    /// What the store has committed is on its medium: no power cut goes back behind it.
    private func synchronizeStore() {
        guard sabotage != .storeNotSynced else { return }
        storeStates.removeFirst(storeStates.count - 1)
    }

    /// Damage is told, and is no fault of retention's.
    private func noteTrouble(_ line: String) {
        statistics.troubles += 1
        if line.hasSuffix("can't be sealed, and stay") { find(line) }
    }

    // MARK: The model

    /// Notes what stands in sealed figures: what could be read when it came before the sealed store's checkpoints.
    func noteSealed() {
        do throws(StoreError) {
            let next = try sealedPositions()
            ledger.updateAll { entry in
                entry.isSealed = entry.isSealed || (entry.isReadable && entry.sequence < next[entry.shard] ?? 0)
            }
        } catch {
            find("the sealed store can't be read: \(error)")
        }
    }

    /// How far the sealed store has taken each shard.
    func sealedPositions() throws(StoreError) -> [ShardIdentity: UInt64] {
        var next: [ShardIdentity: UInt64] = [:]
        for checkpoint in try sealedStore().checkpoints() {
            next[checkpoint.shard] = checkpoint.position.nextSequence
        }
        return next
    }

    /// Notes what has expired: of that nothing may be missing, neither in the store nor in the sealed one.
    func noteExpired() {
        do throws(StoreError) {
            for expired in try sealedStore().expiry() {
                ledger.updateAll(where: {
                    $0.shard == expired.shard && $0.sequence < expired.nextSequence && !$0.isExpired
                }) { entry in
                    if entry.isReadable, !entry.isCounted { self.find("\(entry.identity) expired and is not counted") }
                    if entry.isReadable, !entry.isSealed { self.find("\(entry.identity) expired and is not sealed") }
                    entry.isExpired = true
                }
            }
        } catch {
            find("the sealed store can't be read: \(error)")
        }
    }

    /// Below which sequence a shard's records have expired.
    func expiredBelow(_ shard: ShardIdentity) -> UInt64 {
        do throws(StoreError) {
            return try sealedStore().expiry(of: shard).nextSequence
        } catch {
            find("the sealed store can't be read: \(error)")
            return 0
        }
    }

    /// The store that the next process opens has counted what has expired.
    func checkHoldsExpired(_ file: String) {
        do throws(StoreError) {
            var counted: [ShardIdentity: UInt64] = [:]
            for checkpoint in try SQLiteCampaignStore(writing: file).checkpoints() {
                counted[checkpoint.shard] = checkpoint.position.nextSequence
            }
            for expired in try sealedStore().expiry()
            where counted[expired.shard] ?? 0 < expired.nextSequence {
                find("\(expired.shard): the store has counted less than has expired")
            }
        } catch {
            find("a store can't be read: \(error)")
        }
    }
}
