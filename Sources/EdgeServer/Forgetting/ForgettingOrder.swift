import Synchronization

/// What the aggregator's thread is asked to do of a person who is to be forgotten, and what came of it.
final class ForgettingOrder: Sendable {
    /// Decides what is to be done, when nothing is counted any more until it is: an event that was counted and is not
    /// rewritten would be of somebody else in a rebuild.
    let decide: @Sendable () throws(EdgeError) -> ForgettingPlan
    /// Told so many segments of so many.
    let progress: @Sendable (UInt64, UInt64) -> Void
    private let result = Mutex<ForgettingReceipt?>(nil)

    init(
        deciding decide: @escaping @Sendable () throws(EdgeError) -> ForgettingPlan,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) {
        self.decide = decide
        self.progress = progress
    }

    /// What it came to, once it is done.
    var receipt: ForgettingReceipt? {
        get { result.withLock { $0 } }
        set { result.withLock { $0 = newValue } }
    }
}
