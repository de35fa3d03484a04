import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings

/// One worker: a listener, an event loop, a journal shard, and the thread that runs them.
final class EdgeWorker: Sendable {
    /// What it counted.
    let counters: EdgeCounters
    /// Its shard's name.
    let shard: ShardIdentity
    /// How far its shard is.
    let progress: ShardProgress
    private let worker: HTTPWorker<EdgeHandler>

    /// What all workers are made with.
    struct Plan {
        let keys: KeySet
        let sections: EdgeSections
        let identity: IdentitySetting
        let addresses: AddressRecorder
        let closed: ClosedWatermark
        let journalFolder: String
        let journalLimits: JournalLimits
        let durability: JournalDurability
        let synchronizer: JournalSynchronizer
        let httpLimits: HTTPLimits
        let trustedProxies: [NetworkPrefix]
    }

    /// Makes a worker. It accepts when its thread runs.
    init(shard: ShardIdentity, listeners: [HTTPListener], plan: Plan) throws(SystemError) {
        let writer = ShardWriter(
            shard: shard, journalFolder: plan.journalFolder, limits: plan.journalLimits, durability: plan.durability)
        plan.synchronizer.register(writer.segments)
        counters = EdgeCounters()
        progress = writer.progress
        self.shard = shard
        let handler = EdgeHandler(
            sections: plan.sections,
            subjects: SubjectMaker(keys: plan.keys, sections: plan.sections, identity: plan.identity),
            recorder: EventRecorder(
                writer: writer, closed: plan.closed, addresses: plan.addresses, counters: counters),
            trustedProxies: plan.trustedProxies, counters: counters)
        worker = try HTTPWorker(handler: handler, listeners: listeners, limits: plan.httpLimits)
    }

    /// What the engine counted.
    var connections: WorkerCounters { worker.counters }

    /// How other threads reach the worker.
    var control: WorkerControl { worker.control }

    /// The shortest: a worker that has something to answer goes before whatever else shares its processor.
    private static let sliceNanoseconds: UInt64 = 100_000

    /// Serves until drained, on a thread of its own.
    func start(number: Int, onFailure: @escaping @Sendable (SystemError) -> Void) throws(SystemError) -> SystemThread {
        try SystemThread.start(name: "worker-\(number)", sliceNanoseconds: Self.sliceNanoseconds) { [worker] in
            do throws(SystemError) {
                try worker.run()
            } catch {
                onFailure(error)
            }
        }
    }
}
