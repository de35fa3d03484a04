import Campaigns
import Engagement
import Journal
import LinuxSystem
import Settings

/// Deletes what the settings no longer keep, once it is counted and sealed: on the aggregator's thread, in the time
/// that flushes leave, a bounded step at a time.
///
/// It says in the log what it deletes, in readiness what it can't, and in metrics how much there is. It begins with
/// what an earlier process has not finished.
struct RetentionKeeper {
    /// What it works on.
    struct Place: Sendable {
        let folder: DataFolder
        let node: UInt64
        let live: LiveShards
        var sections: SectionDirectory
        var countries: (any CountryLookup)?
        let limits: FigureLimits
    }

    /// The store in use.
    struct StoreInUse {
        let aggregator: Aggregator<SQLiteCampaignStore>
        let store: SQLiteCampaignStore
        /// What judges now.
        let rules: RuleSet
    }

    /// How it stands.
    private(set) var standing = RetentionStanding()
    private var place: Place
    private let limits: RetentionLimits
    private let health: EdgeHealth
    private let log: ServerLog
    private let otherStores: @Sendable () -> [StorePosition]
    private var segments: ClosedSegments
    private var sealed: SQLiteCampaignStore?
    /// The file of sealed figures that was looked at as a whole, or written since.
    private var sealedStamp: [UInt64]?
    private var missing = MissingSegments()
    private var run: RetentionRun?
    private var people: PeopleKeeper
    /// Why people of old months are not sealed.
    private var peopleFailure: String?
    /// The run that is on, or was last, has deleted something.
    private var hasDeleted = true
    /// The store's log could not be brought into its file, and the server's log says so.
    private var isLogStuck = false
    /// When to look again, by the monotonic clock.
    private var nextLook: UInt64 = 0
    /// What stores will miss of the segments that go in this run.
    private var missed: [RetentionPlan.Missed] = []
    /// Since when the embedded store holds segments back, by the monotonic clock; nil while it doesn't.
    private var embeddedHoldsSince: UInt64?
    /// Why the last run did not come to its end.
    private var failure: String?

    /// Looks at nothing yet.
    ///
    /// - Parameter otherStores: the stores beside the embedded one, as they stand.
    init(
        _ journal: JournalSettings, peopleRetention: MonthSpan? = nil, _ place: Place, health: EdgeHealth,
        log: ServerLog,
        otherStores: @escaping @Sendable () -> [StorePosition]
    ) {
        self.place = place
        self.health = health
        self.log = log
        self.otherStores = otherStores
        limits = RetentionLimits(
            retentionNanoseconds: journal.retention.nanoseconds, sizeCapBytes: journal.sizeCap?.bytes,
            minimumFreeBytes: journal.minimumFree.bytes)
        segments = ClosedSegments(journalFolder: place.folder.journal)
        people = PeopleKeeper(
            place.folder, node: place.node, sections: place.sections, retentionMonths: peopleRetention?.months, log: log
        )
    }

    /// Looks, or does the next step of what was found. Call it when everything readable is counted.
    ///
    /// - Returns: true when there is more to do at once.
    mutating func work(_ inUse: StoreInUse) -> Bool {
        do throws(EdgeError) {
            if let run { return try step(run, inUse) }
            // What is sealed of people comes first, so that a run adds nobody to the sealed figures whom they are to
            // know no more.
            if workOnPeople(inUse) { return true }
            guard !people.hasSealedOpen else { return false }
            // However short the flush interval is, the folders are not listed all the time.
            let now = SystemClock.monotonicNanoseconds()
            guard now >= nextLook else { return false }
            nextLook = now + Self.lookIntervalNanoseconds
            return try look(inUse)
        } catch {
            run = nil
            sealed = nil
            failure = "segments that should go stay: \(error)"
            tellRetention()
            return false
        }
    }

    /// Does a step of sealing people.
    ///
    /// - Returns: true when there is more to do at once.
    private mutating func workOnPeople(_ inUse: StoreInUse) -> Bool {
        let before = peopleFailure
        defer { if peopleFailure != before { tellRetention() } }
        do throws(EdgeError) {
            let hasMore = try people.work(inUse)
            peopleFailure = nil
            standing.peopleSealedThrough = people.sealedThrough
            return hasMore
        } catch {
            peopleFailure = "people of old months stay: \(error)"
            return false
        }
    }

    /// Lets go of the store in use, which is about to be closed.
    mutating func rest() {
        people.rest()
    }

    /// The journal was counted anew as it is.
    mutating func rebuilt() {
        people.rest()
        run = nil
        sealed = nil
        missing.accept()
        tell(.missing, nil)
    }

    /// Segments and stores were changed where somebody was forgotten. A run that is on begins again.
    mutating func rewritten() {
        run = nil
        sealed = nil
        segments = ClosedSegments(journalFolder: place.folder.journal)
    }

