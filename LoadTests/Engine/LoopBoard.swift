import Synchronization

/// What a running loop tells the thread that started it.
package final class LoopBoard: Sendable {
    private let ready = Atomic(false)
    private let start = Atomic<UInt64>(0)
    private let stop = Atomic<UInt64>(.max)
    private let completedCount = Atomic<UInt64>(0)
    private let errorCount = Atomic<UInt64>(0)

    package init() {}

    /// Right answers so far, warm-up included.
    package var completed: UInt64 { completedCount.load(ordering: .relaxed) }
    /// Errors so far.
    package var errors: UInt64 { errorCount.load(ordering: .relaxed) }
    /// True when its connections are open and it waits for the start.
    package var isReady: Bool { ready.load(ordering: .acquiring) }
    /// When to begin, in nanoseconds of the monotonic clock; 0 as long as nobody said.
    var startNanoseconds: UInt64 { start.load(ordering: .acquiring) }

    func publish(completed: UInt64, errors: UInt64) {
        completedCount.store(completed, ordering: .relaxed)
        errorCount.store(errors, ordering: .relaxed)
    }

    func becomeReady() { ready.store(true, ordering: .releasing) }

    /// When the measured part ends before its time, in nanoseconds of the monotonic clock.
    var stopNanoseconds: UInt64 { stop.load(ordering: .relaxed) }

    /// Ends the measured part at a moment behind its beginning.
    package func stop(atNanoseconds nanoseconds: UInt64) { stop.store(nanoseconds, ordering: .relaxed) }

    /// Lets the loop begin.
    package func begin(atNanoseconds nanoseconds: UInt64) { start.store(nanoseconds, ordering: .releasing) }
}
