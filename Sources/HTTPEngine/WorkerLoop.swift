import Bytes
import LinuxSystem

/// What a worker consists of, and the order of a turn. `HTTPWorker` tells the whole story.
///
/// Everything a request touches lies in this one value, so that the hot path pays for no reference and no lock: receive
/// (`+Receive`), parse and answer (`+Answer`), send (`+Send`), deadlines (`+Deadlines`), new connections
/// (`+Accept`), the end (`+Drain`).
struct WorkerLoop<Handler: HTTPHandler>: ~Copyable {
    let handler: Handler
    var limits: HTTPLimits
    let control: WorkerControl
    let counters: WorkerCounters
    var listeners: [HTTPListener]

    var poller: Poller
    let endedBits = Readiness.ended.rawValue
    var table: ConnectionTable
    /// Who has how many connections, where there is a limit to that.
    var clients = ClientConnections(connectionCountMax: 0)
    var pool: HeldBufferPool
    /// The one buffer that connections without a part of a request receive into. It is taken out while it is lent.
    var input: SharedInput
    var head = RequestHead()
    var response: ResponseWriter
    var replies: [Reply] = []
    /// Connections with input left over from this turn; their slots and generations.
    var runnable: [UInt64] = []
    var tally = WorkerTally()

    /// The turn's time by the monotonic clock.
    var now: UInt64 = 0
    /// When the requests that are being answered had come to their last byte, by the monotonic clock.
    var receivedNanoseconds: UInt64 = 0
    var nextTick: UInt64 = 0
    /// The handler has answered something that is not committed.
    var needsCommit = false
    /// Connections that the last commit was for.
    var answeredBefore = 0
    /// Events that the last wait found, and how many of them are taken.
    private var foundEvents = 0
    private var takenEvents = 0
    /// The last turn was full before it had taken all events, or accepted whom they told of.
    private var areEventsLeft = false
    private var limitsVersion: Int
    /// A response that outgrew the turn's output, and its connection.
    var outgrown: (slot: Int, bytes: HeldBuffer)?
    /// The connection whose input is being read: it is not closed under the reader's feet.
    var serving = -1
    /// Bit n: listener n has connections waiting.
    var readyListeners: UInt64 = 0
    /// What is to be expected of each listener.
    var arrivals: [ListenerArrivals]
    var isAcceptPaused = false
    var acceptPausedUntil: UInt64 = 0
    var drain = DrainPhase.serving

    init(
        handler: Handler, listeners: [HTTPListener], limits: HTTPLimits, defaultHeaders: [HeaderLine],
        control: WorkerControl, counters: WorkerCounters, poller: consuming Poller
    ) {
        precondition(limits.problem == nil, "the limits contradict each other")
        precondition(listeners.count <= WorkerToken.listenersMax, "a worker has at most 64 listeners")
        self.handler = handler
        self.listeners = listeners
        arrivals = listeners.map { _ in ListenerArrivals(expected: limits.acceptsPerTurnMax) }
        self.limits = limits
        limitsVersion = handler.limitsVersion
        self.control = control
        self.counters = counters
        self.poller = poller
        table = ConnectionTable(capacity: limits.connectionCountMax)
        pool = HeldBufferPool(standardBytes: limits.headLimitBytes)
        input = SharedInput(ByteBuffer(capacity: limits.headLimitBytes))
        response = ResponseWriter(
            capacity: limits.turnOutputBytes, defaultHeaders: defaultHeaders.flatMap { $0.bytes }, control: control)
        replies.reserveCapacity(TurnBounds.repliesMax)
        runnable.reserveCapacity(TurnBounds.repliesMax)
        countClients()
    }

    /// Begins to watch for wakeups and connections.
    mutating func begin() throws(SystemError) {
        try poller.add(control.wakeup.rawValue, token: WorkerToken.wakeup, interest: .readable)
        try watchListeners()
    }

    // A turn in four steps, between which the worker's thread is in the committer: `HTTPWorker.turn` has the order.

    /// Waits for something to do, unless the last turn left some.
    ///
    /// - Parameters:
    ///   - limitMilliseconds: longest wait.
    ///   - clock: read once the wait is over.
    mutating func beginTurn(waitingAtMost limitMilliseconds: Int32, clock: () -> TurnTime) throws(SystemError) {
        areEventsLeft = takenEvents < foundEvents || readyListeners != 0
        if takenEvents == foundEvents {
            takenEvents = 0
            foundEvents = try poller.wait(timeoutMilliseconds: min(limitMilliseconds, waitMilliseconds()))
        }
        let time = clock()
        now = time.monotonicNanoseconds
        handler.turnWillBegin(
            realtimeNanoseconds: time.realtimeNanoseconds, monotonicNanoseconds: time.monotonicNanoseconds)
        if handler.limitsVersion != limitsVersion {
            limitsVersion = handler.limitsVersion
            use(handler.limits)
        }
        response.setTime(realtimeNanoseconds: time.realtimeNanoseconds)
    }

    /// Answers what is there, as far as the turn's output has room; the next turn goes on with what is left.
    mutating func answer() throws(SystemError) {
        // Events and connections that were left go first: those with much to ask would never let them.
        if areEventsLeft {
            takeEvents()
            if readyListeners != 0 { acceptReady() }
        }
        if !runnable.isEmpty { serveRunnable() }
        if !areEventsLeft { takeEvents() }
        if !control.lateAnswers.isEmpty { giveLateAnswers() }
        if readyListeners != 0 { acceptReady() }
        if needsCommit && handler.gatheringNanoseconds > 0 { try gather() }
        expireDeadlines()
        if drain != .finishing && control.drainTimes != nil { beginDrain() }
    }

