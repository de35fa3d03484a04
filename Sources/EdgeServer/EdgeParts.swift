import Bytes
import Campaigns
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import Synchronization

/// The parts of a server, made from a configuration and not yet started.
struct EdgeParts {
    let edgeAddress: SocketAddress
    let adminAddress: SocketAddress
    let workers: [EdgeWorker]
    let admin: HTTPWorker<AdminHandler>
    let adminJournal: AdminJournal
    let addressKeys: AddressKeyRing
    let synchronizer: JournalSynchronizer
    let stall: DiskStall
    let stallWatch: StallWatch
    let aggregator: AggregatorRunner
    let shipping: ShippingRunner?
    let facts: FactsRunner?
    let commands: EdgeCommands
    let reload: ConfigurationReload
    let eventKeys: EventKeyKeeper

    /// Makes them, in the order in which one needs the other.
    ///
    /// - Parameters:
    ///   - reading: puts the configuration together again.
    ///   - inherited: listening sockets that a service manager passed on.
    ///   - manager: is told of reloads.
    ///   - descriptorsMax: how many files and connections the process may have open.
    init(
        _ configuration: Configuration, reading: @escaping ConfigurationReload.Reading, folder: DataFolder,
        node: UInt64, inherited: [InheritedSocket], manager: ServiceManager, descriptorsMax: Int, log: ServerLog,
        health: EdgeHealth
    ) throws(EdgeError) {
        let journal = try Self.recover(folder, node: node, log: log)
        let keys = try KeyFolder.readOrMake(configuration.keyFolder, journalIsEmpty: journal.isEmpty)
        let keyModes = KeyModesReload(folders: [configuration.keyFolder, folder.addressKeys], log: log)
        keyModes.warn()
        let signingKeys = try Self.signingKeys(configuration, log)
        addressKeys = AddressKeyRing(folder: folder.addressKeys)
        do throws(EdgeError) {
            try addressKeys.renew(nowNanoseconds: SystemClock.realtimeNanoseconds())
        } catch {
            // Nobody waits for a hash: events carry none until the key can be made.
            health.set(.addressKeys, "\(error)")
            log.write(.error, "address-key", ("reason", "\(error)"))
        }
        synchronizer = JournalSynchronizer()
        stall = DiskStall()
        let closed = ClosedWatermark()
        let live = LiveShards()
        let epoch = Epoch.make(nowMilliseconds: SystemClock.realtimeNanoseconds() / 1_000_000)
        let limits = JournalLimits(
            segmentBytes: configuration.journal.segmentSize.bytes,
            segmentAgeNanoseconds: configuration.journal.segmentAge.nanoseconds)
        adminJournal = AdminJournal(
            shard: ShardIdentity(node: node, epoch: epoch, shard: ShardIdentity.adminShard),
            journalFolder: folder.journal, limits: limits, closed: closed, synchronizer: synchronizer, stall: stall)
        live.add(adminJournal.shard, adminJournal.progress)
        let consent = try Self.consentBook(folder, keys: keys, adminJournal, health: health, log: log)
        let desk = ConsentDesk(consent, callers: ConsentCallers(configuration, keys: keys))
        let listeners = try EdgeListeners(configuration, inherited: inherited)
        edgeAddress = listeners.edge[0][0].address
        adminAddress = listeners.admin.address
        var workers: [EdgeWorker] = []
        let durability: JournalDurability = configuration.journal.durability == .disk ? .disk : .process
        let shards = WorkerShards.Plan(
            journalFolder: folder.journal, limits: limits, durability: durability, closed: closed,
            synchronizer: synchronizer, stall: stall, live: live,
            numbers: ShardNumbers(workers: listeners.edge.count))
        let shipping = try Self.shipping(configuration, folder, node: node, health: health, log: log)
        self.shipping = shipping
        aggregator = try AggregatorRunner(
            configuration, folder: folder, node: node, live: live, closed: closed, health: health, log: log,
            feed: shipping?.feed, otherStores: { shipping.map { [$0.position] } ?? [] })
        let (rules, rulesFolder) = aggregator.rules.withLock { $0 }
        let names = NetworkNames()
        let files = try SmallFile.read(configuration)
        let idleTimeouts = IdleTimeouts()
        for (number, ofWorker) in listeners.edge.enumerated() {
            // Tables are compiled once a worker: threads that share them would contend for reference counts.
            let plan = EdgeWorker.Plan(
                keys: keys,
                sections: try EdgeSections(
                    configuration, keys: keys, signingKeys: signingKeys, consentPlace: consent.place),
                identity: configuration.identity,
                addresses: AddressRecorder(
                    ring: addressKeys, ipv4Prefix: configuration.addresses.ipv4Prefix,
                    ipv6Prefix: configuration.addresses.ipv6Prefix,
                    networks: try names.labels(of: rules, folder: rulesFolder)),
                rules: EdgeRules(rules), consent: consent.tables(),
                consentDesk: desk, takesConsentEvents: configuration.consentEvents.port == .edge,
                shards: shards, files: SmallFiles(files),
                httpLimits: Self.limits(
                    configuration, workers: listeners.edge.count, descriptorsMax: descriptorsMax),
                requestLimit: RequestLimit(configuration.limits),
                proxies: TrustedProxies(configuration.trustedProxies),
                probes: EdgeProbes(configuration.probes, health: health),
                doctor: DoctorDesk(
                    key: keys.doctorKey, idleTimeoutSeconds: configuration.idleTimeout.wholeSeconds,
                    idleTimeouts: idleTimeouts))
            do throws(SystemError) {
                workers.append(
                    try EdgeWorker(
                        shard: ShardIdentity(node: node, epoch: epoch, shard: UInt16(number)), listeners: ofWorker,
                        plan: plan))
            } catch {
                throw .listen(address: edgeAddress, flag: .listen, error)
            }
        }
        self.workers = workers
        for worker in workers { idleTimeouts.add(worker.connections) }
        consent.attach(workers)
        eventKeys = try Self.eventKeys(
            configuration, folder, node: node, keys: keys, journal: adminJournal, isEmpty: journal.isEmpty,
            health: health, log: log)
        eventKeys.attach(workers)
        let sections = try DashboardSections(configuration)
        let admission = try AdminAdmission(configuration, address: adminAddress)
        reload = ConfigurationReload(
            inForce: configuration, reading: reading,
            parts: [
                SectionsReload { next throws(EdgeError) in
                    try EdgeSections(
                        next, keys: keys, signingKeys: try Self.signingKeys(next, log), consentPlace: consent.place)
                },
                CountedSectionsReload(aggregator: aggregator), DashboardReload(sections: sections),
                RulesReload(names: names, aggregator: aggregator), keyModes, EventKeysReload(keeper: eventKeys),
                ProxiesReload(), ConsentCallersReload(desk: desk, keys: keys),
                LimitsReload { [count = workers.count] next in
                    Self.limits(next, workers: count, descriptorsMax: descriptorsMax)
                },
                SmallFilesReload(inForce: files), admission, LogReload(log: log),
            ], workers: workers, log: log, manager: manager)
        stallWatch = try Self.makeStallWatch(workers, stall, health, durability)
        commands = EdgeCommands(
            workers: workers, adminJournal: adminJournal, consent: consent, synchronizer: synchronizer,
            aggregator: aggregator,
            imports: ImportRunner(
                folder, keyFolder: configuration.keyFolder, minimumFree: configuration.journal.minimumFree, log: log,
                writes: { $0.node == node && $0.epoch == epoch }), eventKeys: eventKeys,
            forgetting: ForgettingDesk(configuration, folder: folder, node: node, live: live),
            shipping: shipping)
        facts = try Self.facts(configuration, folder, limits: limits, commands: commands, health: health, log: log)
        let metrics = EdgeMetrics(
            workers: workers.map {
                EdgeMetrics.Worker(edge: $0.counters, connections: $0.connections, shards: $0.shards)
            }, stall: stall, health: health, aggregator: { [aggregator] in aggregator.standing },
            retention: { [aggregator] in aggregator.retention }, shipping: shipping,
            facts: facts, consent: consent)
        let dashboard = try Self.dashboard(
            configuration, folder: folder, node: node, health: health, sections: sections, workers: workers,
            aggregator: aggregator, consent: consent)
        do throws(SystemError) {
            admin = try HTTPWorker(
                handler: AdminHandler(
                    admission: admission, health: health, metrics: { metrics.page() }, reload: reload,
                    dashboard: dashboard, consent: desk),
                listeners: [listeners.admin])
        } catch {
            throw .listen(address: adminAddress, flag: .admin, error)
        }
    }

