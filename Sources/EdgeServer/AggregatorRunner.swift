import Campaigns
import Engagement
import Journal
import LinuxSystem
import Settings
import Synchronization

/// The aggregator's thread: it advances at each flush interval and when asked, and goes on trying whatever happens to
/// the store.
final class AggregatorRunner: Sendable {
    /// What the aggregator is made with.
    struct Plan: Sendable {
        let folder: DataFolder
        let node: UInt64
        let live: LiveShards
        let limits: FigureLimits
        let journal: JournalSettings
        let peopleRetention: MonthSpan?
        let otherStores: @Sendable () -> [StorePosition]
        let intervalMilliseconds: Int32
    }

    /// The aggregator in use, its store, and the files that it has open.
    struct Held {
        let aggregator: Aggregator<SQLiteCampaignStore>
        let store: SQLiteCampaignStore
        let files: [StoreFileIdentity]?
        /// What of it a shipper is told.
        let shipped: ShippingFeed.Figures
        /// `StoreFolder.stamp` when this process wrote to the files last; nil where that is not known.
        var stamp: [UInt64]?
    }

    struct Requests {
        var tickets: [AggregatorTicket] = []
        /// From the moment at which a rebuild is asked for to its end.
        var isRebuilding = false
        var isStopping = false
    }

    let plan: Plan
    /// The rules that judge, those of the start until a reload or a rebuild reads a folder again, and that folder.
    let rules: Mutex<(set: RuleSet, folder: String)>
    /// The sections that are counted under their own names, and how often they were changed.
    let sections: Mutex<(directory: SectionDirectory, version: Int)>
    /// What tells countries; changed on the aggregator's thread alone.
    let countries: Mutex<CountryWatch>
    private let closed: ClosedWatermark
    /// Told what is counted, where somebody ships it.
    let feed: ShippingFeed?
    let health: EdgeHealth
    let log: ServerLog
    let requests = Mutex(Requests())
    /// Why nothing may be counted: another process has the folder, and its store.
    let hindrance = Mutex<EdgeError?>(nil)
    private let wakeup: Wakeup
    private let condemned = Mutex<StoreFolder.Condemned?>(nil)
    private let currentStanding = Mutex<AggregatorStanding?>(nil)
    private let currentRetention = Mutex<RetentionStanding?>(nil)
    private let thread = Mutex<SystemThread?>(nil)
    /// Told of each forgetting that is carried out; one that it can't take is carried out again.
    let onForgotten = Mutex<ForgettingHook?>(nil)

    /// Reads rules and zones; the store is opened on the thread.
    ///
    /// What an earlier process closed is learnt at once, so that the first event is marked late where it must be. A
    /// store that can't be read now leaves that to the clock, which moves forward in all but odd cases.
    init(
        _ configuration: Configuration, folder: DataFolder, node: UInt64, live: LiveShards,
        closed: ClosedWatermark, health: EdgeHealth, log: ServerLog, limits: FigureLimits = FigureLimits(),
        feed: ShippingFeed? = nil, otherStores: @escaping @Sendable () -> [StorePosition] = { [] }
    ) throws(EdgeError) {
        self.feed = feed
        plan = Plan(
            folder: folder, node: node, live: live, limits: limits, journal: configuration.journal,
            peopleRetention: configuration.peopleRetention, otherStores: otherStores,
            intervalMilliseconds: Int32(clamping: max(1, configuration.flushInterval.nanoseconds / 1_000_000)))
        rules = Mutex((try RuleFolder.read(configuration.rules), configuration.rules))
        sections = Mutex((try SectionDirectory(configuration), 0))
        let stamp = configuration.geoip.flatMap(CountryFile.stamp)
        countries = Mutex(
            CountryWatch(try CountryFile.read(configuration.geoip), path: configuration.geoip, stamp: stamp))
        self.closed = closed
        self.health = health
        self.log = log
        do throws(SystemError) {
            wakeup = try Wakeup()
        } catch {
            throw .file(path: "wake-up of the aggregator", error)
        }
        for watermark in StoreFolder(folder).knownWatermarks(of: node) { closed.advance(to: watermark) }
    }

