import Journal
import LinuxSystem
import Synchronization

/// The shards of one worker. It writes one; a call that the disk holds keeps that one, and the thread that takes the
/// worker over goes on with another (Documentation/decisions/0008). When the call comes back its shard becomes a spare.
final class WorkerShards: Sendable {
    /// What all workers' shards are made with.
    struct Plan: Sendable {
        let journalFolder: String
        let limits: JournalLimits
        let durability: JournalDurability
        let closed: ClosedWatermark
        let synchronizer: JournalSynchronizer
        let stall: DiskStall
        let live: LiveShards
        let numbers: ShardNumbers
        var storage: any JournalStorage = LinuxStorage()
    }

    private struct State {
        var current: ShardCommitter?
        /// Shards whose calls have not come back, or that have something left to write.
        var held: [ShardCommitter] = []
        /// Shards that are written as a whole and wait for the next time.
        var spares: [ShardCommitter] = []
    }

    /// The first shard: the one that the worker begins with.
    let first: ShardIdentity
    private let plan: Plan
    private let state = Mutex(State())
    private let ending = Atomic(false)

    /// Makes the first shard.
    init(first: ShardIdentity, plan: Plan) {
        self.first = first
        self.plan = plan
        let committer = make(first)
        state.withLock { $0.current = committer }
    }

    /// The shard that the worker writes.
    var current: ShardCommitter {
        guard let current = state.withLock({ $0.current }) else { preconditionFailure("a worker has a shard") }
        return current
    }

    /// True while the disk holds a call of any worker.
    var isStalled: Bool { plan.stall.isOn }

    /// True when the worker has drained.
    var isEnding: Bool { ending.load(ordering: .acquiring) }

    /// The worker has drained: what can't be written for a while is given up.
    func beginEnding() {
        ending.store(true, ordering: .releasing)
    }

    /// Sees to it that `replaceCurrent` finds a shard, so that the aggregator waits for it before anything is recorded
    /// there.
    ///
    /// - Returns: false when the process has no number left for one.
    func prepareSpare() -> Bool {
        if state.withLock({ !$0.spares.isEmpty }) { return true }
        guard let number = plan.numbers.next() else { return false }
        let spare = make(ShardIdentity(node: first.node, epoch: first.epoch, shard: number))
        state.withLock { $0.spares.append(spare) }
        return true
    }

    /// The disk holds the current shard: the worker goes on with a spare, which was prepared.
    func replaceCurrent() -> ShardCommitter {
        plan.stall.begin()
        return state.withLock { state in
            guard let spare = state.spares.popLast() else { preconditionFailure("no spare shard was prepared") }
            if let current = state.current { state.held.append(current) }
            state.current = spare
            return spare
        }
    }

    /// A call that the worker did not wait for has come back.
    func heldCallReturned() {
        plan.stall.end()
    }

    /// Takes a shard back that was held, written as a whole.
    func giveBack(_ shard: ShardCommitter) {
        state.withLock { state in
            state.held.removeAll { $0 === shard }
            state.spares.append(shard)
        }
    }

    /// Keeps the promises of shards moving that nobody writes.
    func promiseForSpares(nowNanoseconds now: UInt64) {
        state.withLock { state in
            for spare in state.spares { spare.promise(nowNanoseconds: now) }
        }
    }

    /// One moment's numbers of all of them together. Events in a call that has not come back were answered and wait.
    var snapshot: ShardProgressSnapshot {
        state.withLock { state in
            var sum = (state.current?.writer.progress ?? ShardProgress()).snapshot()
            for shard in state.spares { sum.add(shard.writer.progress.snapshot(), isHeld: false) }
            for shard in state.held { sum.add(shard.writer.progress.snapshot(), isHeld: true) }
            return sum
        }
    }

    private func make(_ shard: ShardIdentity) -> ShardCommitter {
        let writer = ShardWriter(
            shard: shard, journalFolder: plan.journalFolder, limits: plan.limits, durability: plan.durability,
            stall: plan.stall, storage: plan.storage)
        plan.synchronizer.register(writer.segments)
        plan.live.add(shard, writer.progress)
        return ShardCommitter(writer: writer, shards: self, closed: plan.closed)
    }
}

/// Gives out the numbers of one process's shards behind those of its workers.
final class ShardNumbers: Sendable {
    private let used: Atomic<UInt32>

    /// The first `workers` numbers are the workers'.
    init(workers: Int) {
        used = Atomic(UInt32(workers))
    }

    /// A number that no shard of this process has; nil when there is none left.
    func next() -> UInt16? {
        let number = used.add(1, ordering: .relaxed).oldValue
        return number < UInt32(ShardIdentity.adminShard) ? UInt16(number) : nil
    }
}
