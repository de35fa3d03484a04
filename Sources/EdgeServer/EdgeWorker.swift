import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import Synchronization

/// One worker: a listener, an event loop, a journal shard, and the thread that runs them; while the disk hangs, further
/// shards and threads.
final class EdgeWorker: HoldableWorker {
    /// What it counted.
    let counters: EdgeCounters
    /// Its shards; one of them is written.
    let shards: WorkerShards
    private let worker: HTTPWorker<EdgeHandler>
    private let renewed = Handover<WorkerRenewal>()
    private let renewing = Mutex<Void>(())
    private let threads = Mutex(Threads())

    /// What all workers are made with.
    struct Plan {
        let keys: KeySet
        let sections: EdgeSections
        let identity: IdentitySetting
        let addresses: AddressRecorder
        let rules: EdgeRules
        let consent: ConsentTables
        let consentDesk: ConsentDesk
        /// True where events of consent come to the edge's port.
        let takesConsentEvents: Bool
        let shards: WorkerShards.Plan
        let files: SmallFiles
        let httpLimits: HTTPLimits
        let requestLimit: RequestLimit
        let proxies: TrustedProxies
        let probes: EdgeProbes
        let doctor: DoctorDesk
    }

    private struct Threads {
        var number = 0
        var onFailure: @Sendable (SystemError) -> Void = { _ in }
        var running: [(thread: SystemThread, hasEnded: StopFlag)] = []
    }

    /// Makes a worker. It accepts when its thread runs.
    init(shard: ShardIdentity, listeners: [HTTPListener], plan: Plan) throws(SystemError) {
        counters = EdgeCounters()
        shards = WorkerShards(first: shard, plan: plan.shards)
        let handler = EdgeHandler(
            sections: plan.sections,
            subjects: SubjectMaker(
                keys: plan.keys, sections: plan.sections, identity: plan.identity, consent: plan.consent),
            recorder: EventRecorder(
                committer: shards.current, closed: plan.shards.closed, addresses: plan.addresses, rules: plan.rules,
                counters: counters),
            shards: shards, proxies: plan.proxies, probes: plan.probes, doctor: plan.doctor, counters: counters,
            files: plan.files, httpLimits: plan.httpLimits, requestLimit: plan.requestLimit, renewed: renewed,
            consent: plan.consentDesk, takesConsentEvents: plan.takesConsentEvents)
        worker = try HTTPWorker(handler: handler, listeners: listeners, limits: plan.httpLimits)
    }

    /// What the engine counted.
    var connections: WorkerCounters { worker.counters }

    /// How other threads reach the worker.
    var control: WorkerControl { worker.control }

    /// Has it go on with something else from its next turn on.
    func use(_ renewal: WorkerRenewal) {
        // Of two who come at once, the second adds to what the first has left.
        renewing.withLock { _ in renewed.put(renewal.over(renewed.take())) }
        control.wake()
    }

    /// True once it goes on with what `use` gave it.
    var hasTakenAll: Bool { renewed.isEmpty }

    /// Waits until all of them go on with what `use` gave them.
    static func waitUntilTaken(by workers: [EdgeWorker]) {
        let deadline = SystemClock.monotonicNanoseconds() + takingNanosecondsMax
        while !workers.allSatisfy(\.hasTakenAll), SystemClock.monotonicNanoseconds() < deadline {
            SystemThread.sleep(nanoseconds: 200_000)
        }
    }

    /// Longer than any turn: a worker that takes longer hangs in its disk, or has ended.
    private static let takingNanosecondsMax: UInt64 = 1_000_000_000

    /// The call to its disk that it is in now: `takeOver`.
    var commitUnderWay: UInt64? { worker.commitUnderWay }

    /// The thread that is in `commitUnderWay`: `SystemThread.currentNumber`.
    var servingThread: Int32 { worker.servingThread }

    /// The shortest: a worker that has something to answer goes before whatever else shares its processor.
    private static let sliceNanoseconds: UInt64 = 100_000

    /// Serves until drained, on a thread of its own.
    func start(number: Int, onFailure: @escaping @Sendable (SystemError) -> Void) throws(SystemError) {
        threads.withLock { threads in
            threads.number = number
            threads.onFailure = onFailure
        }
        try startThread { worker throws(SystemError) in try worker.run() }
    }

    /// Has another thread go on for one that the disk holds in this call.
    ///
    /// - Returns: false when there is no thread or no shard to be had: try again.
    func takeOver(_ commit: UInt64) -> Bool {
        guard shards.prepareSpare() else { return false }
        do throws(SystemError) {
            try startThread { worker throws(SystemError) in _ = try worker.takeOver(commit) }
            return true
        } catch {
            return false
        }
    }

    private func startThread(
        _ serve: @escaping @Sendable (HTTPWorker<EdgeHandler>) throws(SystemError) -> Void
    ) throws(SystemError) {
        let (number, onFailure) = threads.withLock { ($0.number, $0.onFailure) }
        let hasEnded = StopFlag()
        let thread = try SystemThread.start(name: "worker-\(number)", sliceNanoseconds: Self.sliceNanoseconds) {
            [worker] in
            do throws(SystemError) {
                try serve(worker)
            } catch {
                onFailure(error)
            }
            hasEnded.set()
        }
        threads.withLock { threads in
            threads.running.removeAll { $0.hasEnded.isSet }
            threads.running.append((thread, hasEnded))
        }
    }

    /// Waits until it has drained and all of its threads have ended.
    func join() {
        while let next = threads.withLock({ $0.running.popLast() }) { next.thread.join() }
    }
}
