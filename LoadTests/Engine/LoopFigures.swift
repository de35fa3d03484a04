package import LinuxSystem

/// Answers that were not as expected, or did not come.
package struct ErrorCounts: Equatable, Sendable {
    /// Another status, or no HTTP.
    package var status: UInt64 = 0
    /// Another `Location`.
    package var location: UInt64 = 0
    /// Another body, length or type.
    package var body: UInt64 = 0
    /// Connections that could not be made.
    package var connect: UInt64 = 0
    /// Answers that did not come in time.
    package var timeout: UInt64 = 0
    /// Connections that ended or broke before their answer was whole.
    package var closed: UInt64 = 0

    /// All of them.
    package var total: UInt64 { status + location + body + connect + timeout + closed }

    package init() {}

    /// Adds another thread's.
    package mutating func merge(_ other: ErrorCounts) {
        status += other.status
        location += other.location
        body += other.body
        connect += other.connect
        timeout += other.timeout
        closed += other.closed
    }
}

/// One second of the measured part.
package struct SecondFigures: Equatable, Sendable {
    /// Right answers that came in it.
    package var completed: UInt64 = 0
    /// Errors that were seen in it.
    package var errors: UInt64 = 0
    /// Latencies of the right answers, to 1%: 7 bits.
    package var latency = LatencyHistogram(precision: 7)

    package init() {}
}

/// The first wrong answer that a thread saw, for the message.
package struct WrongAnswer: Equatable, Sendable {
    /// What was not as expected; nil: it was not whole in time.
    package var mismatch: ResponseVerdict.Mismatch?
    /// The answer that was expected.
    package var expected: ExpectedAnswer
    /// What came, cut to 1 KiB.
    package var received: [UInt8]

    package init(mismatch: ResponseVerdict.Mismatch?, expected: ExpectedAnswer, received: [UInt8]) {
        self.mismatch = mismatch
        self.expected = expected
        self.received = received
    }
}

/// What one generator thread measured; threads merge.
package struct LoopFigures: Equatable, Sendable {
    /// Arrivals that were due in the measured part; in a closed loop, requests sent in it.
    package var arrivals: UInt64 = 0
    /// Of these, how many were sent.
    package var sent: UInt64 = 0
    /// Of these, how many were answered as expected.
    package var completed: UInt64 = 0
    /// Right answers that came within the measured part, whenever they were due: the throughput.
    package var completedInTime: UInt64 = 0
    /// Everything that went wrong, warm-up included.
    package var errors = ErrorCounts()
    /// From the due time (closed loop: the sending) to the answer's last byte, right or wrong. What was due and not
    /// answered stands with the time that it had waited when it was given up. In an open loop there are as many as
    /// arrivals.
    package var latency = LatencyHistogram()
    /// From the due time to the sending, of arrivals that had a free connection: the generator's own lateness.
    package var lag = LatencyHistogram()
    /// The measured part by seconds.
    package var seconds: [SecondFigures] = []
    /// Processor time of the generator thread in the measured part, in nanoseconds.
    package var processorNanoseconds: UInt64 = 0
    /// What was sent, by lanes.
    package var ledgers: [RequestLedger] = []
    /// Keep-alive connections that the server closed between requests and that were opened again.
    package var reconnects: UInt64 = 0
    /// Right answers to slow clients.
    package var slowCompleted: UInt64 = 0
    /// Slow clients' requests that went wrong.
    package var slowErrors: UInt64 = 0
    /// Idle connections that were open at the end.
    package var idleOpen = 0
    /// Idle connections that the server refused or closed.
    package var idleLost = 0
    /// The first wrong answer.
    package var wrongAnswer: WrongAnswer?
    /// Why connections could not be made, the first time.
    package var connectError: SystemError?

    package init() {}

    /// Adds another thread's.
    package mutating func merge(_ other: LoopFigures) {
        arrivals += other.arrivals
        sent += other.sent
        completed += other.completed
        completedInTime += other.completedInTime
        errors.merge(other.errors)
        latency.merge(other.latency)
        lag.merge(other.lag)
        while seconds.count < other.seconds.count { seconds.append(SecondFigures()) }
        for (index, second) in other.seconds.enumerated() {
            seconds[index].completed += second.completed
            seconds[index].errors += second.errors
            seconds[index].latency.merge(second.latency)
        }
        processorNanoseconds += other.processorNanoseconds
        ledgers += other.ledgers
        reconnects += other.reconnects
        slowCompleted += other.slowCompleted
        slowErrors += other.slowErrors
        idleOpen += other.idleOpen
        idleLost += other.idleLost
        wrongAnswer = wrongAnswer ?? other.wrongAnswer
        connectError = connectError ?? other.connectError
    }
}
