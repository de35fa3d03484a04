import Campaigns
import ClickHouse
import Journal
import LinuxSystem
import Synchronization

/// How the facts of a fleet stand at this node, for metrics.
struct FactsStanding: Equatable, Sendable {
    /// Records of this node that travelled since the start.
    var pushed: UInt64 = 0
    /// Records of other nodes that were laid in since the start.
    var taken: UInt64 = 0
    /// Records of this node that have not travelled.
    var behind: UInt64 = 0
    /// Records of other nodes that are known to be there and are not here.
    var missing: UInt64 = 0
    /// Tries that failed since the start.
    var failures: UInt64 = 0
    /// When the database answered last to everything that it was asked, by the monotonic clock; nil before it did.
    var answeredNanoseconds: UInt64?
}

/// The thread by which the nodes of a fleet know the same facts: consent, lists, names, sends and forgetting.
///
/// It asks each second, tells what this node records some tenths of a second after it was recorded, and goes on trying
/// whatever happens. No request waits for it.
final class FactsRunner: Sendable {
    /// Makes the connection to the database, on the thread.
    typealias Connection = @Sendable () -> any FleetFacts

    /// What it works with.
    struct Plan: Sendable {
        let folder: DataFolder
        let limits: JournalLimits
        let journal: AdminJournal
        let consent: ConsentBook
        let imports: ImportRunner
        let forget: FleetForgetter.Work
        let health: EdgeHealth
        let log: ServerLog
    }

    private struct State {
        var standing = FactsStanding()
        /// Up to which sequence records of this process have travelled.
        var pushedSequence: UInt64 = 0
        /// What is wrong; nil while all is well.
        var trouble: String?
        /// Everything that others had recorded was in force once.
        var hasCaughtUp = false
        /// Nobody waits for that any more.
        var isReady = false
        var isStopping = false
    }

    private let plan: Plan
    private let connection: Connection
    private let cancel: @Sendable () -> Void
    private let wakeup: Wakeup
    private let state = Mutex(State())
    private let thread = Mutex<SystemThread?>(nil)
    private let begunNanoseconds = SystemClock.monotonicNanoseconds()

    /// What readiness says until everything is in force.
    static let catchingUp = "catching up with the fleet"
    /// A server is ready after this time, whether it has caught up or not.
    private static let patienceNanoseconds: UInt64 = 10_000_000_000
    /// The database is asked so often.
    private static let intervalNanoseconds: UInt64 = 1_000_000_000
    /// This node's own journal is looked at so often.
    private static let lookNanoseconds: UInt64 = 500_000_000
    private static let firstPauseNanoseconds: UInt64 = 500_000_000
    private static let mostPauseNanoseconds: UInt64 = 5_000_000_000

    /// - Parameters:
    ///   - cancel: ends what the connection waits for, from another thread.
    init(
        _ plan: Plan, connection: @escaping Connection, cancel: @escaping @Sendable () -> Void
    ) throws(EdgeError) {
        self.plan = plan
        self.connection = connection
        self.cancel = cancel
        do throws(SystemError) {
            wakeup = try Wakeup()
        } catch {
            throw .file(path: "wake-up of the fleet's facts", error)
        }
    }

    /// How it stands.
    var standing: FactsStanding {
        let recorded = plan.journal.progress.readable().nextSequence
        return state.withLock { state in
            var standing = state.standing
            standing.behind = recorded > state.pushedSequence ? recorded - state.pushedSequence : 0
            return standing
        }
    }

