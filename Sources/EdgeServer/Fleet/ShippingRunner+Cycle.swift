import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
import Synchronization

/// What the shipper's thread goes on with from one cycle to the next.
struct ShippingCycle {
    /// A shipper under one regime.
    struct Work {
        let shipper: EventShipper
        let figures: ShippingFeed.Figures
    }

    /// Nil at the beginning, and when it has to begin at the checkpoint again.
    var work: Work?
    /// When to write the node's row again, by the monotonic clock.
    var nextNodeRow: UInt64 = 0
    /// When to look for months that have had their time, by the monotonic clock.
    var nextExpiry: UInt64 = 0

    /// Who is still to be forgotten, as it was seen last.
    var forgotten: [ShippingForgotten.Person] = []
    /// When to try that again, by the monotonic clock.
    var nextForgetting: UInt64 = 0

    /// How long the server has to come to rest before it is asked again to forget somebody.
    static let forgettingNanoseconds: UInt64 = 10_000_000_000
    /// How often it is looked which months have had their time.
    static let expiryNanoseconds: UInt64 = 3_600_000_000_000
}

extension ShippingRunner {
    /// Ships some. On the shipper's thread.
    ///
    /// - Returns: true when there is more at once.
    func ship(_ cycle: inout ShippingCycle, _ writer: FleetWriter) throws(FleetError) -> Bool {
        guard let regime = feed.first else { return false }
        if try renew(regime, writer) { cycle.work = nil }
        if try lookForForgotten(&cycle) { cycle.work = nil }
        guard let current = feed.first, let checkpoint = state.withLock({ $0.checkpoint }) else { return false }
        if cycle.work?.figures !== current.figures { cycle.work = nil }
        let figures = ShippedFigures(
            counted: current.counted, rules: current.figures.rules, sections: current.figures.sections,
            countries: current.figures.countries, limits: current.figures.limits)
        let store = try openStore()
        let work: ShippingCycle.Work
        if let known = cycle.work {
            work = known
        } else {
            work = try begin(checkpoint, figures, current.figures, store)
        }
        cycle.work = work
        let step = try work.shipper.step(
            figures, store: store,
            insert: { (rows) throws(FleetError) in
                try writer.insertEvents(rows)
                state.withLock { $0.standing.inserts += 1 }
            },
            save: { (next) throws(FleetError) in
                var next = next
                next.revision = state.withLock { $0.checkpoint?.revision } ?? next.revision
                try save(next)
            })
        note(step, work.shipper.checkpoint)
        if step.hasMore || feed.leave(current.figures) { return true }
        let now = SystemClock.monotonicNanoseconds()
        if step.rows > 0 || now >= cycle.nextNodeRow {
            try tell(work.shipper.checkpoint, store, rules: figures.rules.version, writer)
            cycle.nextNodeRow = now + Self.nodeRowNanoseconds
        }
        try forgetSome(&cycle, writer)
        if now >= cycle.nextExpiry {
            try expire(writer)
            cycle.nextExpiry = now + ShippingCycle.expiryNanoseconds
        }
        return false
    }

    private func begin(
        _ checkpoint: ShippingCheckpoint, _ figures: ShippedFigures, _ regime: ShippingFeed.Figures,
        _ store: SQLiteCampaignStore
    ) throws(FleetError) -> ShippingCycle.Work {
        let shipper = try EventShipper(
            checkpoint, figures, expired: try expired(), store: store, journalFolder: folder.journal
        ) { [log] trouble in log.write(.error, "journal-damage", ("what", trouble)) }
        return ShippingCycle.Work(shipper: shipper, figures: regime)
    }

    private func openStore() throws(FleetError) -> SQLiteCampaignStore {
        do throws(StoreError) {
            return try StoreFolder(folder).openForReading()
        } catch {
            throw .store(error)
        }
    }

    private func expired() throws(FleetError) -> [ShardIdentity: UInt64] {
        do throws(EdgeError) {
            let expiry = try StoreFolder(folder).expiry()
            return Dictionary(expiry.map { ($0.shard, $0.nextSequence) }, uniquingKeysWith: { max($0, $1) })
        } catch {
            throw .journal("\(error)")
        }
    }

