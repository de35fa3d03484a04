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
    }

    /// What is asked.
    let work: Work

    /// How a rebuild is followed; nil for other work.
    var watch: RebuildWatch? { if case .rebuild(let watch) = work { watch } else { nil } }

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
