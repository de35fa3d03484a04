import Simulation
import Bytes
import Engagement
import Foundation
import Journal
import TestSupport

@testable import Campaigns

/// A node whose workers, synchronizer and aggregator a test drives step by step.
///
/// Its clock is the test's. A worker obeys what the edge obeys: an event that is older than the worker's floor or than
/// the closed watermark is written late.
final class TestNode {
    let folder: TemporaryFolder
    let node: UInt64
    let sections: SectionDirectory
    let limits: FigureLimits
    let rules: RuleSet
    private(set) var now: UInt64
    var model: PlainModel
    private(set) var payloads: [(bytes: [UInt8], node: UInt64)] = []
    /// Lines that the aggregator told the operator.
    private(set) var troubles: [String] = []
    var events: RandomEvents

    private var epoch: UInt64 = 1 << 16
    private var writers: [ShardWriter] = []
    private var synchronizer = JournalSynchronizer()
    private(set) var store: SQLiteCampaignStore
    private var aggregator: Aggregator<SQLiteCampaignStore>?

    init(
        seed: UInt64, shards: Int, sections: SectionDirectory, limits: FigureLimits = FigureLimits(),
        rules: RuleSet = .builtIn, startNanoseconds: UInt64 = 1_774_700_000_000_000_000, node: UInt64 = 7
    ) throws {
        folder = try TemporaryFolder()
        self.node = node
        self.sections = sections
        self.limits = limits
        self.rules = rules
        now = startNanoseconds
        model = PlainModel(sections: sections)
        events = RandomEvents(seed: seed, sections: sections)
        store = try SQLiteCampaignStore(writing: folder.path + "/store.sqlite")
        start(shards: shards)
    }

    var journalFolder: String { folder.path + "/journal" }

    /// Starts a new process: new shards of a new epoch; those of the one before are finished.
    func start(shards: Int) {
        for writer in writers { writer.finish(nowNanoseconds: now) }
        epoch += 1 << 16
        synchronizer = JournalSynchronizer()
        writers = (0..<shards).map { shard in
            let identity = ShardIdentity(node: node, epoch: epoch, shard: UInt16(shard))
            let writer = ShardWriter(
                shard: identity, journalFolder: journalFolder,
                limits: JournalLimits(segmentBytes: 20_000, waitingLimitBytes: 1 << 20))
            synchronizer.register(writer.segments)
            return writer
        }
        restartAggregator()
    }

    /// Forgets the aggregator and opens the store again, as after a crash of it.
    func restartAggregator() {
        aggregator = nil
    }

    /// Lets time pass.
    func pass(nanoseconds: UInt64) {
        now += nanoseconds
    }

    /// Appends an event that happened `age` ago to a shard.
    func append(toShard shard: Int, age: UInt64 = 0) throws {
        let writer = writers[shard]
        let time = now - age
        let floor = max(writer.floorNanoseconds, closedNanoseconds)
        let isLate = time < floor
        let (payload, fact) = events.next(time: time, lateUnder: isLate ? floor : nil)
        append(payload, orderTime: isLate ? floor : time, to: writer)
        model.events.append(fact)
        payloads.append((payload, node))
    }

    /// Appends an event of one's own making to the first shard; the model knows nothing of it.
    func append(_ facts: EventFacts, _ fields: [(EventField, String)]) {
        append(PayloadBuffer().write(facts, fields), orderTime: facts.timeNanoseconds, to: writers[0])
    }

