import LinuxSystem
import Synchronization

/// How the shipper's thread is told that there is something to do, and how it knows what it has not heard while it
/// waited for something else.
final class ShippingBell: Sendable {
    private let wakeup: Wakeup
    private let rings = Atomic<UInt64>(0)

    /// Nobody has rung yet.
    init() throws(SystemError) {
        wakeup = try Wakeup()
    }

    /// Rings, from any thread. Never waits.
    func ring() {
        rings.add(1, ordering: .acquiringAndReleasing)
        wakeup.signal()
    }

    /// How often it has rung: what is looked at behind this is newer than those rings.
    var count: UInt64 { rings.load(ordering: .acquiring) }

    /// Waits until it rings; not at all where it has rung since `count` was this.
    func wait(since heard: UInt64, atMostNanoseconds nanoseconds: UInt64) {
        if count == heard { wakeup.wait(atMostNanoseconds: nanoseconds) }
    }

    /// Waits for a time that rings don't cut short, but `isOver` does: looked at with each ring.
    func pause(_ nanoseconds: UInt64, isOver: () -> Bool) {
        let end = SystemClock.monotonicNanoseconds() + nanoseconds
        while !isOver() {
            let now = SystemClock.monotonicNanoseconds()
            guard now < end else { return }
            wakeup.wait(atMostNanoseconds: end - now)
        }
    }
}
