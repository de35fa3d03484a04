import Synchronization

/// A plan that the aggregator's thread is asked to carry out, and what came of it.
final class ForgettingOrder: Sendable {
    /// What is to be done.
    let plan: ForgettingPlan
    /// Told so many segments of so many.
    let progress: @Sendable (UInt64, UInt64) -> Void
    private let result = Mutex<ForgettingReceipt?>(nil)

    init(_ plan: ForgettingPlan, progress: @escaping @Sendable (UInt64, UInt64) -> Void) {
        self.plan = plan
        self.progress = progress
    }

    /// What it came to, once it is done.
    var receipt: ForgettingReceipt? {
        get { result.withLock { $0 } }
        set { result.withLock { $0 = newValue } }
    }
}
