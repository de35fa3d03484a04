import Synchronization

/// A flag that one thread sets once and others read.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    /// True from the first `set` on.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Sets it.
    func set() {
        flag.store(true, ordering: .releasing)
    }
}