    /// How it stands; nil before the first cycle.
    var standing: AggregatorStanding? { currentStanding.withLock { $0 } }

    /// How retention stands; nil before it has looked.
    var retention: RetentionStanding? { currentRetention.withLock { $0 } }

    /// Starts the thread.
    func start() throws(SystemError) {
        let started = try SystemThread.start(name: "aggregator", niceness: 10) { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Counts what is there a last time and ends the thread. A rebuild that is on is given up: the store in use stays.
    func stop() {
        beginStopping()
        thread.withLock { $0.take() }?.join()
    }

    /// Has the thread look what there is to do.
    func wake() {
        wakeup.signal()
    }

    /// Does what `stop` does without waiting for the end.
    func beginStopping() {
        requests.withLock { $0.isStopping = true }
        wakeup.signal()
    }

    /// Counts what is synced now. Waits for it; while a rebuild is on, it is refused at once.
    func flush() throws(EdgeError) {
        try ask(.flush)
    }

    /// Builds the store again. Waits for it; while another rebuild is on, it is refused at once.
    func rebuild(_ watch: RebuildWatch = RebuildWatch()) throws(EdgeError) {
        try ask(.rebuild(watch))
    }

    /// Asks the thread for something, and waits for it.
    func ask(_ work: AggregatorTicket.Work) throws(EdgeError) {
        let ticket = AggregatorTicket(work)
        let isRebuild = ticket.watch != nil
        let refusal: EdgeError? = requests.withLock { requests in
            if requests.isStopping { return Self.stopping }
            if requests.isRebuilding { return ticket.isFlush ? Self.countingLater : Self.rebuilding }
            requests.isRebuilding = isRebuild
            requests.tickets.append(ticket)
            return nil
        }
        if let refusal { throw refusal }
        wakeup.signal()
        try ticket.wait()
    }

    static let stopping = EdgeError.refused(reason: "the server is stopping")
    private static let rebuilding = EdgeError.refused(
        reason: "a rebuild is on already: wait for its end, or call it off with control-C where it was started")
    private static let countingLater = EdgeError.refused(
        reason: "a rebuild is on: figures stay as they were when it began until it is complete")

    // MARK: On the thread

    private func run() {
        var held: Held?
        var isStopping = false
        var sectionsVersion = 0
        var keeper = RetentionKeeper(
            plan.journal, peopleRetention: plan.peopleRetention,
            RetentionKeeper.Place(
                folder: plan.folder, node: plan.node, live: plan.live,
                sections: sections.withLock { $0.directory }, countries: countryDatabase, limits: plan.limits),
            health: health, log: log, otherStores: plan.otherStores)
        while !isStopping {
            let taken = requests.withLock { requests in
                let taken = requests
                requests.tickets.removeAll()
                return taken
            }
            isStopping = taken.isStopping
            goOn(with: &sectionsVersion, &held, &keeper)
            goOnWithCountries(&held, &keeper)
            // Who asks meanwhile is told that a rebuild is on; who asked before is not kept waiting for it.
            let rebuilds = taken.tickets.filter { $0.watch != nil }
            if !rebuilds.isEmpty, !isStopping { finish(taken.tickets, catchUp(&held, live: plan.live)) }
            for ticket in taken.tickets {
                guard let order = ticket.order else { continue }
                ticket.finish(isStopping ? Self.stopping : forget(order, &held, &keeper))
            }
            for ticket in rebuilds {
                let failure = rebuild(ticket, &held)
                if failure == nil { keeper.rebuilt() }
                requests.withLock { $0.isRebuilding = false }
                ticket.finish(failure)
            }
            // At the end every writer is gone and synced: their shards are read to the end like any dead one's, so that
            // no promise that one made before another's last event holds that event open.
            if isStopping {
                keeper.rest()
                close(&held)
            }
            let failure = catchUp(&held, live: isStopping ? [:] : plan.live)
            if rebuilds.isEmpty || isStopping { finish(taken.tickets, failure) }
            if !isStopping { rest(&held, &keeper, waits: taken.tickets.isEmpty) }
        }
    }

    /// Spends the time to the next flush on retention, as far as there is something to do; ends when somebody asks. Who
    /// has just asked may ask again: one step is done then, so that retention gets on however often that happens.
    private func rest(_ held: inout Held?, _ keeper: inout RetentionKeeper, waits: Bool) {
        let interval = UInt64(plan.intervalMilliseconds) * 1_000_000
        let start = SystemClock.monotonicNanoseconds()
        var spent: UInt64 = 0
        var hasMore = held != nil
        while hasMore, spent < interval {
            hasMore = work(&held, &keeper)
            currentRetention.withLock { $0 = keeper.standing }
            SystemThread.giveWay()
            spent = SystemClock.monotonicNanoseconds() - start
            guard waits, requests.withLock({ $0.tickets.isEmpty && !$0.isStopping }) else { return }
        }
        if waits, spent < interval { wakeup.wait(atMostNanoseconds: interval - spent) }
    }

    /// Does a step of retention with a store that nothing else has written to; what it does to the store's files itself
    /// is no such thing.
    private func work(_ held: inout Held?, _ keeper: inout RetentionKeeper) -> Bool {
        guard let current = held, current.stamp == StoreFolder(plan.folder).stamp() else { return false }
        let before = current.store.writeCount
        let hasMore = keeper.work(
            RetentionKeeper.StoreInUse(
                aggregator: current.aggregator, store: current.store, rules: rules.withLock { $0.set }))
        // Where it only looked, whoever has written to the files meanwhile was something else.
        if current.store.writeCount != before { held?.stamp = StoreFolder(plan.folder).stamp() }
        return hasMore
    }

    /// Ends those that asked to be counted for.
    private func finish(_ tickets: [AggregatorTicket], _ failure: EdgeError?) {
        for ticket in tickets where ticket.isFlush { ticket.finish(failure) }
    }

    /// Advances until everything that is readable is counted, and looks whether a report can read it: what SQLite has
    /// in memory may hide from the writer what became of the files. Opened again, the store goes back to the last whole
    /// commit that is in them.
    ///
    /// An aggregator that failed is dropped: the next try begins at the store's checkpoint.
    private func catchUp(_ held: inout Held?, live: LiveShards) -> EdgeError? {
        let start = SystemClock.monotonicNanoseconds()
        var standing = currentStanding.withLock { $0 } ?? AggregatorStanding()
        standing.rulesVersion = rules.withLock { $0.set.version }
        dropIfGone(&held)
        do throws(EdgeError) {
            if let hindrance = hindrance.withLock({ $0 }) { throw hindrance }
            if held == nil { try finishForgetting(&held) }
            try judgeIfTouched(&held)
            try advanceAll(&held, live: live, &standing)
            if let trouble = StoreFolder(plan.folder).trouble() {
                log.write(.warning, "store-opened-again", ("reason", trouble))
                drop(&held)
                try advanceAll(&held, live: live, &standing)
                if let trouble = StoreFolder(plan.folder).trouble() { throw EdgeError.store(reason: trouble) }
            }
            held?.stamp = StoreFolder(plan.folder).stamp()
            if let held { try publish(held) }
            standing.workNanoseconds += SystemClock.monotonicNanoseconds() - start
            publish(standing)
            if health.set(.store, nil) { log.write(.info, "store-well") }
            return nil
        } catch {
            drop(&held)
            standing.failures += 1
            publish(standing)
            if health.set(.store, "\(error)") { log.write(.error, "store", ("reason", "\(error)")) }
            return error
        }
    }

    /// Drops an aggregator whose store was deleted or replaced: it would go on committing to a file that nobody finds
    /// any more. It is closed before another file of its name is opened.
    func dropIfGone(_ held: inout Held?) {
        guard let known = held?.files, known != StoreFolder(plan.folder).identity() else { return }
        log.write(.warning, "store-gone", ("what", "a file of the store is not there any more; it is counted anew"))
        drop(&held)
    }

    /// Looks at all of a store that something else has written to: what is wrong in a page that SQLite has in memory
    /// shows in reports long before it shows here.
    private func judgeIfTouched(_ held: inout Held?) throws(EdgeError) {
        let folder = StoreFolder(plan.folder)
        let stamp = folder.stamp()
        if let known = held?.stamp, known != stamp {
            log.write(.warning, "store-touched", ("what", "something else has written to the store; it is looked at"))
            drop(&held)
            let found = folder.condemned()
            condemned.withLock { $0 = found }
        }
        if held == nil, let condemned = condemned.withLock({ $0 }), condemned.stamp == stamp {
            throw .store(reason: condemned.trouble)
        }
    }

    /// Closes the store; its log is brought into the file, unless something else has written to them.
    func close(_ held: inout Held?) {
        if held?.stamp != StoreFolder(plan.folder).stamp() { held?.store.leaveLog() }
        held = nil
    }

    /// Closes a store whose files are not to be trusted: what stands in them stays as it is.
    func drop(_ held: inout Held?) {
        held?.store.leaveLog()
        held = nil
    }

    private func advanceAll(
        _ held: inout Held?, live: LiveShards, _ standing: inout AggregatorStanding
    ) throws(EdgeError) {
        if held == nil { held = try open(live) }
        guard let current = held else { return }
        while true {
            let progress = try advance(current.aggregator)
            standing.countedEvents = progress.counted
            standing.expiredEvents = progress.expired
            standing.pendingEvents = progress.pending
            standing.damagedEvents = progress.damaged
            standing.crowdedEvents = progress.crowded
            standing.closedNanoseconds = progress.closedNanoseconds
            standing.commits += 1
            closed.advance(to: progress.closedNanoseconds)
            guard progress.hasMore else { return }
        }
    }

    /// Tells a shipper what is counted.
    private func publish(_ held: Held) throws(EdgeError) {
        guard let feed else { return }
        do throws(StoreError) {
            try feed.publish(held.shipped, held.aggregator.counted) { () throws(StoreError) in
                try StoreFolder(plan.folder).figuresIdentity()
            }
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    private func publish(_ standing: AggregatorStanding) {
        currentStanding.withLock { $0 = standing }
    }

    private func open(_ live: LiveShards) throws(EdgeError) -> Held {
        let folder = StoreFolder(plan.folder)
        let path = try folder.current()
        try folder.begin(path, node: plan.node)
        let rules = self.rules.withLock { $0.set }
        let basis = Aggregator<SQLiteCampaignStore>.basis(
            rules: rules, sections: sections.withLock { $0.directory }, countries: countryDatabase,
            limits: plan.limits)
        let (store, expiry) = try folder.openWhole(path, node: plan.node, log)
        if let stored = try StoreFolder.basis(of: store), stored != basis {
            log.write(
                .warning, "rules-changed",
                (
                    "what",
                    "figures so far were made by other rules, zones, limits or countries; tremolo rebuild judges them "
                        + "again"
                ))
        }
        let aggregator = try make(store, rules, live: live, expiry)
        return Held(aggregator: aggregator, store: store, files: folder.identity(), shipped: shippedFigures(rules))
    }

    /// What a shipper is told of figures that are counted by these rules from now on.
    func shippedFigures(_ rules: RuleSet) -> ShippingFeed.Figures {
        ShippingFeed.Figures(
            rules: rules, sections: sections.withLock { $0.directory }, countries: countryDatabase,
            limits: plan.limits)
    }

    func make(
        _ store: SQLiteCampaignStore, _ rules: RuleSet, live: LiveShards, _ expiry: [ShardExpiry]
    ) throws(EdgeError) -> Aggregator<SQLiteCampaignStore> {
        do throws(AggregatorError) {
            return try Aggregator(
                store: store, journalFolder: plan.folder.journal, node: plan.node, live: live, rules: rules,
                sections: sections.withLock { $0.directory }, countries: countryDatabase, limits: plan.limits,
                expiry: expiry
            ) { [log] trouble in
                log.write(.error, "journal-damage", ("what", trouble))
            }
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    func advance(
        _ aggregator: Aggregator<SQLiteCampaignStore>
    ) throws(EdgeError) -> Aggregator<SQLiteCampaignStore>.Progress {
        do throws(AggregatorError) {
            return try aggregator.advance()
        } catch {
            throw .store(reason: "\(error)")
        }
    }
}