    /// Starts the thread.
    func start() throws(SystemError) {
        let started = try SystemThread.start(name: "facts", niceness: 10) { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Ends the thread, and what it waits for. What has not travelled does with the next process.
    func stop() {
        state.withLock { $0.isStopping = true }
        cancel()
        wakeup.signal()
        thread.withLock { $0.take() }?.join()
    }

    /// Lets the server be ready when it has waited long enough. Now and then, from a thread that the database does not
    /// hold.
    func keepHouse() {
        state.withLock { state in
            guard !state.isReady, SystemClock.monotonicNanoseconds() - begunNanoseconds >= Self.patienceNanoseconds
            else { return }
            state.isReady = true
            if state.trouble == nil { state.trouble = Self.tooLong(state.standing) }
            publish(state)
            plan.log.write(.warning, "ready-without-fleet", ("reason", state.trouble ?? ""))
            plan.health.end(Self.catchingUp, of: .lifecycle)
        }
    }

    private static func tooLong(_ standing: FactsStanding) -> String {
        standing.answeredNanoseconds == nil
            ? "ClickHouse does not answer: what other nodes recorded since is not in force here"
            : "\(standing.missing) records of other nodes are not in force here yet"
    }

    private func publish(_ state: borrowing State) {
        _ = plan.health.set(.fleet, state.trouble)
    }

    // MARK: On the thread

    private func run() {
        let fleet = connection()
        var cycle = FactsCycle(
            FactsTaker.Place(
                folder: plan.folder, own: plan.journal.shard, limits: plan.limits, consent: plan.consent,
                imports: plan.imports), journal: plan.journal
        ) { [plan] reason in
            plan.log.write(
                .warning, "facts-checkpoint", ("reason", reason),
                ("what", "everything that the journal has is told, and done, again"))
        }
        var forgetter = FleetForgetter(plan.forget, plan.log)
        var generator = SystemRandomNumberGenerator()
        var backoff = Backoff(
            firstNanoseconds: Self.firstPauseNanoseconds, mostNanoseconds: Self.mostPauseNanoseconds)
        var nextNanoseconds: UInt64 = 0
        while !state.withLock({ $0.isStopping }) {
            let now = SystemClock.monotonicNanoseconds()
            if now >= nextNanoseconds || (backoff.failures == 0 && cycle.hasNews) {
                do throws(EdgeError) {
                    let look = try cycle.turn(fleet)
                    backoff.succeed()
                    note(look, cycle)
                    if look.hasMore { continue }
                    nextNanoseconds = now + Self.intervalNanoseconds
                } catch {
                    nextNanoseconds = SystemClock.monotonicNanoseconds() + backoff.fail(by: &generator)
                    note(error, cycle)
                }
            }
            forgetter.goOn(&cycle)
            wakeup.wait(atMostNanoseconds: Self.lookNanoseconds)
        }
        forgetter.stop()
    }

    private func note(_ look: FactsTaker.Look, _ cycle: FactsCycle) {
        let isWell = state.withLock { state in
            Self.count(cycle, &state)
            state.standing.missing = look.behind
            state.standing.answeredNanoseconds = SystemClock.monotonicNanoseconds()
            let hadTrouble = state.trouble != nil
            let isCaughtUp = look.behind == 0 && !look.hasMore
            if isCaughtUp {
                state.hasCaughtUp = true
                state.isReady = true
            }
            // Once it has caught up, what is on its way is no trouble.
            state.trouble = state.isReady && !state.hasCaughtUp ? Self.tooLong(state.standing) : nil
            publish(state)
            if isCaughtUp { plan.health.end(Self.catchingUp, of: .lifecycle) }
            return hadTrouble && state.trouble == nil
        }
        if isWell { plan.log.write(.info, "fleet-well") }
    }

    private func note(_ error: EdgeError, _ cycle: FactsCycle) {
        let isNews = state.withLock { state in
            guard !state.isStopping else { return false }
            Self.count(cycle, &state)
            state.standing.failures += 1
            let isNews = state.trouble == nil
            state.trouble = "\(error)"
            publish(state)
            return isNews
        }
        if isNews { plan.log.write(.error, "fleet", ("reason", "\(error)")) }
    }

    private static func count(_ cycle: FactsCycle, _ state: inout State) {
        state.standing.pushed = cycle.pusher.pushedRecords
        state.standing.taken = cycle.taker.takenRecords
        state.pushedSequence = cycle.pushedSequence
    }
}
