import Campaigns
import LinuxSystem
import Synchronization

extension AggregatorRunner {
    /// Keeps the thread from the store, or lets it on again.
    func hinder(_ reason: EdgeError?) {
        hindrance.withLock { $0 = reason }
    }

    /// Has a plan made and carried out, and waits for it. From the moment at which the plan is on the disk it is
    /// carried out whatever happens: by this process, or by the next one.
    func forget(_ order: ForgettingOrder) throws(EdgeError) -> ForgettingReceipt? {
        try ask(.forget(order))
        return order.receipt
    }

    /// Has a plan made, writes it down and carries it out, with every store closed. On the aggregator's thread, which
    /// counts nothing meanwhile: a store takes the person for another one than the token.
    func forget(_ order: ForgettingOrder, _ held: inout Held?, _ keeper: inout RetentionKeeper) -> EdgeError? {
        do throws(EdgeError) {
            if let hindrance = hindrance.withLock({ $0 }) { throw hindrance }
            try finishForgetting(&held)
            close(&held)
            keeper.rewritten()
            try ForgettingWork(plan.folder).begin(try order.decide())
            order.receipt = try finishForgetting(&held, progress: order.progress)
            return nil
        } catch {
            return error
        }
    }

    /// Finishes what an order, or a process that died, has begun. Before a store is opened, and on the aggregator's
    /// thread.
    ///
    /// - Returns: what it came to; nil where there is nothing to be finished.
    @discardableResult
    func finishForgetting(
        _ held: inout Held?, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(EdgeError) -> ForgettingReceipt? {
        let work = ForgettingWork(plan.folder)
        guard let unfinished = try work.unfinished() else { return nil }
        close(&held)
        let receipt = try work.carryOut(unfinished, progress: progress)
        if unfinished.needsRebuild, let failure = rebuildNow(RebuildWatch(), &held) { throw failure }
        if let onForgotten = onForgotten.withLock({ $0 }) { try onForgotten(unfinished) }
        try work.end()
        log.write(
            .info, "forgotten", ("section", receipt.section), ("events", "\(receipt.events)"),
            ("segments", "\(receipt.segments)"), ("verdictsKept", "\(receipt.verdictsKept)"))
        for note in receipt.notes { log.write(.warning, "forgotten-not-everywhere", ("what", note)) }
        return receipt
    }
}
