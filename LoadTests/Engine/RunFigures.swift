/// What a run came to.
package struct RunFigures: Equatable, Sendable {
    /// All threads' figures together.
    package var loop: LoopFigures
    /// Arrivals a second that were planned; nil: a closed loop.
    package var perSecond: Double?
    /// The measured part.
    package var durationSeconds: Double
    /// What the server cost; nil when its process was not looked at.
    package var server: ServerFigures?

    package init(
        loop: LoopFigures, perSecond: Double? = nil, durationSeconds: Double, server: ServerFigures? = nil
    ) {
        self.loop = loop
        self.perSecond = perSecond
        self.durationSeconds = durationSeconds
        self.server = server
    }

    /// True for an open loop.
    package var isOpen: Bool { perSecond != nil }

    /// True when nothing went wrong, every client beside the measured ones was served, and what was due was answered.
    package var isRight: Bool {
        loop.errors.total == 0 && loop.slowErrors == 0 && loop.idleLost == 0 && loop.completed > 0 && keptUp
    }

    /// False for an open loop of which more than 1% of the arrivals were not answered.
    package var keptUp: Bool { !isOpen || answeredShare >= 0.99 }

    /// The share of the arrivals that were answered as expected; 1 of none.
    package var answeredShare: Double { loop.arrivals == 0 ? 1 : Double(loop.completed) / Double(loop.arrivals) }

    /// Right answers a second of the measured part.
    package var requestsPerSecond: Double { Double(loop.completedInTime) / durationSeconds }

    /// Processor time of the generator for each right answer, in microseconds; nil when there was none.
    package var generatorMicrosecondsPerRequest: Double? {
        loop.completedInTime == 0 ? nil : Double(loop.processorNanoseconds) / 1e3 / Double(loop.completedInTime)
    }
}

/// What the server's process cost in the measured part.
package struct ServerFigures: Equatable, Sendable {
    /// Processor time of all its threads.
    package var processorSeconds: Double
    /// Right answers in the same time.
    package var requests: UInt64
    /// The most memory that it ever had in use, VmHWM.
    package var peakMemoryBytes: UInt64?
    /// The same by thread, so that what works in the background can be told from what answers.
    package var threads: [ThreadFigures]

    package init(
        processorSeconds: Double, requests: UInt64, peakMemoryBytes: UInt64?, threads: [ThreadFigures] = []
    ) {
        self.processorSeconds = processorSeconds
        self.requests = requests
        self.peakMemoryBytes = peakMemoryBytes
        self.threads = threads
    }

    /// Processor time for each right answer, in microseconds; nil when there was none.
    package var processorMicrosecondsPerRequest: Double? { microsecondsPerRequest(processorSeconds) }

    /// A time of the process or of one thread for each right answer, in microseconds; nil when there was none.
    package func microsecondsPerRequest(_ seconds: Double) -> Double? {
        requests == 0 ? nil : seconds * 1e6 / Double(requests)
    }
}

/// What the server's threads of one name did in the measured part.
package struct ThreadFigures: Equatable, Sendable {
    /// What they call themselves, at most 15 bytes.
    package var name: String
    /// Their processor time.
    package var processorSeconds: Double
    /// Their `write` calls and their kin, `send` not among them; nil when the kernel doesn't say.
    package var writeCalls: UInt64?

    package init(name: String, processorSeconds: Double, writeCalls: UInt64?) {
        self.name = name
        self.processorSeconds = processorSeconds
        self.writeCalls = writeCalls
    }
}
