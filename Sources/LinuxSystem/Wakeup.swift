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

    /// Takes all signals that were given so far.
    package func drain() {
        _ = tremolo_wakeup_drain(descriptor.rawValue)
    }
}
