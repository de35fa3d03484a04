import CLinux

/// Wakes a thread that waits in its `Poller`, eventfd(2). Any thread may signal; signals that nobody took yet are one.
package final class Wakeup: Sendable {
    private let descriptor: FileDescriptor

    /// Opens one.
    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: Int32(truncatingIfNeeded: try checked(tremolo_wakeup_create(), .eventfd)))
    }

    /// The number to add to a `Poller` with the interest `.readable`.
    package var rawValue: Int32 { descriptor.rawValue }

    /// Makes the descriptor readable until someone drains it. Never waits and never allocates.
    package func signal() {
        _ = tremolo_wakeup_signal(descriptor.rawValue)
    }

    /// Waits for a signal, and takes all that were given; ends without one when the time is over. Where the process has
    /// no descriptor left to wait with, it sleeps as long.
    package func wait(atMostNanoseconds nanoseconds: UInt64) {
        do throws(SystemError) {
            var poller = try Poller(capacity: 1)
            try poller.add(rawValue, token: 0, interest: .readable)
            _ = try poller.wait(timeoutMilliseconds: Int32(clamping: (nanoseconds + 999_999) / 1_000_000))
            drain()
        } catch {
            SystemThread.sleep(nanoseconds: nanoseconds)
        }
    }

    /// Takes all signals that were given so far.
    package func drain() {
        _ = tremolo_wakeup_drain(descriptor.rawValue)
    }
}
