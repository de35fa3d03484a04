import Bytes
import Campaigns
import Engagement
import HTTPEngine
import Journal
package import LinuxSystem
package import Settings

/// The server: workers that answer and record, a thread that syncs, one that counts, one for the admin listener, one
/// for commands.
///
/// **Problem.** Every part is a library that knows nothing of the others. Somebody has to start them in an order in
/// which nothing is lost, tell them apart in logs and metrics, and end them in the reverse order.
///
/// **Shape.** `start` takes the folder, the keys and the ports, recovers the journal, then starts threads; from the
/// moment at which it returns requests are answered. `run` waits for a signal and drains: readiness fails first,
/// requests are answered with `Connection: close` for `drainDelay`, listeners are accepted dry and closed (one that a
/// service manager holds is left to the next process, with whoever waits), what is in flight finishes, the journal is
/// synced, everything is counted once more, and the process may exit.
///
/// **Guarantees.** The folder's lock is held for as long as anything may write. The store can be missing, locked or
/// broken at the start and later: requests are answered and recorded all the same, and counted when it is well.
///
/// **Not promised.** A configuration that can't be used, missing keys, a taken port or a folder that another server
/// owns keep the server from starting, with a message.
package final class TrackingServer {
    /// Where the edge listens; a port of 0 that was asked for is the kernel's choice.
    package let edgeAddress: SocketAddress
    /// Where the admin listener is.
    package let adminAddress: SocketAddress
    private var owned: OwnedDataFolder
    private let log: ServerLog
    private let health: EdgeHealth
    private let workers: [EdgeWorker]
    private let admin: HTTPWorker<AdminHandler>
    private let adminJournal: AdminJournal
    private let addressKeys: AddressKeyRing
    private let synchronizer: JournalSynchronizer
    private let stallWatch: StallWatch
    private let aggregator: AggregatorRunner
    private let shipping: ShippingRunner?
    private let facts: FactsRunner?
    private let imports: ImportRunner
    private let signals: SignalFile
    private let manager: ServiceManager
    private let configuration: Configuration
    private let reload: ConfigurationReload
    private let consent: ConsentBook
    private let eventKeys: EventKeyKeeper
    private var adminThread: SystemThread?
    private var shardWatch: ShardWatch
    private var folderWatch: FolderWatch

    /// Makes everything ready and begins to answer.
    ///
    /// Call it before any other thread of the process starts, so that signals come to this one.
    ///
    /// - Parameter reading: puts the configuration together again, as it was for this start.
    package init(
        _ configuration: Configuration, reading: @escaping ConfigurationReload.Reading, log: ServerLog = ServerLog()
    ) throws(EdgeError) {
        self.configuration = configuration
        self.log = log
        log.use(try log.place(configuration.log))
        health = EdgeHealth()
        // Before another thread could read the variables that it removes.
        let inherited = try SocketActivation.take(log)
        manager = ServiceManager(log: log)
        let descriptorsMax: Int
        do throws(SystemError) {
            signals = try SignalFile([.terminate, .interrupt, .hangUp, .user1])
            try ProcessSignal.ignoreBrokenPipe()
            try ProcessSignal.surviveLostPages()
            descriptorsMax = try Host.raiseDescriptorLimit()
        } catch {
            throw .file(path: "signals and limits of the process", error)
        }
        let folder = DataFolder(path: configuration.data)
        owned = try OwnedDataFolder(folder)
        let parts = try EdgeParts(
            configuration, reading: reading, folder: folder, node: owned.node, inherited: inherited, manager: manager,
            descriptorsMax: descriptorsMax, log: log, health: health)
        edgeAddress = parts.edgeAddress
        adminAddress = parts.adminAddress
        workers = parts.workers
        admin = parts.admin
        adminJournal = parts.adminJournal
        addressKeys = parts.addressKeys
        synchronizer = parts.synchronizer
        aggregator = parts.aggregator
        shipping = parts.shipping
        facts = parts.facts
        stallWatch = parts.stallWatch
        shardWatch = ShardWatch(
            workers: workers.map(\.shards), stall: parts.stall, synchronizer: synchronizer, health: health, log: log)
        imports = parts.commands.imports
        reload = parts.reload
        eventKeys = parts.eventKeys
        consent = parts.commands.consent
        folderWatch = try FolderWatch(
            folder, keyFiles: { [eventKeys] in eventKeys.requiredFiles }, answer: parts.commands.answer, health: health,
            log: log)
        try startThreads()
        eventKeys.lookNowAndThen()
        health.set(.lifecycle, facts == nil ? nil : FactsRunner.catchingUp)
        try startFacts()
        log.write(
            .info, "listening", ("edge", "\(edgeAddress)"), ("admin", "\(adminAddress)"),
            ("workers", "\(workers.count)"), ("data", folder.path), ("version", Version.text))
        manager.ready("answers on \(edgeAddress), admin pages on \(adminAddress), workers: \(workers.count)")
        manager.tellTrouble()
    }

    /// Begins to catch up with the fleet: requests are answered and recorded meanwhile.
    private func startFacts() throws(EdgeError) {
        do throws(SystemError) {
            try facts?.start()
        } catch {
            throw .file(path: "threads of the process", error)
        }
    }

    private func startThreads() throws(EdgeError) {
        do throws(SystemError) {
            try synchronizer.start(intervalNanoseconds: configuration.journal.syncInterval.nanoseconds)
            for (number, worker) in workers.enumerated() {
                try worker.start(number: number) { [log, health] error in
                    log.write(.error, "worker-ended", ("worker", "\(number)"), ("reason", "\(error)"))
                    health.set(.lifecycle, "worker \(number) ended: \(error)")
                }
            }
            try stallWatch.start(Watchdog(manager, workers.map { Watchdog.Worker($0.connections, $0.control) }))
            adminThread = try SystemThread.start(name: "admin", niceness: 5) { [admin, log] in
                do throws(SystemError) {
                    try admin.run()
                } catch {
                    log.write(.error, "admin-ended", ("reason", "\(error)"))
                }
            }
            try aggregator.start()
            try shipping?.start()
        } catch {
            throw .file(path: "threads of the process", error)
        }
    }

    /// Waits for SIGTERM or SIGINT, reading the configuration again at each SIGHUP, then drains and ends. A second one
    /// cuts the waiting short.
    ///
    /// - Throws: `EdgeError.givenUp` when events were still waiting for the disk at the end: they are lost.
    package func run() throws(EdgeError) {
        do throws(SystemError) {
            var poller = try Poller(capacity: 1)
            try poller.add(signals.rawValue, token: 0, interest: .readable)
            while try nextStop(&poller, atMostMilliseconds: Self.housekeepingMilliseconds) == false {
                keepHouse()
            }
            let delay = configuration.drainDelay.nanoseconds
            log.write(.info, "draining", ("delay", "\(configuration.drainDelay)"))
            health.set(.lifecycle, "draining")
            manager.stopping(atMostNanoseconds: delay + Self.finishNanoseconds + Self.endNanoseconds)
            let start = SystemClock.monotonicNanoseconds()
            drain(closeAt: start + delay, finishBy: start + delay + Self.finishNanoseconds)
            try waitForWorkers(&poller)
        } catch {
            throw .file(path: "signals of the process", error)
        }
        try end()
    }

    /// Lets the workers drain; later calls hurry them.
    private func drain(closeAt: UInt64, finishBy: UInt64) {
        for worker in workers { worker.control.drain(closeListenersAt: closeAt, finishBy: finishBy) }
    }

    /// Waits until every worker has ended, keeping house meanwhile; a further signal ends the delay.
    private func waitForWorkers(_ poller: inout Poller) throws(SystemError) {
        let joined = StopFlag()
        let waiter = try SystemThread.start(name: "drain") { [workers] in
            for worker in workers { worker.join() }
            joined.set()
        }
        while !joined.isSet {
            if try nextStop(&poller, atMostMilliseconds: 50) {
                let now = SystemClock.monotonicNanoseconds()
                drain(closeAt: now, finishBy: now + 1_000_000_000)
            }
            keepHouse()
        }
        waiter.join()
        stallWatch.stop()
    }

    /// Ends what is behind the workers: everything is written, synced and counted, then the folder is given back.
    private func end() throws(EdgeError) {
        let factsAreWritten = adminJournal.finish(nowNanoseconds: SystemClock.realtimeNanoseconds())
        if !factsAreWritten {
            log.write(.error, "given-up", ("facts", "what commands recorded and the disk did not take"))
        }
        folderWatch.close()
        facts?.stop()
        imports.stop()
        synchronizer.stop()
        // The last round may have failed, too.
        shardWatch.look()
        aggregator.stop()
        shipping?.stop(withinNanoseconds: Self.lastShipmentNanoseconds)
        let now = SystemClock.monotonicNanoseconds()
        admin.control.drain(closeListenersAt: now, finishBy: now + 1_000_000_000)
        adminThread?.join()
        let lost = eventsInNoFile
        if lost > 0 {
            log.write(.error, "given-up", ("events", "\(lost)"))
        } else if factsAreWritten {
            markEnded()
        }
        manager.tellTrouble()
        log.tick(isEnd: true)
        log.write(.info, "stopped")
        if lost > 0 { throw .givenUp(events: lost) }
    }

    /// Events that were answered and end with the process: those that wait for the disk, those of which no gap record
    /// tells, and those in segments that somebody removed and that could not be written again.
    private var eventsInNoFile: UInt64 {
        let waiting = workers.reduce(UInt64(0)) { sum, worker in
            let shard = worker.shards.snapshot
            return sum + shard.waitingEvents + shard.unwrittenLostEvents
        }
        return synchronizer.goneSegments.reduce(waiting) { $0 + $1.recordsAtRisk }
    }

    /// Leaves word for the next start that nothing was lost with this process.
    private func markEnded() {
        do throws(JournalError) {
            try EpochEnd.markOrderly(adminJournal.shard, journalFolder: owned.folder.journal)
        } catch {
            log.write(.error, "end-not-marked", ("reason", "\(error)"))
        }
    }

    /// Takes the signals that are there: SIGHUP has the configuration read again, SIGUSR1 the log opened again.
    ///
    /// - Returns: true when the process was told to stop.
    private func nextStop(_ poller: inout Poller, atMostMilliseconds: Int32) throws(SystemError) -> Bool {
        guard try poller.wait(timeoutMilliseconds: atMostMilliseconds) > 0 else { return false }
        while let signal = try signals.next() {
            if signal == .terminate || signal == .interrupt { return true }
            if signal == .user1 { log.reopen() } else { reload.run("SIGHUP") }
        }
        return false
    }

    /// What has to happen now and then: the admin shard's promise, the day's key, trouble that shows in the shards,
    /// what the log has left out.
    private func keepHouse() {
        let now = SystemClock.realtimeNanoseconds()
        adminJournal.tick(nowNanoseconds: now)
        do throws(EdgeError) {
            try addressKeys.renew(nowNanoseconds: now)
            health.set(.addressKeys, nil)
        } catch {
            if health.set(.addressKeys, "\(error)") { log.write(.error, "address-key", ("reason", "\(error)")) }
        }
        eventKeys.lookNowAndThen()
        shardWatch.look()
        facts?.keepHouse()
        health.set(.consent, consent.trouble)
        aggregator.hinder(folderWatch.look(&owned))
        manager.tellTrouble()
        log.tick()
    }

    private static let housekeepingMilliseconds: Int32 = 500
    /// How long what is in flight may take after the listeners are closed.
    private static let finishNanoseconds: UInt64 = 30_000_000_000
    /// How long the last events may take to ClickHouse; what is left goes there with the next start.
    private static let lastShipmentNanoseconds: UInt64 = 3_000_000_000
    /// What the service manager is asked to wait beyond that, for the last sync and count on a slow disk.
    private static let endNanoseconds: UInt64 = 60_000_000_000
}
