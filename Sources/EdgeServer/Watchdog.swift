import HTTPEngine

/// Tells the service manager, as often as it asks for that, that the workers make progress; one that is not told so
/// starts the server anew.
///
/// Progress is a turn: at each look every worker is woken, and must have ended a turn by the next one. A worker that
/// the disk holds is taken over by another thread within a fraction of a second, and its turns go on; one that has
/// ended, or whose loop hangs in anything else, ends none. Like the watch over the disk, whose thread looks, it touches
/// no file and writes no log: a disk that hangs must not look like a server that does.
struct Watchdog: Sendable {
    /// What is watched of a worker.
    struct Worker: Sendable {
        /// How many turns it has ended.
        let turns: @Sendable () -> UInt64
        /// Has it begin one.
        let wake: @Sendable () -> Void

        init(turns: @escaping @Sendable () -> UInt64, wake: @escaping @Sendable () -> Void) {
            (self.turns, self.wake) = (turns, wake)
        }

        init(_ counters: WorkerCounters, _ control: WorkerControl) {
            self.init(turns: { counters.value(.turns) }, wake: { control.wake() })
        }
    }

    private let manager: ServiceManager
    private let workers: [Worker]
    private var turns: [UInt64]
    private var nextLook: UInt64 = 0
    /// Time between two looks: four of them fit into what the manager waits. Nil where it does not ask.
    private let intervalNanoseconds: UInt64?

    init(_ manager: ServiceManager, _ workers: [Worker]) {
        self.manager = manager
        self.workers = workers
        turns = workers.map { $0.turns() }
        intervalNanoseconds = manager.watchdogNanoseconds.map { $0 / 4 }
    }

    /// Looks, where it is time to.
    mutating func look(nowNanoseconds: UInt64) {
        guard let intervalNanoseconds, nowNanoseconds >= nextLook else { return }
        nextLook = nowNanoseconds + intervalNanoseconds
        let found = workers.map { $0.turns() }
        if zip(found, turns).allSatisfy({ $0 != $1 }) { manager.isWell() }
        turns = found
        for worker in workers { worker.wake() }
    }
}
