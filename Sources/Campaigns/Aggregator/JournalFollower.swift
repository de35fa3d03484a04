import Bytes
import Engagement
import Journal
import LinuxSystem

/// Reads every shard of the journal and folds what it reads: the part of a cycle that costs by the event.
///
/// It is no part of the aggregator's own type because that one is generic over its store, and generic code that another
/// module uses is not specialised.
struct JournalFollower: ~Copyable {
    /// The shards.
    var shards: [ShardFollower] = []
    /// The words of everything that was read.
    var vocabulary = FigureVocabulary(generation: 0)
    /// The windows of the timing rules.
    var windows: NodeWindows
    private let journalFolder: String
    private let live: LiveShards
    private let limits: FigureLimits
    private let storage: any JournalStorage
    private let onTrouble: (String) -> Void
    private(set) var bounds: SealingBounds?
    /// What the store said at the beginning.
    private let checkpoints: [ShardIdentity: ShardCheckpoint]
    /// Shards that the store knows and the journal does not hold, with what the next commit says of them.
    private var gone: [ShardIdentity: ShardCheckpoint]
    /// Those of them that changed since the last commit.
    private(set) var changedGone: Set<ShardIdentity> = []
    private var known: Set<ShardIdentity> = []
    private var folding: EventFolding
    /// The seals of people, in their order.
    private var seals: [PeopleSeal] = []
    private var linkBuffer = ByteBuffer(capacity: LinkKey.bytesMax)

    /// Records that are read from one shard before it is asked again which one is behind.
    private static let recordsPerTurn = 4_096
    /// Records between which a worker on the same processor may go first.
    private static let recordsPerPiece = 64

    init(
        journalFolder: String, live: LiveShards, checkpoints: [ShardCheckpoint],
        bounds: SealingBounds?, folding: EventFolding, windows: NodeWindows, limits: FigureLimits,
        storage: any JournalStorage, onTrouble: @escaping (String) -> Void
    ) {
        self.bounds = bounds
        self.journalFolder = journalFolder
        self.live = live
        self.checkpoints = Dictionary(checkpoints.map { ($0.shard, $0) }, uniquingKeysWith: { $1 })
        gone = self.checkpoints
        self.folding = folding
        self.windows = windows
        self.limits = limits
        self.storage = storage
        self.onTrouble = onTrouble
    }

    /// Moves the bounds of a follower that is held back on: to what a later state of the store gives.
    mutating func reach(_ bounds: SealingBounds) {
        self.bounds = bounds
        for index in shards.indices { shards[index].bound = bound(of: shards[index].shard) }
    }

    /// Reads on where the least was promised, until everything is read or enough is.
    ///
    /// - Returns: true when there is more.
    mutating func read() throws(JournalError) -> Bool {
        // Promises before shards: whoever promised for a shard that is new had that one added before.
        for index in shards.indices { shards[index].beginCycle() }
        let known = shards.count
        try findShards()
        for index in known..<shards.count { shards[index].beginCycle() }
        var remaining = limits.recordsPerCommitMax
        while let index = nextToRead() {
            guard remaining > 0 else { return true }
            remaining -= try read(atMost: min(remaining, Self.recordsPerTurn), from: index)
        }
        return false
    }

    /// Lets a fold use and extend the vocabulary.
    mutating func withVocabulary<Result, Failure: Error>(
        _ body: (inout FigureVocabulary) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(&vocabulary)
    }

    /// Words are never forgotten one by one; when they take too much, all are but those of open events, which the last
    /// turns of a busy node always have.
    ///
    /// - Returns: true when numbers have changed.
    mutating func renewVocabularyIfLarge() -> Bool {
        guard vocabulary.memoryBytes > limits.vocabularyBytesMax else { return false }
        var renewed = FigureVocabulary(generation: vocabulary.generation + 1)
        for index in shards.indices { shards[index].translate(from: vocabulary, to: &renewed) }
        vocabulary = renewed
        folding.forgetWords()
        return true
    }

    // MARK: Shards

    private mutating func findShards() throws(JournalError) {
        if let bounds { return try findShards(within: bounds) }
        // The folders first: a shard that is added meanwhile must not be taken for one whose writer is gone.
        let folders = try JournalDirectory.scan(journalFolder, storage: storage)
        for (shard, progress) in live.all where !known.contains(shard) {
            follow(shard, progress: progress, createdNanoseconds: 0)
        }
        for found in folders {
            guard !known.contains(found.identity), let first = found.segments.first else { continue }
            follow(found.identity, progress: nil, createdNanoseconds: created(found, first))
        }
        findLostShards()
    }

