import Bytes
import Campaigns
import ClickHouse
import Engagement
import Journal
import LinuxSystem
import Synchronization

/// How shipping to ClickHouse stands, for metrics.
struct ShippingStanding: Equatable, Sendable {
    /// Rows that were acknowledged since the start.
    var rows: UInt64 = 0
    /// Tries that failed since the start.
    var failures: UInt64 = 0
    /// Inserts of rows that were acknowledged since the start.
    var inserts: UInt64 = 0
    /// The version of the rows that are shipped.
    var generation: UInt64 = 0
    /// Every event of this node before this moment is shipped, nanoseconds since 1970 UTC; 0 while nothing is.
    var shippedNanoseconds: UInt64 = 0
    /// Counted records that are not shipped.
    var behind: UInt64 = 0
    /// Forgotten people whom ClickHouse may still have a pseudonym of.
    var toForget: UInt64 = 0
}

/// The shipper's thread: it ships what the aggregator has counted, at most one insert a second while it keeps up and as
/// fast as the server takes it while it is behind, and goes on trying whatever happens.
final class ShippingRunner: Sendable {
    let database: FleetDatabase
    let folder: DataFolder
    let node: UInt64
    let feed: ShippingFeed
    let health: EdgeHealth
    let log: ServerLog
    let forgotten: ShippingForgotten
    let state: Mutex<State>
    private let bell: ShippingBell
    private let cancellation = ClickHouseCancellation()
    private let thread = Mutex<SystemThread?>(nil)

    struct State {
        var standing = ShippingStanding()
        var checkpoint: ShippingCheckpoint?
        /// From where on everything is to be shipped again: an audit has found it missing.
        var rewind: UInt64?
        var isStopping = false
        /// When the thread ends at the latest, by the monotonic clock.
        var deadline: UInt64?
    }

    /// Inserts are at least so far apart while the shipper keeps up.
    static let intervalNanoseconds: UInt64 = 1_000_000_000
    /// The node's row is written again after this time though nothing was shipped.
    static let nodeRowNanoseconds: UInt64 = 5_000_000_000
    private static let firstPauseNanoseconds: UInt64 = 1_000_000_000
    private static let mostPauseNanoseconds: UInt64 = 30_000_000_000

    /// Reads the checkpoint.
    ///
    /// - Parameters:
    ///   - feed: what the aggregator says; `bell` rings when it says something new.
    init(
        _ database: FleetDatabase, folder: DataFolder, node: UInt64, feed: ShippingFeed, bell: ShippingBell,
        health: EdgeHealth, log: ServerLog
    ) {
        self.database = database
        self.folder = folder
        self.node = node
        self.feed = feed
        self.bell = bell
        self.health = health
        self.log = log
        forgotten = ShippingForgotten(path: folder.shippingForgotten)
        var state = State()
        do throws(UnreadableCheckpoint) {
            state.checkpoint = try ShippingCheckpoint.readIfThere(folder.shipping)
        } catch {
            log.write(
                .warning, "shipping-checkpoint", ("path", folder.shipping), ("reason", error.reason),
                ("what", "everything that the journal has is shipped again"))
        }
        self.state = Mutex(state)
    }

    /// How it stands.
    var standing: ShippingStanding {
        let counted = feed.last?.counted
        return state.withLock { state in
            var standing = state.standing
            // Also while nobody answers, and nothing is noted.
            if let counted { standing.behind = Self.behind(state.checkpoint, counted) }
            return standing
        }
    }

    /// What retention has to leave: everything that is not shipped, or that windows still look at.
    var position: StorePosition {
        let places = state.withLock { $0.checkpoint?.shards ?? [:] }
        return StorePosition(name: "ClickHouse", nextSequences: places.mapValues(\.neededFrom))
    }

    /// Starts the thread.
    func start() throws(SystemError) {
        let started = try SystemThread.start(name: "shipper", niceness: 10) { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Ships what is counted by now, as far as the server takes it within some seconds, and ends the thread. What is
    /// left is shipped by the next process.
    func stop(withinNanoseconds patience: UInt64) {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        let deadline = SystemClock.monotonicNanoseconds() + patience
        state.withLock { state in
            state.isStopping = true
            state.deadline = deadline
        }
        bell.ring()
        let ended = StopFlag()
        let watch = try? SystemThread.start(name: "shipper-end") { [cancellation] in
            while !ended.isSet, SystemClock.monotonicNanoseconds() < deadline {
                SystemThread.sleep(nanoseconds: 20_000_000)
            }
            cancellation.cancel()
        }
        if watch == nil { cancellation.cancel() }
        thread.join()
        ended.set()
        watch?.join()
    }

    /// Has everything from an order time on shipped again.
    func ship(againFrom nanoseconds: UInt64) {
        state.withLock { $0.rewind = min($0.rewind ?? .max, nanoseconds) }
        bell.ring()
    }

    /// Has pseudonyms of a forgotten person replaced in ClickHouse. What is noted here survives the process.
    func forget(_ plan: ForgettingPlan) throws(EdgeError) {
        try forgotten.add(plan)
        bell.ring()
    }

    // MARK: On the thread

    private func run() {
        let writer = FleetWriter(database.account, engine: database.engine, cancellation: cancellation)
        var generator = SystemRandomNumberGenerator()
        var backoff = Backoff(
            firstNanoseconds: Self.firstPauseNanoseconds, mostNanoseconds: Self.mostPauseNanoseconds)
        var cycle = ShippingCycle()
        var isChecked = false
        while true {
            let heard = bell.count
            let (isStopping, deadline) = state.withLock { ($0.isStopping, $0.deadline ?? .max) }
            var pause = Self.intervalNanoseconds
            do throws(FleetError) {
                if !isChecked {
                    try writer.check()
                    try compareWithServer(writer)
                    isChecked = true
                }
                let hasMore = try ship(&cycle, writer)
                if health.set(.shipping, nil) { log.write(.info, "shipping-well") }
                backoff.succeed()
                if hasMore, SystemClock.monotonicNanoseconds() < deadline { continue }
                if isStopping { return }
            } catch {
                cycle.work = nil
                isChecked = false
                state.withLock { $0.standing.failures += 1 }
                let isCancelled = cancellation.isCancelled
                if !isCancelled, health.set(.shipping, "\(error)") {
                    log.write(.error, "shipping", ("reason", "\(error)"))
                }
                if isStopping || isCancelled { return }
                pause = backoff.fail(by: &generator)
            }
            rest(atLeast: pause, since: heard, isWell: cycle.work != nil)
        }
    }

    /// Waits for as long as two inserts are apart, and then for news; after a failure for the pause, whatever is new.
    private func rest(atLeast pause: UInt64, since heard: UInt64, isWell: Bool) {
        let isStopping = { self.state.withLock { $0.isStopping } }
        bell.pause(pause, isOver: isStopping)
        guard isWell, !isStopping() else { return }
        bell.wait(since: heard, atMostNanoseconds: Self.nodeRowNanoseconds)
    }
}