    /// Keeps a checkpoint durably.
    private func save(_ checkpoint: ShippingCheckpoint) throws(FleetError) {
        do throws(SystemError) {
            try checkpoint.write(folder.shipping)
        } catch {
            throw .journal("\(EdgeError.file(path: folder.shipping, error))")
        }
        state.withLock { $0.checkpoint = checkpoint }
    }

    // MARK: Where to go on

    /// Begins another generation where the store's figures are others than those that the rows agree with; goes back
    /// where rows were found missing.
    ///
    /// - Returns: true when it goes on elsewhere.
    private func renew(_ regime: ShippingFeed.Regime, _ writer: FleetWriter) throws(FleetError) -> Bool {
        let known = state.withLock { $0.checkpoint }
        guard let known, known.figures == regime.identity else {
            feed.leaveAllButLast()
            guard let last = feed.first, last.identity != known?.figures else { return true }
            try beginGeneration(behind: known, last.identity, writer)
            return true
        }
        guard let rewind = state.withLock({ $0.rewind }) else { return false }
        try save(try rewound(known, to: rewind, regime.figures))
        state.withLock { if $0.rewind == rewind { $0.rewind = nil } }
        return true
    }

    private func beginGeneration(
        behind known: ShippingCheckpoint?, _ figures: String, _ writer: FleetWriter
    ) throws(FleetError) {
        var next: ShippingCheckpoint
        if let known {
            next = ShippingCheckpoint(generation: known.generation + 2, revision: known.revision, figures: figures)
        } else {
            // An insert of one more generation may still be on its way.
            let newest = try writer.newest(of: node)
            next = ShippingCheckpoint(
                generation: newest.generation == 0 ? 1 : newest.generation + 2, revision: newest.revision,
                figures: figures)
        }
        try save(next)
        log.write(
            .info, "shipping-begins", ("generation", "\(next.generation)"),
            ("what", "everything that the journal has is shipped"))
    }

    private func rewound(
        _ checkpoint: ShippingCheckpoint, to nanoseconds: UInt64, _ figures: ShippingFeed.Figures
    ) throws(FleetError) -> ShippingCheckpoint {
        do throws(JournalError) {
            return try checkpoint.rewound(to: nanoseconds, rules: figures.rules, journalFolder: folder.journal)
        } catch {
            throw .journal("\(error)")
        }
    }

    /// Looks whether the server has what it acknowledged of the last days: a power cut takes what it had not brought to
    /// its disk. Where it has less, it is shipped again from that day on.
    func compareWithServer(_ writer: FleetWriter) throws(FleetError) {
        guard let checkpoint = state.withLock({ $0.checkpoint }),
            let first = checkpoint.dayRows.values.compactMap({ $0.keys.min() }).min()
        else { return }
        try catchUp(with: try writer.newest(of: node, since: first))
        let counts = try writer.eventCounts(since: first, ofNodes: Set(checkpoint.dayRows.keys.map(\.node)))
        let lacking = checkpoint.dayRows.flatMap { shard, days in
            days.filter { counts[shard]?[UInt64($0.key)] ?? 0 < $0.value }.keys
        }
        guard let day = lacking.min() else { return }
        log.write(
            .warning, "shipping-again", ("since", CivilDate(dayNumber: Int(day)).text),
            ("what", "the server has fewer events than it acknowledged"))
        // Order times are never less than times.
        ship(againFrom: UInt64(day) * 86_400_000_000_000)
    }

    /// Looks who is still to be forgotten. For somebody new it goes on elsewhere: what was read before has pseudonyms,
    /// and rows that come behind it have a greater generation, so that one that was on its way meanwhile counts for
    /// nothing.
    ///
    /// - Returns: true when there is somebody new.
    private func lookForForgotten(_ cycle: inout ShippingCycle) throws(FleetError) -> Bool {
        let people: [ShippingForgotten.Person]
        do throws(EdgeError) {
            people = try forgotten.people()
        } catch {
            throw .journal("\(error)")
        }
        state.withLock { $0.standing.toForget = UInt64(people.count) }
        defer { cycle.forgotten = people }
        guard people.contains(where: { !cycle.forgotten.contains($0) }), var next = state.withLock({ $0.checkpoint })
        else { return false }
        next.generation += 2
        try save(next)
        cycle.nextForgetting = 0
        return true
    }

