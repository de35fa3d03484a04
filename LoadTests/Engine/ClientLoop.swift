import Bytes
package import LinuxSystem

/// The generator: one thread that keeps many connections busy and measures what comes back.
///
/// **Problem.** A generator that is slower than its server measures itself, and one that waits for an answer before it
/// sends the next request stops asking exactly when the server stalls (coordinated omission).
///
/// **Shape.** One epoll loop over non-blocking sockets. In the open loop a schedule says when requests are due; what is
/// due and finds no free connection waits, and its latency begins when it was due. In the closed loop a connection
/// sends again as soon as it is answered. A turn sends what is due (at most `arrivalsPerTurnMax`), then takes what the
/// poller has. Waiting ends `spinNanoseconds` before the next arrival; from there the loop looks again and again.
///
/// **Cost.** For each request one send and one receive, two or three readings of the clock, two histogram counts. No
/// allocation, no lock, no closure that escapes: a test counts.
///
/// **Not promised.** Pipelining; names; TLS.
package struct ClientLoop: ~Copyable {
    let plan: LoopPlan
    let board: LoopBoard
    var poller: Poller
    var connections: [ClientConnection]
    var free: SlotQueue
    var resting: SlotQueue
    var restUntil: [UInt64]
    /// Bytes of an answer that did not come at once, by slot.
    var partials: [[UInt8]]
    /// Bytes of a request that the kernel did not take at once, by slot.
    var unsent: [[UInt8]]
    var maker: RequestMaker
    var checker: ResponseChecker
    var input: ByteBuffer
    var output: ByteBuffer
    var schedule: ArrivalSchedule?
    /// When the next arrival is due; nil when there is none any more.
    var nextDue: UInt64?
    /// Since when there has been a free connection.
    var freeSince: UInt64 = 0
    var inFlight = 0
    var now: UInt64 = 0
    var startAt: UInt64 = 0
    var beginAt: UInt64 = 0
    var endAt: UInt64 = 0
    var sweepAt: UInt64 = 0
    var processorAtBegin: UInt64?
    var isMeasured = false
    var figures = LoopFigures()
    var ledger: RequestLedger
    var completedAltogether: UInt64 = 0
    var background: BackgroundClients

    var isOpen: Bool { schedule != nil }

    /// Makes a loop and its memory; nothing is sent yet.
    package init(_ plan: LoopPlan, board: LoopBoard) throws(SystemError) {
        precondition(plan.connections > 0, "a loop has a connection")
        self.plan = plan
        self.board = board
        poller = try Poller()
        connections = [ClientConnection](repeating: ClientConnection(), count: plan.connections)
        free = SlotQueue(capacity: plan.connections)
        resting = SlotQueue(capacity: plan.connections)
        restUntil = [UInt64](repeating: 0, count: plan.connections)
        partials = [[UInt8]](repeating: [], count: plan.connections)
        unsent = [[UInt8]](repeating: [], count: plan.connections)
        maker = RequestMaker(plan.requests, seed: plan.seed, stream: UInt64(plan.stream))
        checker = ResponseChecker(plan.requests.expectations, depth: plan.depth, limits: plan.limits)
        input = ByteBuffer(capacity: plan.limits.responseBytesMax)
        output = ByteBuffer(capacity: plan.requests.requestBytesMax)
        schedule = plan.schedule
        ledger = RequestLedger(lane: plan.lane)
        background = BackgroundClients(plan)
        let seconds = Self.seconds(in: plan.durationNanoseconds)
        figures.seconds = [SecondFigures](repeating: SecondFigures(), count: seconds)
    }

    /// Seconds that a time has, one that is not whole included.
    private static func seconds(in nanoseconds: UInt64) -> Int { Int((nanoseconds + 999_999_999) / 1_000_000_000) }

    /// Opens the connections, waits for the start that the board gives, sends, measures and closes everything.
    package consuming func run() throws(SystemError) -> LoopFigures {
        SystemThread.setTimerSlack(nanoseconds: 1)
        openConnections()
        try openIdle()
        board.becomeReady()
        while board.startNanoseconds == 0 { SystemThread.sleep(nanoseconds: 100_000) }
        begin(at: board.startNanoseconds)
        repeat {
            now = SystemClock.monotonicNanoseconds()
            crossPhases()
            startDueArrivals()
            wakeResting()
            try drip()
            sweepTimeouts()
            try poller.wait(timeoutNanoseconds: waitNanoseconds())
            for index in 0..<poller.count { handle(poller.event(at: index)) }
            board.publish(completed: completedAltogether, errors: figures.errors.total)
        } while !isFinished
        return finish()
    }

    private mutating func begin(at start: UInt64) {
        startAt = start
        beginAt = start + plan.warmupNanoseconds
        endAt = beginAt + plan.durationNanoseconds
        sweepAt = start
        now = SystemClock.monotonicNanoseconds()
        while now < start {
            let rest = start - now
            if rest > plan.limits.spinNanoseconds {
                SystemThread.sleep(nanoseconds: rest - plan.limits.spinNanoseconds)
            }
            now = SystemClock.monotonicNanoseconds()
        }
        crossPhases()
        freeSince = start
        if isOpen {
            for slot in connections.indices { free.push(slot) }
            advanceSchedule()
        } else {
            for slot in connections.indices { send(on: slot, dueAt: SystemClock.monotonicNanoseconds()) }
        }
        background.begin(at: start)
    }

    mutating func advanceSchedule() {
        nextDue = schedule?.next().map { startAt + $0 }
        dropBehindEnd()
    }

    /// What is due behind the end is not due at all.
    private mutating func dropBehindEnd() {
        if let due = nextDue, due >= endAt { nextDue = nil }
    }

    /// Notes what the thread has cost at the two ends of the measured part, the second of which may come early.
    private mutating func crossPhases() {
        if board.stopNanoseconds < endAt {
            endAt = board.stopNanoseconds
            dropBehindEnd()
        }
        if processorAtBegin == nil, now >= beginAt {
            processorAtBegin = SystemClock.threadProcessorNanoseconds()
            isMeasured = true
        }
        if isMeasured, now >= endAt, let before = processorAtBegin {
            figures.processorNanoseconds = SystemClock.threadProcessorNanoseconds() - before
            isMeasured = false
        }
    }

    /// True when late arrivals are not sent any more.
    var hasStopped: Bool {
        now >= endAt + (isOpen ? plan.limits.lateSendNanoseconds : 0)
    }

    private var isFinished: Bool {
        if isOpen, nextDue != nil, !hasStopped { return false }
        return now >= endAt && inFlight == 0
    }

    private func waitNanoseconds() -> Int64 {
        // Long enough to cost nothing, short enough for phases, timeouts and the progress line.
        var until = now + 20_000_000
        if now < beginAt { until = min(until, beginAt) }
        if now < endAt { until = min(until, endAt) }
        if let first = resting.first { until = min(until, restUntil[first]) }
        until = min(until, background.nextDripAt)
        let clock = SystemClock.monotonicNanoseconds()
        if let due = nextDue, !free.isEmpty {
            let awake = due < plan.limits.spinNanoseconds ? 0 : due - plan.limits.spinNanoseconds
            until = min(until, awake)
        }
        return until <= clock ? 0 : Int64(until - clock)
    }

    private consuming func finish() -> LoopFigures {
        if let before = processorAtBegin, isMeasured {
            figures.processorNanoseconds = SystemClock.threadProcessorNanoseconds() - before
        }
        figures.seconds.removeLast(figures.seconds.count - Self.seconds(in: endAt - beginAt))
        // What was never sent has waited until now, at least.
        while let due = nextDue {
            if due >= beginAt {
                figures.arrivals += 1
                figures.latency.record(now - min(due, now))
            }
            advanceSchedule()
        }
        for connection in connections {
            if connection.socket >= 0 { Sockets.close(connection.socket) }
            if connection.parked >= 0 { Sockets.close(connection.parked) }
        }
        background.close(into: &figures)
        figures.ledgers = [ledger, background.ledger].filter { $0.sentCount > 0 }
        return figures
    }
}