    /// Seals under these sections from now on. A run that is on begins again.
    mutating func use(_ sections: SectionDirectory) {
        run = nil
        sealed = nil
        people.use(sections)
        place.sections = sections
    }

    /// Seals by this country database from now on. A run that is on begins again.
    mutating func use(countries: any CountryLookup) {
        run = nil
        sealed = nil
        people.rest()
        place.countries = countries
    }

    // MARK: Looking

    private mutating func look(_ inUse: StoreInUse) throws(EdgeError) -> Bool {
        let world = world(inUse.rules)
        let expiry = try trustedExpiry(inUse)
        inUse.aggregator.take(expiry)
        var inventory = try inventory()
        let leftovers = try Self.journal { () throws(JournalError) in
            try RetentionRun.removeLeftovers(expiry, inventory, world)
        }
        if leftovers.segments > 0 {
            log.write(
                .info, "expired-segments-removed", ("segments", "\(leftovers.segments)"),
                ("bytes", "\(leftovers.bytes)"))
            inventory = try self.inventory()
        }
        do throws(StoreError) {
            try missing.look(inventory.firstSequences, expiry: expiry) { () throws(StoreError) in
                try inUse.store.checkpoints()
            }
        } catch {
            throw .store(reason: "\(error)")
        }
        tell(.missing, missing.trouble)
        let space = try spaceWithoutLog(of: inUse.store)
        let plan = RetentionPlan(
            inventory, counted: inUse.aggregator.counted, others: otherStores(), limits: limits, space: space,
            nowNanoseconds: SystemClock.realtimeNanoseconds())
        note(plan, inventory, space, expiry)
        tellRetention()
        tell(.space, lack(of: plan, space))
        // A run that got nowhere would not get further now.
        guard !plan.going.isEmpty, hasDeleted else {
            if plan.going.isEmpty { failure = nil }
            hasDeleted = true
            return false
        }
        let store = inUse.store
        run = RetentionRun(
            plan, world, sealed: try openSealed(),
            synchronizeStore: { () throws(StoreError) in try store.synchronize() },
            onTrouble: { [log] trouble in log.write(.error, "sealing", ("what", trouble)) })
        hasDeleted = false
        missed = plan.missed
        return true
    }

    /// What has expired. The file of sealed figures is looked at as a whole at first, and when it is another one.
    private mutating func trustedExpiry(_ inUse: StoreInUse) throws(EdgeError) -> [ShardExpiry] {
        let folder = StoreFolder(place.folder)
        let stamp = folder.sealedStamp()
        let counted: [ShardCheckpoint]
        do throws(StoreError) {
            counted = try inUse.store.checkpoints()
        } catch {
            throw .store(reason: "\(error)")
        }
        if let trouble = folder.sealedTrouble(counted: counted, node: place.node, thoroughly: stamp != sealedStamp) {
            throw .sealed(trouble, path: place.folder.sealed)
        }
        sealedStamp = stamp
        return try folder.expiry()
    }

    private func world(_ rules: RuleSet) -> RetentionRun.World {
        RetentionRun.World(
            journalFolder: place.folder.journal, node: place.node, live: liveShards, rules: rules,
            sections: place.sections, countries: place.countries, limits: place.limits)
    }

    private var liveShards: Set<ShardIdentity> { Set(place.live.all.keys) }

    private mutating func inventory() throws(EdgeError) -> ClosedSegments.Inventory {
        do throws(JournalError) {
            return try segments.look(live: liveShards)
        } catch {
            throw .journal(reason: "\(error)")
        }
    }

    /// The room of the disk; where it is below the floor the store's log gives up its own first.
    private mutating func spaceWithoutLog(of store: SQLiteCampaignStore) throws(EdgeError) -> DiskSpace {
        let found = try space()
        guard found.freeBytes < limits.floorBytes(of: found) else { return found }
        do throws(StoreError) {
            try store.shrinkLog()
            isLogStuck = false
        } catch {
            // A disk without any room can't take the log in: segments go first then, and the next look tries again.
            if !isLogStuck { log.write(.warning, "store-log", ("reason", "\(error)")) }
            isLogStuck = true
        }
        return try space()
    }

    private func space() throws(EdgeError) -> DiskSpace {
        do throws(SystemError) {
            return try Files.diskSpace(place.folder.journal)
        } catch {
            throw .file(path: place.folder.journal, error)
        }
    }