    /// True when no further request may be answered in this turn.
    @inline(__always)
    var isFull: Bool {
        response.output.freeCapacity < TurnBounds.responseRoomBytes || replies.count >= TurnBounds.repliesMax
            || outgrown != nil
    }

    /// - Returns: true when the handler's committer is to be called.
    mutating func beginCommit() -> Bool {
        guard needsCommit else { return false }
        needsCommit = false
        answeredBefore = replies.count
        return true
    }

    /// - Returns: true when it is time for the committer's tick.
    mutating func beginTick() -> Bool {
        guard now >= nextTick else { return false }
        nextTick = now &+ limits.tickIntervalNanoseconds
        return true
    }

    /// - Returns: false when the worker has drained.
    mutating func endTurn() -> Bool {
        var goesOn = true
        switch drain {
        case .serving, .announcing: break
        case .closing: drain = .finishing
        case .finishing: goesOn = goOnDraining(isIdle: foundEvents == 0)
        }
        if isAcceptPaused { resumeAccepting() }
        tally.add(.turns)
        tally.set(.open, table.count)
        tally.set(.idle, table.count(of: .idle))
        tally.set(.readingHead, table.count(of: .head))
        tally.set(.readingBody, table.count(of: .body))
        tally.set(.writing, table.count(of: .write))
        tally.set(.lingering, table.count(of: .linger))
        tally.set(.heldBytes, pool.heldBytes)
        counters.publish(tally)
        return goesOn
    }

    /// Goes on taking what arrives, until as many connections are answered as at the last commit, or the time that the
    /// handler gives is over: clients that were answered together ask again together.
    private mutating func gather() throws(SystemError) {
        let until = SystemClock.monotonicNanoseconds() &+ handler.gatheringNanoseconds
        while !isFull && replies.count < answeredBefore {
            let time = SystemClock.monotonicNanoseconds()
            guard time < until else { return }
            guard takenEvents == foundEvents else { return }
            takenEvents = 0
            foundEvents = try poller.wait(timeoutNanoseconds: Int64(truncatingIfNeeded: until &- time))
            if foundEvents == 0 { return }
            takeEvents()
            if readyListeners != 0 { acceptReady() }
        }
    }

    /// Takes the events that the last wait found, while there is room for answers.
    @inline(__always)
    private mutating func takeEvents() {
        while takenEvents < foundEvents && !isFull {
            take(poller.event(at: takenEvents))
            takenEvents &+= 1
        }
    }

    /// Hands an event to whom it concerns.
    @inline(__always)
    private mutating func take(_ event: PollEvent) {
        if event.token >= WorkerToken.firstSpecial {
            takeSpecial(event.token)
            return
        }
        let slot = WorkerToken.slot(event.token)
        guard table.isCurrent(slot, generation: WorkerToken.generation(event.token)) else { return }
        if table.entries[slot].watch == .writing { return sendPending(slot) }
        if event.readiness.rawValue & endedBits != 0 { table.entries[slot].isUnread = true }
        receive(slot)
    }

    private mutating func takeSpecial(_ token: UInt64) {
        if token == WorkerToken.wakeup {
            control.wakeup.drain()
            nextTick = 0
        } else {
            readyListeners |= 1 << (token & 63)
        }
    }

    /// How long nothing is due, rounded up to milliseconds.
    private func waitMilliseconds() -> Int32 {
        if !runnable.isEmpty || nextTick == 0 { return 0 }
        let resume = isAcceptPaused && !table.isFull ? acceptPausedUntil : .max
        let next = min(min(nextTick, nextDeadline()), min(nextDrainStep(), resume))
        guard next > now else { return 0 }
        return Int32(truncatingIfNeeded: min((next - now + 999_999) / 1_000_000, 60_000))
    }
}

/// The buffer that is lent to one receive after the other. Outside of the generic type, as `Reply` is.
struct SharedInput: ~Copyable {
    private var buffer: ByteBuffer?

    init(_ buffer: consuming ByteBuffer) {
        self.buffer = consume buffer
    }

    /// The buffer, empty; nil while it is lent.
    mutating func take() -> ByteBuffer? {
        guard var taken = buffer.take() else { return nil }
        taken.removeAll()
        return taken
    }

    /// Takes the buffer back.
    mutating func giveBack(_ buffer: consuming ByteBuffer) {
        self.buffer = consume buffer
    }
}

/// Bounds of a turn that nobody sets. Outside of the generic type, as `Reply` is.
enum TurnBounds {
    /// Most replies of one turn.
    static var repliesMax: Int { 1_024 }
    /// Room that a response of the usual size fits in: below it the turn answers no more.
    static var responseRoomBytes: Int { 8_192 }
}

/// Answers of one connection that stand behind each other in the turn's output. Outside of the generic type, whose
/// parts the language's runtime would look up for each request.
struct Reply {
    let slot: Int32
    let start: UInt32
    var end: UInt32
    /// Responses in it; an interim one is none.
    var responseCount: UInt32
    /// When the first of their requests was received, by the monotonic clock.
    let receivedNanoseconds: UInt64
}

/// What an event's token says: a connection's generation and slot, or one of the few other descriptors.
enum WorkerToken {
    /// Tokens from here on belong to no connection.
    static let firstSpecial: UInt64 = 0xFFFF_FFFF_FFFF_0000
    static let wakeup = UInt64.max
    static let listenersMax = 64

    static func listener(_ index: Int) -> UInt64 {
        firstSpecial | UInt64(truncatingIfNeeded: index)
    }

    static func connection(_ slot: Int, generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot))
    }

    static func slot(_ token: UInt64) -> Int {
        Int(UInt32(truncatingIfNeeded: token))
    }

    static func generation(_ token: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: token >> 32)
    }
}