    /// Has people forgotten whose pseudonyms are noted. Where the server can't remove a part yet it is tried again
    /// later; rows go on meanwhile.
    private func forgetSome(_ cycle: inout ShippingCycle, _ writer: FleetWriter) throws(FleetError) {
        let now = SystemClock.monotonicNanoseconds()
        guard !cycle.forgotten.isEmpty, now >= cycle.nextForgetting else { return }
        cycle.nextForgetting = now + ShippingCycle.forgettingNanoseconds
        var done: [ShippingForgotten.Person] = []
        for person in cycle.forgotten where try writer.forget(person.pairs) { done.append(person) }
        guard !done.isEmpty else { return }
        do throws(EdgeError) {
            try forgotten.remove(done)
        } catch {
            throw .journal("\(error)")
        }
        cycle.forgotten.removeAll(where: done.contains)
        state.withLock { $0.standing.toForget = UInt64(cycle.forgotten.count) }
        log.write(.info, "forgotten-in-clickhouse", ("people", "\(done.count)"))
    }

    /// Goes beyond the server's rows where this account of them is an older one: of a backup.
    private func catchUp(with newest: (generation: UInt64, revision: UInt64)) throws(FleetError) {
        guard var next = state.withLock({ $0.checkpoint }),
            newest.generation > next.generation || newest.revision > next.revision
        else { return }
        if newest.generation > next.generation { next.generation = newest.generation + 2 }
        next.revision = max(next.revision, newest.revision)
        try save(next)
    }

    // MARK: Telling

    private func note(_ step: EventShipper.Step, _ checkpoint: ShippingCheckpoint) {
        state.withLock { state in
            state.standing.rows += UInt64(step.rows)
            state.standing.generation = checkpoint.generation
            state.standing.shippedNanoseconds = checkpoint.watermarks[node] ?? 0
        }
    }

    /// Counted records that are not shipped.
    static func behind(_ checkpoint: ShippingCheckpoint?, _ counted: CountedJournal) -> UInt64 {
        counted.shards.reduce(0) { sum, entry in
            let done = checkpoint?.shards[entry.key]?.nextSequence ?? 0
            return sum + (entry.value.nextSequence > done ? entry.value.nextSequence - done : 0)
        }
    }

    /// Writes the node's row: its accounts of its own events.
    private func tell(
        _ checkpoint: ShippingCheckpoint, _ store: SQLiteCampaignStore, rules: String, _ writer: FleetWriter
    ) throws(FleetError) {
        var next = checkpoint
        next.revision = (state.withLock { $0.checkpoint?.revision } ?? 0) + 1
        var row = FleetWriter.Node(node: node, revision: next.revision)
        row.asOfNanoseconds = next.watermarks[node] ?? 0
        row.rules = rules
        var unshipped: UInt64 = 0
        do throws(StoreError) {
            row.crowded = try store.crowdedEvents()
            for counted in try store.checkpoints() where counted.shard.node == node {
                row.counted += counted.counted
                row.pending += counted.pending
                row.damaged += counted.damaged
                row.lost += counted.lost
                row.expired += counted.expired
                let done = next.shards[counted.shard]?.nextSequence ?? 0
                if counted.counted > 0, counted.position.nextSequence > done {
                    unshipped += min(counted.counted, counted.position.nextSequence - done)
                }
            }
        } catch {
            throw .store(error)
        }
        row.counted -= min(unshipped, row.counted)
        row.pending += unshipped
        try save(next)
        try writer.insert(row)
    }

    /// Drops the months that have had their time.
    private func expire(_ writer: FleetWriter) throws(FleetError) {
        guard let months = database.retentionMonths else { return }
        let gone = try writer.dropEvents(before: try writer.firstMonth(keeping: months))
        guard !gone.isEmpty else { return }
        log.write(.info, "shipped-events-expired", ("months", gone.joined(separator: ",")))
    }
}
