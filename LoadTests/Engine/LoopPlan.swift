package import LinuxSystem

/// What one generator thread does in one run.
package struct LoopPlan: Sendable {
    /// Where the server listens.
    package var address: SocketAddress
    /// What is sent.
    package var requests: RequestPlan
    /// How much of an answer is checked.
    package var depth = CheckDepth.full
    /// Connections that requests are sent on, at least 1.
    package var connections: Int
    /// Connections held open without a request.
    package var idle = 0
    /// Clients that send a byte at a time.
    package var slow = 0
    /// When requests are due; nil: a closed loop.
    package var schedule: ArrivalSchedule?
    /// Time before the measured part.
    package var warmupNanoseconds: UInt64
    /// Time of the measured part.
    package var durationNanoseconds: UInt64
    /// Repeats the choices.
    package var seed: UInt64
    /// Which thread of the run this is.
    package var stream: Int
    /// The process's salt of the visits' numbers.
    package var salt: UInt64
    /// Which lane of them this thread uses.
    package var lane: Int
    /// The bounds.
    package var limits = LoadLimits()

    package init(
        address: SocketAddress, requests: RequestPlan, depth: CheckDepth, connections: Int, idle: Int, slow: Int,
        schedule: ArrivalSchedule?, warmupNanoseconds: UInt64, durationNanoseconds: UInt64, seed: UInt64, stream: Int,
        salt: UInt64, lane: Int, limits: LoadLimits
    ) {
        self.address = address
        self.requests = requests
        self.depth = depth
        self.connections = connections
        self.idle = idle
        self.slow = slow
        self.schedule = schedule
        self.warmupNanoseconds = warmupNanoseconds
        self.durationNanoseconds = durationNanoseconds
        self.seed = seed
        self.stream = stream
        self.salt = salt
        self.lane = lane
        self.limits = limits
    }
}
