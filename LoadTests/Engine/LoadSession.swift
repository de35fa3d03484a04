package import LinuxSystem

/// Runs of one scenario in one process: it gives each run its threads' shares and its own numbers of visits, and keeps
/// the ledgers of what was sent.
package struct LoadSession: Sendable {
    /// What is asked.
    package let scenario: Scenario
    /// Generator threads.
    package let threads: Int
    /// Repeats choices and schedules.
    package let seed: UInt64
    /// Tells this process's visits from all others.
    package let salt: UInt64
    /// The first processor that threads are bound to; nil: none.
    package let processor: Int?
    /// The bounds.
    package var limits = LoadLimits()
    /// What was sent to the first server so far.
    package private(set) var ledgers: [RequestLedger] = []
    private let requests: RequestPlan
    private var nextLane = 0

    /// Runs that a process can make: each thread of each needs a lane.
    package static let lanesMax = VisitIDs.laneCountMax / 2

    /// Prepares a scenario. `salt` is random.
    package init(_ scenario: Scenario, threads: Int, seed: UInt64, salt: UInt64, processor: Int?) {
        precondition(threads > 0, "a session has a thread")
        self.scenario = scenario
        self.threads = threads
        self.seed = seed
        self.salt = salt
        self.processor = processor
        requests = RequestPlan(scenario)
    }

    /// What differs from run to run.
    package struct Shape: Equatable, Sendable {
        /// Arrivals a second; nil: a closed loop.
        package var perSecond: Double?
        /// Time before the measured part, in seconds.
        package var warmupSeconds: Double
        /// The measured part, in seconds.
        package var durationSeconds: Double

        package init(perSecond: Double?, warmupSeconds: Double, durationSeconds: Double) {
            self.perSecond = perSecond
            self.warmupSeconds = warmupSeconds
            self.durationSeconds = durationSeconds
        }
    }

    /// The shape that the scenario asks for.
    package var shape: Shape {
        Shape(
            perSecond: scenario.perSecond, warmupSeconds: scenario.warmupSeconds,
            durationSeconds: scenario.durationSeconds)
    }

    /// Runs against a server once; the calling thread waits.
    ///
    /// - Parameters:
    ///   - keepsLedgers: true for the server whose journal is asked afterwards.
    ///   - progress: as of `LoadRun.run`: false ends the run.
    package mutating func run(
        _ server: LoadServer, _ shape: Shape, keepsLedgers: Bool = true,
        progress: (LoadRun.Progress) -> Bool = { _ in true }
    ) throws(SystemError) -> RunFigures {
        let figures = try LoadRun(
            loops: loops(server, shape), perSecond: shape.perSecond, processor: processor,
            serverProcess: server.process
        ).run(progress: progress)
        if keepsLedgers { ledgers += figures.loop.ledgers }
        return figures
    }

    /// The threads' plans; the connections of each kind are dealt out evenly.
    private mutating func loops(_ server: LoadServer, _ shape: Shape) -> [LoopPlan] {
        let warmup = UInt64(shape.warmupSeconds * 1e9)
        let duration = UInt64(shape.durationSeconds * 1e9)
        precondition(nextLane + threads <= Self.lanesMax, "more runs than there are lanes")
        defer { nextLane += threads }
        let threads = threads
        return (0..<threads).map { index in
            func share(_ count: Int) -> Int { count / threads + (index < count % threads ? 1 : 0) }
            let schedule = shape.perSecond.map {
                ArrivalSchedule(
                    kind: scenario.arrivals, perSecond: $0, warmupNanoseconds: warmup, durationNanoseconds: duration,
                    seed: seed, lane: index, laneCount: threads)
            }
            return LoopPlan(
                address: server.address, requests: requests, depth: server.depth,
                connections: max(1, share(scenario.connections)), idle: share(scenario.idle),
                slow: share(scenario.slow), schedule: schedule, warmupNanoseconds: warmup,
                durationNanoseconds: duration, seed: seed, stream: index, salt: salt, lane: nextLane + index,
                limits: limits)
        }
    }
}