    /// The keys that links are signed with, and a warning for each section that lacks one.
    private static func signingKeys(_ configuration: Configuration, _ log: ServerLog) throws(EdgeError) -> [KeyFile] {
        let files = try KeyFolder.signingKeys(configuration.keyFolder)
        for warning in KeyFolder.warnings(files, configuration) {
            log.write(.warning, "signing-keys", ("reason", warning))
        }
        return files
    }

    /// Recovers what earlier processes left, and looks whether there is anything.
    private static func recover(
        _ folder: DataFolder, node: UInt64, log: ServerLog
    ) throws(EdgeError) -> (isEmpty: Bool, Void) {
        do throws(JournalError) {
            // A journal of which everything has expired is not empty: its people stand in sealed figures.
            let isEmpty =
                try JournalDirectory.scan(folder.journal).allSatisfy(\.segments.isEmpty)
                && !Files.exists(folder.sealed)
            // What the store has counted was synced; what it has not, or a store that can't be read, is read again.
            let counted = StoreFolder(folder).storedCheckpoints() ?? []
            let recovered = try JournalRecovery.run(
                journalFolder: folder.journal, node: node,
                read: Dictionary(counted.map { ($0.shard, $0.position) }, uniquingKeysWith: { $1 })
            ) { epoch in
                log.write(
                    .warning, "ended-without-stopping", ("epoch", hexadecimal16(epoch.epoch)),
                    ("started", RFC3339.string(Epoch.startMilliseconds(of: epoch.epoch) * 1_000_000)),
                    ("what", "events that waited in that server's memory, if any, are lost and not counted"))
            }
            for shard in recovered {
                for damage in shard.damages {
                    log.write(.error, "journal-damage", ("what", "\(damage)"))
                }
                if shard.cutBytes > 0 || shard.isRemoved {
                    log.write(
                        .warning, "journal-tail-cut", ("segment", shard.path), ("bytes", "\(shard.cutBytes)"),
                        ("removed", "\(shard.isRemoved)"))
                }
            }
            return (isEmpty, ())
        } catch {
            throw .journal(reason: "\(error)")
        }
    }

