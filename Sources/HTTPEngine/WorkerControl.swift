import LinuxSystem
import Synchronization

/// How other threads reach a worker. Every method may be called from any thread at any time and returns at once.
package final class WorkerControl: Sendable {
    let wakeup: Wakeup
    let lateAnswers = LateAnswers()
    private let closeListenersAt = Atomic<UInt64>(.max)
    private let finishBy = Atomic<UInt64>(.max)

    init() throws(SystemError) {
        wakeup = try Wakeup()
    }

    /// Lets the worker call `HTTPHandler.tick` soon.
    package func wake() {
        wakeup.signal()
    }

    /// Asks the worker to end: from now on every answer says `Connection: close`; at `closeListenersAt` the listeners
    /// are accepted dry and closed; when what is in flight is finished, and at `finishBy` whatever is not,
    /// `HTTPWorker.run` returns. Both are times of the monotonic clock in nanoseconds. A later call changes the times.
    package func drain(closeListenersAt: UInt64, finishBy: UInt64) {
        self.finishBy.store(finishBy, ordering: .relaxed)
        self.closeListenersAt.store(closeListenersAt, ordering: .releasing)
        wakeup.signal()
    }

    /// The times that `drain` was given, or nil.
    var drainTimes: (closeListenersAt: UInt64, finishBy: UInt64)? {
        let close = closeListenersAt.load(ordering: .acquiring)
        return close == .max ? nil : (close, finishBy.load(ordering: .relaxed))
    }
}