    /// Opens the sealed store, or makes it where nothing has expired yet.
    private mutating func openSealed() throws(EdgeError) -> SQLiteCampaignStore {
        if let sealed { return sealed }
        do throws(StoreError) {
            let opened = try SQLiteCampaignStore.sealed(place.folder.sealed)
            try opened.claim(by: place.node)
            sealed = opened
            return opened
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    // MARK: Deleting

    private mutating func step(_ run: RetentionRun, _ inUse: StoreInUse) throws(EdgeError) -> Bool {
        let step: RetentionRun.Step
        do throws(AggregatorError) {
            step = try run.step(inUse.aggregator.counted)
        } catch {
            throw .store(reason: "\(error)")
        }
        if let expired = step.expired, let reason = step.reason {
            hasDeleted = true
            inUse.aggregator.take([expired])
            noteMissed(expired)
            standing.removedSegments[reason, default: 0] += step.removed.segments
            log.write(
                .info, "segments-expired", ("shard", "\(expired.shard)"), ("below", "\(expired.nextSequence)"),
                ("segments", "\(step.removed.segments)"), ("bytes", "\(step.removed.bytes)"),
                ("why", reason.rawValue))
        }
        if !step.hasMore {
            self.run = nil
            failure = nil
            nextLook = 0
            // Its numbers of people take memory, and the next run may be an hour away.
            sealed = nil
            sealedStamp = StoreFolder(place.folder).sealedStamp()
        }
        return true
    }

    private static func journal<Result>(_ body: () throws(JournalError) -> Result) throws(EdgeError) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .journal(reason: "\(error)")
        }
    }

    // MARK: Telling

    private mutating func note(
        _ plan: RetentionPlan, _ inventory: ClosedSegments.Inventory, _ space: DiskSpace, _ expiry: [ShardExpiry]
    ) {
        standing.journalBytes = inventory.totalBytes
        standing.segments = UInt64(inventory.segmentCount)
        standing.freeBytes = space.freeBytes
        standing.floorBytes = limits.floorBytes(of: space)
        standing.expiredEvents = expiry.reduce(0) { $0 + $1.events }
        standing.held = plan.held
        let isHeld = plan.held.contains { $0.store == RetentionPlan.embedded }
        embeddedHoldsSince = isHeld ? embeddedHoldsSince ?? SystemClock.monotonicNanoseconds() : nil
    }

    /// What counts a moment later is no trouble: at a start nothing is counted yet.
    private var isEmbeddedLate: Bool {
        embeddedHoldsSince.map { SystemClock.monotonicNanoseconds() - $0 >= Self.patienceNanoseconds } ?? false
    }

    private static let lookIntervalNanoseconds: UInt64 = 1_000_000_000
    private static let patienceNanoseconds: UInt64 = 60_000_000_000

    /// Says what stores will never have of a segment that has gone.
    private mutating func noteMissed(_ expired: ShardExpiry) {
        for gone in missed where gone.shard == expired.shard && gone.sequences.upperBound <= expired.nextSequence {
            standing.missedRecords[gone.store, default: 0] += UInt64(gone.sequences.count)
            log.write(
                .error, "store-misses", ("store", gone.store), ("shard", "\(gone.shard)"),
                ("first", "\(gone.sequences.lowerBound)"), ("end", "\(gone.sequences.upperBound)"))
        }
        missed.removeAll { $0.shard == expired.shard && $0.sequences.upperBound <= expired.nextSequence }
    }

    /// What stores miss stays in readiness until the server ends.
    private func tellRetention() {
        let late = standing.held.filter { $0.store != RetentionPlan.embedded || isEmbeddedLate }
        let held = late.map { held in
            "the \(held.store) store holds back \(held.segments) segments of \(held.bytes) bytes: it has not taken them"
        }
        let missed = standing.missedRecords.sorted { $0.key < $1.key }.map { store, records in
            "the \(store) store misses \(records) records: they went before it had taken them"
        }
        let troubles = [failure, peopleFailure].compactMap { $0 } + held + missed
        tell(.retention, troubles.isEmpty ? nil : troubles.joined(separator: "; "))
    }

    /// What is short of room although everything went that may.
    private func lack(of plan: RetentionPlan, _ space: DiskSpace) -> String? {
        var lacks: [String] = []
        if plan.isBelowFloor {
            lacks.append(
                "\(space.freeBytes) bytes of the disk are free, which is less than the floor of "
                    + "\(limits.floorBytes(of: space)), and no segment is left that may go: free some space")
        }
        if plan.isOverCap {
            lacks.append(
                "the journal is larger than journal.sizeCap, and no segment is left that may go: raise it, or wait")
        }
        return lacks.isEmpty ? nil : lacks.joined(separator: "; ")
    }

    private func tell(_ part: EdgeHealth.Part, _ trouble: String?) {
        if health.set(part, trouble) {
            let event: StaticString =
                switch part {
                case .space: "space"
                case .missing: "segments-missing"
                default: "retention"
                }
            log.write(trouble == nil ? .info : .error, event, ("trouble", trouble ?? "none any more"))
        }
    }
}