    private static func makeStallWatch(
        _ workers: [EdgeWorker], _ stall: DiskStall, _ health: EdgeHealth, _ durability: JournalDurability
    ) throws(EdgeError) -> StallWatch {
        do throws(SystemError) {
            return try StallWatch(
                workers: workers, stall: stall, health: health,
                limitNanoseconds: StallWatch.limitNanoseconds(durability))
        } catch {
            throw .file(path: "wake-up of the watch over the disk", error)
        }
    }

    /// The limits of one of `workers`, so that all of them leave the process the descriptors that it needs for itself.
    static func limits(_ configuration: Configuration, workers: Int, descriptorsMax: Int) -> HTTPLimits {
        var limits = HTTPLimits()
        limits.idleTimeoutNanoseconds = configuration.idleTimeout.nanoseconds
        limits.requestLineLimitBytes = Int(configuration.requestLineLimit.bytes)
        limits.headLimitBytes = Int(configuration.headLimit.bytes)
        limits.connectionsPerClientMax = configuration.limits.connectionsPerAddress
        // At least half is for connections, however few there are: a process needs some to be of use at all.
        let forConnections = max(descriptorsMax - ownDescriptors(workers: workers), descriptorsMax / 2)
        limits.connectionCountMax = max(1, min(limits.connectionCountMax, forConnections / max(workers, 1)))
        return limits
    }

    /// Descriptors that are not for connections of the workers: segments that wait for their sync and those that are
    /// read, the store's files, keys, control and admin connections, and a poller, a wakeup and a listener a worker.
    private static func ownDescriptors(workers: Int) -> Int { 192 + 16 * workers }
}
