package import LinuxSystem
import Synchronization

/// One run against one server: its loops on their threads, and the server's process looked at from outside.
package struct LoadRun: Sendable {
    /// The loops' plans, one a thread.
    package var loops: [LoopPlan]
    /// The first processor that generator threads are bound to, one each; nil leaves them to the scheduler.
    package var processor: Int?
    /// The server's process; nil: not looked at.
    package var serverProcess: Int32?
    /// Arrivals a second that the schedules plan; nil: a closed loop.
    package var perSecond: Double?

    /// Describes a run of at least one loop.
    package init(loops: [LoopPlan], perSecond: Double?, processor: Int? = nil, serverProcess: Int32? = nil) {
        precondition(!loops.isEmpty, "a run has a loop")
        self.loops = loops
        self.perSecond = perSecond
        self.processor = processor
        self.serverProcess = serverProcess
    }

    /// How far a run is, for a progress line.
    package struct Progress: Equatable, Sendable {
        /// Time since the start of the warm-up, in seconds.
        package var elapsedSeconds: Double
        /// Time that warm-up and measured part take, in seconds.
        package var totalSeconds: Double
        /// Right answers so far.
        package var completed: UInt64
        /// Errors so far.
        package var errors: UInt64
    }

    /// Runs to the end; the calling thread waits.
    ///
    /// - Parameter progress: called about ten times a second; where it returns false, the measured part ends then, but
    ///   not before it has lasted for 100 ms.
    package func run(progress: (Progress) -> Bool = { _ in true }) throws(SystemError) -> RunFigures {
        let boards = loops.map { _ in LoopBoard() }
        let results = loops.map { _ in LoopResult() }
        var threads: [SystemThread] = []
        do throws(SystemError) {
            for (index, loop) in loops.enumerated() {
                let board = boards[index]
                let result = results[index]
                threads.append(
                    try SystemThread.start(name: "load-\(index)", processor: processor.map { $0 + index }) {
                        result.fill(loop, board)
                    })
            }
            while !zip(boards, results).allSatisfy({ $0.isReady || $1.isFilled }) {
                SystemThread.sleep(nanoseconds: 200_000)
            }
            // Who is filled before the start has failed.
            for result in results where result.isFilled { _ = try result.take() }
        } catch {
            dismiss(boards, threads)
            throw error
        }
        let start = SystemClock.monotonicNanoseconds() + 2_000_000
        for board in boards { board.begin(atNanoseconds: start) }
        let (duration, server) = watch(boards, results, from: start, progress: progress)
        for thread in threads { thread.join() }
        var figures = LoopFigures()
        for result in results { figures.merge(try result.take()) }
        return RunFigures(
            loop: figures, perSecond: perSecond, durationSeconds: Double(duration) / 1e9, server: server)
    }

    /// Lets loops that wait for their start end without having measured anything.
    private func dismiss(_ boards: [LoopBoard], _ threads: [SystemThread]) {
        for board in boards {
            board.stop(atNanoseconds: 1 + loops[0].warmupNanoseconds)
            board.begin(atNanoseconds: 1)
        }
        for thread in threads { thread.join() }
    }

    /// Waits for the end of the measured part, and looks at the server's process at both of its ends.
    ///
    /// - Returns: how long the measured part was, in nanoseconds, and what the server cost in it.
    private func watch(
        _ boards: [LoopBoard], _ results: [LoopResult], from start: UInt64, progress: (Progress) -> Bool
    ) -> (UInt64, ServerFigures?) {
        let begin = start + loops[0].warmupNanoseconds
        var end = begin + loops[0].durationNanoseconds
        var before: (ProcessSample, UInt64)?
        func completed() -> UInt64 { boards.reduce(0) { $0 + $1.completed } }
        func wait(until moment: () -> UInt64) {
            while true {
                let now = SystemClock.monotonicNanoseconds()
                guard now < moment(), !results.allSatisfy(\.isFilled) else { return }
                SystemThread.sleep(nanoseconds: min(100_000_000, moment() - now))
                let goesOn = progress(
                    Progress(
                        elapsedSeconds: Double(SystemClock.monotonicNanoseconds() - min(start, now)) / 1e9,
                        totalSeconds: Double(end - start) / 1e9, completed: completed(),
                        errors: boards.reduce(0) { $0 + $1.errors }))
                if !goesOn {
                    end = min(end, max(SystemClock.monotonicNanoseconds(), begin + 100_000_000))
                    for board in boards { board.stop(atNanoseconds: end) }
                }
            }
        }
        wait { begin }
        if let serverProcess, let sample = ProcessSample.take(serverProcess) { before = (sample, completed()) }
        wait { end }
        guard let serverProcess, let before, let after = ProcessSample.take(serverProcess) else {
            return (end - begin, nil)
        }
        let server = ServerFigures(
            processorSeconds: after.processorSeconds(since: before.0), requests: completed() - before.1,
            peakMemoryBytes: after.peakMemoryBytes, threads: after.threads(since: before.0))
        return (end - begin, server)
    }
}

/// What a loop's thread leaves behind.
private final class LoopResult: Sendable {
    private let content = Mutex<Result<LoopFigures, SystemError>?>(nil)

    var isFilled: Bool { content.withLock { $0 != nil } }

    func fill(_ plan: LoopPlan, _ board: LoopBoard) {
        let result: Result<LoopFigures, SystemError>
        do throws(SystemError) {
            let loop = try ClientLoop(plan, board: board)
            result = .success(try loop.run())
        } catch {
            result = .failure(error)
        }
        content.withLock { $0 = result }
    }

    func take() throws(SystemError) -> LoopFigures {
        guard let result = content.withLock({ $0 }) else { return LoopFigures() }
        return try result.get()
    }
}
