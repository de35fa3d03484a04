import HTTPEngine
import Synchronization

/// How often an edge has closed a trusted proxy's connection because it idled: more than never says that the proxy
/// keeps its connections longer than the edge does. Not for the hot path.
final class IdleTimeouts: Sendable {
    private let workers = Mutex<[WorkerCounters]>([])

    /// Counts those of a worker, too.
    func add(_ worker: WorkerCounters) {
        workers.withLock { $0.append(worker) }
    }

    /// How many there were since the start, in all workers.
    var count: UInt64 {
        workers.withLock { $0.reduce(0) { $0 &+ $1.value(.trustedIdleTimeouts) } }
    }
}
