import Synchronization

/// What the writers of a process know of a disk that doesn't answer: how many of them are held by a call that somebody
/// else has stopped waiting for. While there is one, the others don't try: they would be held too.
package final class DiskStall: Sendable {
    private let held = Atomic<Int>(0)
    private let total = Atomic<UInt64>(0)

    package init() {
    }

    /// True while a writer is held.
    package var isOn: Bool { held.load(ordering: .acquiring) > 0 }

    /// How many writers have ever been held.
    package var count: UInt64 { total.load(ordering: .relaxed) }

    /// A writer is held. Its own thread may have said before that it is no more.
    package func begin() {
        total.add(1, ordering: .relaxed)
        held.add(1, ordering: .acquiringAndReleasing)
    }

    /// A writer's call has come back.
    package func end() {
        held.subtract(1, ordering: .acquiringAndReleasing)
    }
}
