import Bytes
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
        /// Events in closed figures, of all time.
        package var counted: UInt64 = 0
        /// Events that were read and stand in open windows.
        package var pending: UInt64 = 0
        /// Records that were damaged before they were counted.
        package var damaged: UInt64 = 0
        /// There was more to read than one cycle takes.
        package var hasMore = false
        /// Up to where this node's windows are closed.
        package var closedNanoseconds: UInt64 = 0
    }

    private let store: Store
    private let journalFolder: String
    private let node: UInt64
    private let live: [ShardIdentity: ShardProgress]
    private let limits: FigureLimits
    private let windowNanoseconds: UInt64
    private let basis: String
    private let storage: any JournalStorage
    private let onTrouble: (String) -> Void

    private var followers: [ShardFollower] = []
    private var known: Set<ShardIdentity> = []
    private var checkpoints: [ShardIdentity: ShardCheckpoint] = [:]
    private var watermarks: [UInt64: UInt64] = [:]
    private var vocabulary: FigureVocabulary
    private var folding: EventFolding
    private var folder: FigureFolder
    private var linkBuffer = ByteBuffer(capacity: LinkKey.bytesMax)

    /// Records that are read from one shard before it is asked again which one is behind.
    private static var recordsPerTurn: Int { 4_096 }

    /// Begins where the store stands.
    ///
    /// - Parameters:
    ///   - node: this node; its windows wait for `live`.
    ///   - live: the shards whose writers run in this process; every other is read to its end.
    ///   - windowNanoseconds: the longest time that a rule looks back or ahead.
    ///   - onTrouble: told of damage, a line each.
    package init(
        store: Store, journalFolder: String, node: UInt64, live: [ShardIdentity: ShardProgress], rules: RuleSet,
        sections: SectionDirectory, limits: FigureLimits = FigureLimits(), windowNanoseconds: UInt64 = 0,
        storage: any JournalStorage = LinuxStorage(), onTrouble: @escaping (String) -> Void
    ) throws(AggregatorError) {
        self.store = store
        self.journalFolder = journalFolder
        self.node = node
        self.live = live
        self.limits = limits
        self.windowNanoseconds = windowNanoseconds
        self.storage = storage
        self.onTrouble = onTrouble
        vocabulary = FigureVocabulary(generation: 0)
        folding = EventFolding(rules: rules, sections: sections)
        folder = FigureFolder(limits: limits)
        basis = Self.basis(rules: rules, sections: sections, limits: limits, windowNanoseconds: windowNanoseconds)
        do throws(StoreError) {
            for checkpoint in try store.checkpoints() { checkpoints[checkpoint.shard] = checkpoint }
            watermarks = try store.watermarks()
        } catch {
            throw .store(error)
        }
    }

    /// What figures depend on beside the journal, as one text: figures of another basis do not add up with new ones.
    package static func basis(
        rules: RuleSet, sections: SectionDirectory, limits: FigureLimits, windowNanoseconds: UInt64
    ) -> String {
        let zones = sections.sections.map { "\($0.key)=\($0.value.zoneName)" }.sorted().joined(separator: ",")
        return "rules \(rules.version); window \(windowNanoseconds); limits \(limits.keysPerSectionDay) "
            + "\(limits.hostsPerSectionDay) \(limits.peoplePerSectionDay); zones \(zones)"
    }

    /// Up to where this node's windows are closed: what is written with an older time is late.
    package var closedNanoseconds: UInt64 { watermarks[node] ?? 0 }

    /// Reads, folds and commits once.
    package func advance() throws(AggregatorError) -> Progress {
        let hasMore: Bool
        do throws(JournalError) {
            try findShards()
            hasMore = try readShards()
        } catch {
            throw .journal(error)
        }
        do throws(StoreError) {
            return try commit(hasMore: hasMore)
        } catch {
            throw .store(error)
        }
    }

    // MARK: Following

    private func findShards() throws(JournalError) {
        for (shard, progress) in live where !known.contains(shard) {
            follow(shard, progress: progress, createdNanoseconds: 0)
        }
        for found in try JournalDirectory.scan(journalFolder, storage: storage) {
            guard !known.contains(found.identity), let first = found.segments.first else { continue }
            follow(found.identity, progress: nil, createdNanoseconds: created(found, first))
        }
    }

    /// When a shard was begun: none of its records is older. A header that can't be read promises nothing.
    private func created(_ shard: JournalDirectory.Shard, _ first: UInt64) -> UInt64 {
        do throws(JournalError) {
            return try JournalDirectory.createdNanoseconds(ofSegment: shard.segmentPath(first), storage: storage)
        } catch {
            return 0
        }
    }

    private func follow(_ shard: ShardIdentity, progress: ShardProgress?, createdNanoseconds: UInt64) {
        known.insert(shard)
        let checkpoint = checkpoints[shard] ?? ShardCheckpoint(shard: shard)
        followers.append(
            ShardFollower(
                shard: shard,
                reader: ShardReader(
                    shard: shard, journalFolder: journalFolder, from: checkpoint.position, storage: storage),
                progress: progress, checkpoint: checkpoint, holdsNothingBefore: createdNanoseconds))
    }

    /// Reads on where the least was promised, until everything is read or enough is.
    ///
    /// - Returns: true when there is more.
    private func readShards() throws(JournalError) -> Bool {
        for index in followers.indices { followers[index].beginCycle() }
        var remaining = limits.recordsPerCommitMax
        while let index = nextToRead() {
            guard remaining > 0 else { return true }
            let count = min(remaining, Self.recordsPerTurn)
            remaining -= try read(atMost: count, from: index)
        }
        return false
    }

    /// The shard that is furthest behind and has something to read. While many events are open, the others wait for it,
    /// and it waits itself where its writer's promise lets no window close.
    private func nextToRead() -> Int? {
        let openCount = followers.reduce(0) { $0 + $1.open.count }
        let least = followers.map(\.promise).min() ?? 0
        var best: Int?
        for index in followers.indices where !followers[index].isAtEnd {
            if openCount >= limits.openEventsMax,
                followers[index].promise > least || followers[index].closesNothing(after: least)
            {
                continue
            }
            if let current = best, followers[current].promise <= followers[index].promise { continue }
            best = index
        }
        return best
    }

    private func read(atMost count: Int, from index: Int) throws(JournalError) -> Int {
        let limit = followers[index].readable.nextSequence
        let reader = followers[index].reader
        for done in 0..<count {
            switch try reader.next(below: limit) {
            case .end:
                followers[index].isAtEnd = true
                return done + 1
            case .damaged(let damage):
                onTrouble("\(damage)")
                followers[index].append(
                    .damaged(damage.missingSequences), orderTime: 0,
                    position: ShardPosition(nextSequence: damage.firstSequence + damage.missingSequences))
            case .record(let record):
                let position = reader.position(behind: record)
                let (content, orderTime) = reader.withPayload { digest(record, $0, of: followers[index].shard) }
                followers[index].append(content, orderTime: orderTime, position: position)
            }
        }
        return count
    }

    /// What one record comes to, and its order time (0: that of the record before).
    private func digest(
        _ record: RecordHeader, _ payload: Span<UInt8>, of shard: ShardIdentity
    ) -> (ShardFollower.Content, UInt64) {
        do throws(EngagementError) {
            switch record.kind {
            case .event:
                let event = try EventView(payload, version: record.version)
                let folded = folding.fold(
                    event, in: payload, node: shard.node, vocabulary: &vocabulary, buffer: &linkBuffer)
                return (.event(folded), event.orderTimeNanoseconds)
            case .gap:
                return (Gap(payload: payload, version: record.version).map { .lost($0.lostEvents) } ?? .nothing, 0)
            case .sends:
                let sends = try SendsRecord(payload, version: record.version)
                let identity = RecordIdentity(shard: shard, sequence: record.sequence)
                return (.sends(AdminFact(identity: identity, record: sends)), sends.recordedNanoseconds)
            case .name:
                let name = try NameRecord(payload, version: record.version)
                let identity = RecordIdentity(shard: shard, sequence: record.sequence)
                return (.name(AdminFact(identity: identity, record: name)), name.recordedNanoseconds)
            default:
                return (.nothing, 0)
            }
        } catch {
            onTrouble("\(RecordIdentity(shard: shard, sequence: record.sequence)): \(error)")
            return (.damaged(1), 0)
        }
    }

    // MARK: Committing

    private func commit(hasMore: Bool) throws(StoreError) -> Progress {
        advanceWatermarks()
        var batch = FigureBatch(vocabulary: vocabulary)
        var closed: [FoldedEvent] = []
        var open: [FoldedEvent] = []
        for index in followers.indices {
            close(&followers[index], into: &batch, closed: &closed, open: &open)
        }
        (batch.closed, batch.open) = try folder.fold(
            closed: closed, open: open, vocabulary: &vocabulary, store: store)
        batch.vocabulary = vocabulary
        batch.checkpoints = followers.map(\.checkpoint)
        batch.watermarks = watermarks
        batch.basis = basis
        batch.asOfNanoseconds = asOfNanoseconds
        try store.commit(batch)
        for index in followers.indices { followers[index].dropClosed() }
        renewVocabularyIfLarge()
        let counts = followers.map(\.checkpoint)
        return Progress(
            counted: counts.reduce(0) { $0 + $1.counted }, pending: counts.reduce(0) { $0 + $1.pending },
            damaged: counts.reduce(0) { $0 + $1.damaged }, hasMore: hasMore, closedNanoseconds: closedNanoseconds)
    }

    /// Moves each node's watermark up to what its shards promise, less the window. It never goes back.
    private func advanceWatermarks() {
        for node in Set(followers.map(\.shard.node)) {
            let shards = followers.filter { $0.shard.node == node }
            // A node whose writers are not here holds nothing behind its last record; time itself is not closed.
            let end = (shards.map(\.lastOrderTime).max() ?? 0) + 1
            let promise = min(shards.map(\.promise).min() ?? 0, shards.contains(where: \.isLive) ? .max : end)
            let limit = promise > windowNanoseconds ? promise - windowNanoseconds : 0
            watermarks[node] = max(watermarks[node] ?? 0, limit)
        }
    }

    /// Takes the closed records of a shard, which are its first ones, and counts them; the others stay open.
    private func close(
        _ follower: inout ShardFollower, into batch: inout FigureBatch, closed: inout [FoldedEvent],
        open: inout [FoldedEvent]
    ) {
        let limit = watermarks[follower.shard.node] ?? 0
        var checkpoint = follower.checkpoint
        var index = 0
        while index < follower.open.count, follower.open[index].orderTimeNanoseconds < limit {
            switch follower.open[index].what {
            case .event(let event):
                closed.append(event)
                checkpoint.counted += 1
            case .lost(let count): checkpoint.lost += count
            case .damaged(let count): checkpoint.damaged += count
            case .sends(let fact): batch.sends.append(fact)
            case .name(let fact): batch.names.append(fact)
            case .nothing: break
            }
            checkpoint.position = follower.open[index].position
            index += 1
        }
        follower.closedCount = index
        checkpoint.pending = 0
        for record in follower.open[index...] {
            switch record.what {
            case .event(let event):
                open.append(event)
                checkpoint.pending += 1
            // Facts show at once. They are told again until they are behind the checkpoint, which changes nothing.
            case .sends(let fact): batch.sends.append(fact)
            case .name(let fact): batch.names.append(fact)
            case .lost, .damaged, .nothing: break
            }
        }
        follower.checkpoint = checkpoint
    }

    /// Everything journaled before this is in the store: the least that this node's live shards promise.
    private var asOfNanoseconds: UInt64 {
        let promises = followers.filter(\.isLive).map(\.promise)
        // A clock that was set back must not make the report one of the future.
        if let least = promises.min() { return min(least, SystemClock.realtimeNanoseconds()) }
        return (followers.map(\.lastOrderTime).max() ?? 0) + (followers.isEmpty ? 0 : 1)
    }

    /// Words are never forgotten one by one; when they take too much, all are but those of open events, which the last
    /// turns of a busy node always have.
    private func renewVocabularyIfLarge() {
        guard vocabulary.memoryBytes > limits.vocabularyBytesMax else { return }
        var renewed = FigureVocabulary(generation: vocabulary.generation + 1)
        for index in followers.indices { followers[index].translate(from: vocabulary, to: &renewed) }
        vocabulary = renewed
        folding.forgetWords()
        folder.forget()
    }
}

extension ShardFollower {
    /// Forgets the records that a commit has closed.
    mutating func dropClosed() {
        open.removeFirst(closedCount)
        closedCount = 0
    }

    /// Gives the open events the numbers of another vocabulary.
    mutating func translate(from old: FigureVocabulary, to new: inout FigureVocabulary) {
        for index in open.indices {
            guard case .event(let event) = open[index].what else { continue }
            open[index].what = .event(event.translated(from: old, to: &new))
        }
    }
}