    private func append(_ payload: [UInt8], orderTime: UInt64, to writer: ShardWriter) {
        precondition(writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: payload.count))
        writer.appendPayload { $0.append(payload.span) }
        writer.endRecord(orderNanoseconds: orderTime)
    }

    /// Appends an event of one's own making to a shard; the model knows nothing of it.
    func append(_ payload: [UInt8], orderTime: UInt64, toShard shard: Int) {
        append(payload, orderTime: orderTime, to: writers[shard])
    }

    /// What a shard writes an event of that time under: nil where it is not late.
    func floor(ofShard shard: Int, for time: UInt64) -> UInt64? {
        let floor = max(writers[shard].floorNanoseconds, closedNanoseconds)
        return time < floor ? floor : nil
    }

    /// Appends an admin fact to the first shard's neighbour for facts; here any shard does.
    func append(kind: RecordKind, version: UInt8, bytesMax: Int, _ write: (inout ByteBuffer) -> Void) {
        precondition(writers[0].beginRecord(kind: kind, version: version, maximumPayloadBytes: bytesMax))
        writers[0].appendPayload { write(&$0) }
        writers[0].endRecord()
    }

    /// Counts events that a shard could not keep.
    func lose(_ count: Int, inShard shard: Int) {
        for _ in 0..<count { writers[shard].countLost(atNanoseconds: now) }
    }

    /// The end of a turn of a shard's worker.
    func commit(shard: Int) {
        _ = writers[shard].commit(nowNanoseconds: now)
        writers[shard].promise(nothingBefore: now)
    }

    /// All workers end their turn and everything is synced.
    func settle() {
        for shard in writers.indices { commit(shard: shard) }
        synchronizer.syncNow()
    }

    /// Syncs what the workers have committed.
    func sync() {
        synchronizer.syncNow()
    }

    private var closedNanoseconds: UInt64 { aggregator?.closedNanoseconds ?? 0 }

    /// Reads and commits once.
    @discardableResult
    func flush() throws -> Aggregator<SQLiteCampaignStore>.Progress {
        let current: Aggregator<SQLiteCampaignStore>
        if let aggregator {
            current = aggregator
        } else {
            store = try SQLiteCampaignStore(writing: folder.path + "/store.sqlite")
            current = try makeAggregator(
                store, live: LiveShards(Dictionary(uniqueKeysWithValues: writers.map { ($0.shard, $0.progress) })))
        }
        aggregator = current
        return try current.advance()
    }

    /// The end of the process: the writers leave, and an aggregator that knows no writer counts the rest.
    func end() throws {
        for writer in writers { writer.finish(nowNanoseconds: now) }
        aggregator = nil
        store = try SQLiteCampaignStore(writing: folder.path + "/store.sqlite")
        let last = try makeAggregator(store, live: [:])
        while try last.advance().hasMore {}
    }

    /// Builds another store from the sealed figures and the journal, as if this process had ended.
    func rebuilt(rules: RuleSet? = nil) throws -> SQLiteCampaignStore {
        let path = folder.path + "/rebuilt-\(events.random.next()).sqlite"
        try sealed().copy(to: path)
        let fresh = try SQLiteCampaignStore(writing: path)
        let aggregator = try makeAggregator(fresh, live: [:], rules: rules)
        while try aggregator.advance().hasMore {}
        return fresh
    }

    // MARK: Retention

    /// How many workers there are.
    var shardCount: Int { writers.count }

    /// The store of sealed figures.
    func sealed() throws -> SQLiteCampaignStore { try SQLiteCampaignStore.sealed(folder.path + "/sealed.sqlite") }

    /// The segments of all shards, and all that is closed.
    func inventory() throws -> ClosedSegments.Inventory {
        var closed = ClosedSegments(journalFolder: journalFolder)
        return try closed.look(live: Set(writers.map(\.shard)))
    }

    /// How far the aggregator is.
    var counted: CountedJournal { aggregator?.counted ?? CountedJournal() }

    /// Makes a plan and carries it out, as far as it is let: `goesOn` is asked before each step.
    ///
    /// - Returns: what expired.
    @discardableResult
    func expire(
        retention: UInt64, rules: RuleSet? = nil, goesOn: () -> Bool = { true }
    ) throws -> [ShardExpiry] {
        let sealed = try sealed()
        let world = RetentionRun.World(
            journalFolder: journalFolder, node: node, live: Set(writers.map(\.shard)), rules: rules ?? self.rules,
            sections: sections, limits: limits)
        _ = try RetentionRun.removeLeftovers(try sealed.expiry(), try inventory(), world)
        let plan = RetentionPlan(
            try inventory(), counted: counted, limits: RetentionLimits(retentionNanoseconds: retention), space: nil,
            nowNanoseconds: now)
        let run = RetentionRun(
            plan, world, sealed: sealed,
            synchronizeStore: { [store] () throws(StoreError) in try store.synchronize() },
            onTrouble: { [weak self] line in self?.troubles.append(line) })
        var expired: [ShardExpiry] = []
        while goesOn() {
            let step = try run.step(counted)
            if let shard = step.expired {
                expired.append(shard)
                aggregator?.take([shard])
            }
            if !step.hasMore { break }
        }
        return expired
    }

    // MARK: People

    /// Seals the people of months of that age, as far as it is let: `goesOn` is asked before each step.
    ///
    /// - Returns: how many months of sections were sealed.
    @discardableResult
    func sealPeople(
        in other: SQLiteCampaignStore? = nil, retentionMonths: Int?, stepNanoseconds: UInt64 = 20_000_000,
        goesOn: () -> Bool = { true }
    ) throws -> Int {
        let sealing = PeopleSealing(
            sections: sections, retentionMonths: retentionMonths, stepNanoseconds: stepNanoseconds)
        var months = 0
        while goesOn() {
            let step = try sealing.step(other ?? store, nowNanoseconds: now)
            if step.hasBegun, other == nil { try aggregator?.takePeopleSeals() }
            months += step.sealedMonths
            if !step.hasMore { break }
        }
        return months
    }

    /// Has the sealed figures take over what the store has sealed, where there are any.
    func carrySealedPeople() throws {
        let sealed = try sealed()
        while try sealed.takeSealedMonth(from: store) {}
        try sealPeople(in: sealed, retentionMonths: nil)
    }

    /// The hashes of all people in the store, with section and number in it.
    func storedPeople() throws -> [UInt64: [Int64]] {
        let read = try store.database.statement("SELECT id, hashes FROM person", during: .read)
        defer { read.reset() }
        var people: [UInt64: [Int64]] = [:]
        while try read.step() {
            let hashes: [UInt64] = read.withBlob(1) { integers(ofLittleEndian: $0) }
            for (index, hash) in hashes.enumerated() where hash != PersonDictionary.hole {
                people[hash, default: []].append(read.integer(0) << 12 + Int64(index))
            }
        }
        return people
    }

    /// The bytes of the store's files.
    func storeBytes() throws -> [[UInt8]] {
        try ["", "-wal"].map { suffix in
            Array(try Data(contentsOf: URL(filePath: folder.path + "/store.sqlite" + suffix)))
        }
    }

    /// Fills the sealed store up to a moment, and deletes nothing.
    func seal(to watermark: UInt64, rules: RuleSet? = nil, into sealed: SQLiteCampaignStore) throws {
        let bounds = SealingBounds(
            nextSequences: counted.shards.mapValues(\.readSequence), watermarks: [node: watermark])
        let sealer = try makeAggregator(sealed, live: [:], rules: rules, bounds: bounds)
        while try sealer.advance().hasMore {}
    }

    /// The answer of the journal itself.
    func journalAnswer(_ question: ReportQuestion) throws -> ReportAnswer {
        let answer = JournalAnswer(question, rules: rules, sections: sections)
        for (payload, node) in payloads {
            let event = try EventView(payload.span)
            answer.add(event, in: payload.span, node: node)
        }
        return answer.answer()
    }

    private func makeAggregator(
        _ store: SQLiteCampaignStore, live: LiveShards, rules: RuleSet? = nil,
        bounds: SealingBounds? = nil
    ) throws -> Aggregator<SQLiteCampaignStore> {
        try Aggregator(
            store: store, journalFolder: journalFolder, node: node, live: live, rules: rules ?? self.rules,
            sections: sections,
            limits: limits, bounds: bounds, expiry: try sealed().expiry(),
            nowNanoseconds: { [weak self] in self?.now ?? 0 }
        ) { [weak self] line in self?.troubles.append(line) }
    }
}

/// The sections that tests use: two with clocks of their own, one in UTC.
func testSections() throws -> SectionDirectory {
    SectionDirectory([
        "berlin": SectionDirectory.Facts(name: "Berlin shop", zone: try zone("Berlin"), zoneName: "Europe/Berlin"),
        "york": SectionDirectory.Facts(zone: try zone("New_York"), zoneName: "America/New_York"),
        "utc": SectionDirectory.Facts(),
    ])
}