    /// Of an aggregator that is held back: the shards that hold something below their bounds.
    private mutating func findShards(within bounds: SealingBounds) throws(JournalError) {
        for found in try JournalDirectory.scan(journalFolder, storage: storage) {
            guard !known.contains(found.identity), let first = found.segments.first,
                let end = bounds.nextSequences[found.identity], bounds.watermarks[found.identity.node] != nil,
                checkpoints[found.identity]?.contextPosition.nextSequence ?? 0 < end
            else { continue }
            let begin = bounds.trustsCreation ? created(found, first) : 0
            follow(found.identity, progress: nil, createdNanoseconds: begin)
        }
    }

    /// Shards that were read before, are not all counted, and are not there any more. They are followed like others:
    /// nothing of them is pending then.
    private mutating func findLostShards() {
        let lost = checkpoints.values.filter { $0.pending > 0 && !known.contains($0.shard) }
        for checkpoint in lost.sorted(by: { $0.shard < $1.shard }) {
            let events = "\(checkpoint.pending) events that were read and not counted"
            onTrouble("\(checkpoint.shard): the shard is gone, and with it \(events)")
            follow(checkpoint.shard, progress: nil, createdNanoseconds: 0)
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

    private mutating func follow(_ shard: ShardIdentity, progress: ShardProgress?, createdNanoseconds: UInt64) {
        known.insert(shard)
        let checkpoint = gone.removeValue(forKey: shard) ?? ShardCheckpoint(shard: shard)
        var follower = ShardFollower(
            shard: shard,
            reader: ShardReader(
                shard: shard, journalFolder: journalFolder, from: checkpoint.contextPosition, storage: storage),
            progress: progress, bound: bound(of: shard), checkpoint: checkpoint, holdsNothingBefore: createdNanoseconds)
        follower.take(seals)
        shards.append(follower)
    }

    private func bound(of shard: ShardIdentity) -> (safeNanoseconds: UInt64, nextSequence: UInt64)? {
        guard let bounds else { return nil }
        // What was sent counts for events of other nodes, however far this one's are.
        if shard.isAdmin { return (.max, bounds.nextSequences[shard] ?? 0) }
        let (end, isBeyond) = (bounds.watermarks[shard.node] ?? 0).addingReportingOverflow(
            windows.rules.readAheadNanoseconds)
        return (isBeyond ? .max : end, bounds.nextSequences[shard] ?? 0)
    }

    /// The shard that is furthest behind and has something to read. While many events are open, the others wait for it,
    /// and it waits itself where its writer's promise lets no window close.
    private func nextToRead() -> Int? {
        let openCount = shards.reduce(0) { $0 + $1.marks.count }
        let least = shards.map(\.promise).min() ?? 0
        var best: Int?
        for index in shards.indices where !shards[index].isAtEnd && !shards[index].isBeyondBound {
            if openCount >= limits.openEventsMax,
                shards[index].promise > least || shards[index].closesNothing(after: least)
            {
                continue
            }
            if let current = best, shards[current].promise <= shards[index].promise { continue }
            best = index
        }
        return best
    }

    // MARK: Expiry

    /// All checkpoints: those of the shards that are followed, and those of shards that the journal does not hold.
    var allCheckpoints: [ShardCheckpoint] { shards.map(\.checkpoint) + gone.values }

    /// What a commit has to say: of a shard that is gone only what is new.
    var checkpointsToCommit: [ShardCheckpoint] {
        shards.map(\.checkpoint) + changedGone.compactMap { gone[$0] }
    }

    /// The store has what `checkpointsToCommit` said.
    mutating func didCommit() {
        changedGone.removeAll()
    }

    /// Takes over what retention has deleted, and lets go of files that are gone.
    mutating func take(_ expiry: [ShardExpiry]) {
        for expired in expiry {
            if let index = shards.firstIndex(where: { $0.shard == expired.shard }) {
                shards[index].checkpoint.expire(expired.events)
                shards[index].reader.release(below: expired.nextSequence)
            } else if let before = gone[expired.shard] {
                gone[expired.shard]?.expire(expired.events)
                if gone[expired.shard] != before { changedGone.insert(expired.shard) }
            }
        }
    }

    /// Takes over the seals of people, those that were begun since among them.
    mutating func take(_ seals: [PeopleSeal]) {
        self.seals = seals
        for index in shards.indices { shards[index].take(seals) }
    }

    // MARK: Records

    /// - Returns: how many records were read, their end and damages counted with them.
    private mutating func read(atMost count: Int, from index: Int) throws(JournalError) -> Int {
        let limit = shards[index].readable.nextSequence
        let reader = shards[index].reader
        var done = 0
        while done < count, !shards[index].isBeyondBound {
            let piece = min(count - done, Self.recordsPerPiece)
            var start =
                reader.nextSequence == shards[index].checkpoint.contextPosition.nextSequence
                ? shards[index].checkpoint.contextPosition : ShardPosition(nextSequence: reader.nextSequence)
            let counted = shards[index].checkpoint.position.nextSequence
            let read = try reader.readRecords(atMost: piece, below: limit) { record, payload in
                let end = reader.position(behind: record)
                if record.sequence < counted {
                    takeContext(record, payload, startingAt: start, of: index)
                } else {
                    take(record, payload, at: end, from: index)
                }
                start = end
            }
            done += read.count
            SystemThread.giveWay()
            switch read.step {
            case nil, .record: break
            case .end:
                shards[index].isAtEnd = true
                return done + 1
            case .damaged(let damage):
                done += 1
                takeDamage(damage, of: index)
            }
        }
        return done
    }

    /// Counts what is missing behind the checkpoint; what is before it was counted when it was read first.
    private mutating func takeDamage(_ damage: SegmentDamage, of index: Int) {
        let end = damage.firstSequence + damage.missingSequences
        let first = max(damage.firstSequence, shards[index].checkpoint.position.nextSequence)
        guard first < end else { return }
        onTrouble("\(damage)")
        shards[index].append(.damaged(end - first), orderTime: 0, position: ShardPosition(nextSequence: end))
    }

    /// Takes an event that is counted already and that windows still look at. What else stands there was told, too.
    private mutating func takeContext(
        _ record: RecordHeader, _ payload: Span<UInt8>, startingAt position: ShardPosition, of index: Int
    ) {
        guard record.kind == .event, let event = try? EventView(payload, version: record.version) else { return }
        let folded = folding.fold(
            event, in: payload, node: shards[index].shard.node, vocabulary: &vocabulary, buffer: &linkBuffer)
        shards[index].appendContext(folded, startingAt: position)
    }

    private mutating func take(
        _ record: RecordHeader, _ payload: Span<UInt8>, at position: ShardPosition, from index: Int
    ) {
        let shard = shards[index].shard
        do throws(EngagementError) {
            switch record.kind {
            case .event:
                let event = try EventView(payload, version: record.version)
                var folded = folding.fold(
                    event, in: payload, node: shard.node, vocabulary: &vocabulary, buffer: &linkBuffer)
                folded.sealsBefore = shards[index].sealsBefore(record.sequence)
                shards[index].append(folded, position: position)
            case .gap:
                let gap = Gap(payload: payload, version: record.version)
                shards[index].append(gap.map { .lost($0.lostEvents) } ?? .nothing, orderTime: 0, position: position)
            case .sends:
                let sends = try SendsRecord(payload, version: record.version)
                let fact = AdminFact(identity: RecordIdentity(shard: shard, sequence: record.sequence), record: sends)
                windows.add(sends)
                shards[index].append(.sends(fact), orderTime: sends.recordedNanoseconds, position: position)
            case .name:
                let name = try NameRecord(payload, version: record.version)
                let fact = AdminFact(identity: RecordIdentity(shard: shard, sequence: record.sequence), record: name)
                shards[index].append(.name(fact), orderTime: name.recordedNanoseconds, position: position)
            case .keyChange:
                let change = try KeyChangeRecord(payload, version: record.version)
                let fact = AdminFact(identity: RecordIdentity(shard: shard, sequence: record.sequence), record: change)
                shards[index].append(.keyChange(fact), orderTime: change.changedNanoseconds, position: position)
            default:
                shards[index].append(.nothing, orderTime: 0, position: position)
            }
        } catch {
            onTrouble("\(RecordIdentity(shard: shard, sequence: record.sequence)): \(error)")
            shards[index].append(.damaged(1), orderTime: 0, position: position)
        }
    }
}
