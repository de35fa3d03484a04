import Dispatch
import Synchronization

/// Something that another thread asks the aggregator's thread to do, and what came of it.
final class AggregatorTicket: Sendable {
    /// What is asked.
    enum Work: Sendable {
        /// To read, fold and commit what is there now.
        case flush
        /// To build the store again.
        case rebuild(RebuildWatch)
        /// To change what a person is forgotten in.
        case forget(ForgettingOrder)
    }

    /// What is asked.
    let work: Work

    /// How a rebuild is followed; nil for other work.
    var watch: RebuildWatch? { if case .rebuild(let watch) = work { watch } else { nil } }

    /// What is to be done of a person who is to be forgotten; nil for other work.
    var order: ForgettingOrder? { if case .forget(let order) = work { order } else { nil } }

    /// True where only counting is asked for.
    var isFlush: Bool { if case .flush = work { true } else { false } }

    private let done = DispatchSemaphore(value: 0)
    private let failure = Mutex<EdgeError?>(nil)

    init(_ work: Work) {
        self.work = work
    }

    /// Says that it is done, or why it can't be.
    func finish(_ error: EdgeError?) {
        failure.withLock { $0 = error }
        done.signal()
    }

    /// Waits for the end.
    func wait() throws(EdgeError) {
        done.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
