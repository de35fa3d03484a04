package import Engagement
package import Journal
import LinuxSystem

/// Follows every shard of the journal, judges and folds its events, and commits figures and checkpoints together.
///
/// **Problem.** Each journaled event must be counted exactly once, whatever dies when; and a report must come out the
/// same whatever the flush times, restarts and number of shards were, because a rebuild must give it again.
///
/// **Shape.** A cycle (`advance`) reads on in the shard that is behind, until all are read or enough is. The
/// *watermark* of a node is the least promise of its shards: nothing older will come. Events older than the watermark
/// less the window of the rules are *closed*: they are a prefix of every shard, they are added to the figures for good,
/// and the shard's checkpoint moves behind them. The others are *open*: they are folded as they would stand now into
/// provisional figures, which each commit replaces whole. Figures, provisional figures, checkpoints and watermarks go
/// into one transaction.
///
/// **Guarantees.** After any crash the store stands where a commit left it and nothing is counted twice. Figures depend
/// on the journal, the rules, the sections' zones and the limits alone. Memory is bounded by `FigureLimits`.
///
/// **Not promised.** Figures of open windows may change with the next commit. An aggregator that threw is of no more
/// use: make a new one, which begins at the store's checkpoints.
package final class Aggregator<Store: CampaignStore> {
    /// What one cycle came to.
    package struct Progress: Equatable, Sendable {
        /// Events in closed figures, of all time, those whose records have expired among them.
        package var counted: UInt64 = 0
        /// Those of them whose records have expired.
        package var expired: UInt64 = 0
        /// Events that were read and stand in open windows.
        package var pending: UInt64 = 0
        /// Records that were damaged before they were counted.
        package var damaged: UInt64 = 0
        /// Events in closed figures, of all time, that were judged alone because their second is crowded.
        package var crowded: UInt64 = 0
        /// There was more to read than one cycle takes.
        package var hasMore = false
        /// Up to where this node's windows are closed.
        package var closedNanoseconds: UInt64 = 0
    }

    private let store: Store
    private let bounds: SealingBounds?
    private let node: UInt64
    private let basis: String
    private let rulesVersion: String
    private var crowdedEvents: UInt64
    private var watermarks: [UInt64: UInt64] = [:]
    private var journal: JournalFollower
    private var folder: FigureFolder

    /// Begins where the store stands.
    ///
    /// - Parameters:
    ///   - node: this node; its windows wait for `live`.
    ///   - live: the shards whose writers run in this process; every other is read to its end.
    ///   - countries: tells the country of a cut address; nil where nobody can be asked.
    ///   - bounds: what holds it back, when it seals.
    ///   - expiry: what retention has deleted.
    ///   - nowNanoseconds: the time, nanoseconds since 1970 UTC: it tells which nodes have fallen silent.
    ///   - onTrouble: told of damage, a line each.
    package init(
        store: Store, journalFolder: String, node: UInt64, live: LiveShards, rules: RuleSet,
        sections: SectionDirectory, countries: (any CountryLookup)? = nil, limits: FigureLimits = FigureLimits(),
        bounds: SealingBounds? = nil, expiry: [ShardExpiry] = [], storage: any JournalStorage = LinuxStorage(),
        nowNanoseconds: @escaping () -> UInt64 = SystemClock.realtimeNanoseconds,
        onTrouble: @escaping (String) -> Void
    ) throws(AggregatorError) {
        store.beginAggregator()
        self.store = store
        self.bounds = bounds
        self.node = node
        rulesVersion = rules.version
        folder = FigureFolder(limits: limits)
        basis = Self.basis(rules: rules, sections: sections, countries: countries, limits: limits)
        do throws(StoreError) {
            journal = JournalFollower(
                journalFolder: journalFolder, live: live, checkpoints: try store.checkpoints(), bounds: bounds,
                folding: EventFolding(rules: rules, sections: sections, countries: countries),
                windows: NodeWindows(rules: rules, limits: limits, nowNanoseconds: nowNanoseconds), limits: limits,
                storage: storage, onTrouble: onTrouble)
            for sends in try store.sends() { journal.windows.add(sends) }
            journal.take(expiry)
            journal.take(try store.peopleSeals())
            crowdedEvents = try store.crowdedEvents()
            watermarks = try store.watermarks()
        } catch {
            throw .store(error)
        }
    }

    /// What figures depend on beside the journal, as one text: figures of another basis do not add up with new ones.
    package static func basis(
        rules: RuleSet, sections: SectionDirectory, countries: (any CountryLookup)?, limits: FigureLimits
    ) -> String {
        let zones = sections.sections.map { "\($0.key)=\($0.value.zoneName)" }.sorted().joined(separator: ",")
        return "rules \(rules.version); limits \(limits.keysPerSectionDay) \(limits.hostsPerSectionDay) "
            + "\(limits.peoplePerSectionDay) \(limits.eventsPerSecondMax); zones \(zones)"
            + (countries.map { "; countries \($0.version)" } ?? "")
    }

    /// Up to where this node's windows are closed: what is written with an older time is late.
    package var closedNanoseconds: UInt64 { watermarks[node] ?? 0 }

    /// How far everything is counted that was read, for retention.
    package var counted: CountedJournal {
        var counted = CountedJournal(watermarks: watermarks)
        counted.silent = journal.windows.silent
        for follower in journal.shards {
            counted.shards[follower.shard] = CountedJournal.Shard(
                nextSequence: follower.checkpoint.position.nextSequence,
                neededFrom: follower.checkpoint.contextPosition.nextSequence,
                readSequence: follower.readSequence,
                isWhole: !follower.isLive && follower.isAtEnd && follower.marks.isEmpty,
                releasedBelow: follower.progress?.releasedBelow ?? .max)
        }
        return counted
    }

    /// Takes over what retention has deleted: the next commit says so.
    package func take(_ expiry: [ShardExpiry]) {
        journal.take(expiry)
    }

    /// Takes over that a seal of people was begun: what is not counted yet came after it.
    package func takePeopleSeals() throws(AggregatorError) {
        do throws(StoreError) {
            journal.take(try store.peopleSeals())
        } catch {
            throw .store(error)
        }
    }

    /// Reads, folds and commits once.
    package func advance() throws(AggregatorError) -> Progress {
        let hasMore: Bool
        do throws(JournalError) {
            hasMore = try journal.read()
        } catch {
            throw .journal(error)
        }
        do throws(StoreError) {
            return try commit(hasMore: hasMore)
        } catch {
            throw .store(error)
        }
    }

    // MARK: Committing

    private func commit(hasMore: Bool) throws(StoreError) -> Progress {
        journal.closeWindows(&watermarks)
        let batch = try makeBatch()
        try store.commit(batch)
        crowdedEvents += batch.crowdedEvents
        journal.dropClosed(keepsRoom: hasMore)
        journal.didCommit()
        if journal.renewVocabularyIfLarge() { folder.forget() }
        let counts = journal.allCheckpoints
        return Progress(
            counted: counts.reduce(0) { $0 + $1.counted + $1.expired },
            expired: counts.reduce(0) { $0 + $1.expired }, pending: counts.reduce(0) { $0 + $1.pending },
            damaged: counts.reduce(0) { $0 + $1.damaged }, crowded: crowdedEvents, hasMore: hasMore,
            closedNanoseconds: closedNanoseconds)
    }

    /// Folds what was read into one batch.
    private func makeBatch() throws(StoreError) -> FigureBatch {
        let closed = journal.shards.map(\.closedEvents)
        // What is read behind the bounds is no figure of a sealed store.
        let open = bounds == nil ? journal.shards.map(\.openEvents) : []
        let deltas = try journal.withVocabulary { (vocabulary) throws(StoreError) in
            try folder.fold(closed: closed, open: open, vocabulary: &vocabulary, store: store)
        }
        var batch = FigureBatch(vocabulary: journal.vocabulary)
        batch.closed = deltas.closed
        batch.open = deltas.open
        batch.crowdedEvents = journal.crowdedClosedEvents
        // Facts show at once. They are told again until they are behind the checkpoint, which changes nothing.
        for fact in journal.shards.lazy.flatMap(\.facts) {
            switch fact {
            case .sends(let sends): batch.sends.append(sends)
            case .name(let name): batch.names.append(name)
            case .keyChange(let change): batch.keyChanges.append(change)
            }
        }
        batch.checkpoints = journal.checkpointsToCommit
        if bounds != nil { for index in batch.checkpoints.indices { batch.checkpoints[index].pending = 0 } }
        batch.watermarks = watermarks
        batch.basis = basis
        batch.rulesVersion = rulesVersion
        batch.asOfNanoseconds = asOfNanoseconds
        return batch
    }

    /// Everything journaled before this is in the store: the least that this node's live shards promise, or without a
    /// writer the end of what was read; 0 when that is nothing. The store keeps the latest that it was ever told.
    private var asOfNanoseconds: UInt64 {
        if bounds != nil { return closedNanoseconds }
        let promises = journal.shards.filter(\.isLive).map(\.promise)
        // A clock that was set back must not make the report one of the future.
        if let least = promises.min() { return min(least, SystemClock.realtimeNanoseconds()) }
        let last = journal.shards.map(\.lastOrderTime).max() ?? 0
        return last > 0 ? last + 1 : 0
    }
}
