package import LinuxSystem
import Synchronization

/// One thread's HTTP/1.1 server: its own listeners, its own epoll loop, its own connections.
///
/// # Problem
///
/// Each request must be answered within microseconds, but not before its handler has made it durable, and making one
/// request durable costs more than answering it. Anyone may connect, send anything at any speed, and never read.
///
/// # Shape
///
/// A turn of the loop waits for readiness, receives from every connection that has something, parses and answers each
/// request into one output, and adds new connections. Then the handler commits all of it at once, and then the answers
/// leave, one send a connection. A busy worker shares the cost of a commit among the requests of a turn; an idle one
/// pays it for one. Where a commit is dear (`HTTPHandler.gatheringNanoseconds`), a turn waits a moment for those who
/// were answered together the last time.
///
/// Requests are parsed where they were received: the head is a table of ranges of the receive buffer, which all
/// connections share. A connection owns memory only while it holds part of a request, a body that was asked for, or an
/// answer that the client doesn't take; otherwise it is one entry of a slab, about 200 bytes. What is pending pauses
/// reading, so that a client that doesn't read gets no further answer.
///
/// Deadlines stand in one list for each kind; all members of a list have the same time, so that joining the end keeps
/// the order and the first is the next that is due.
///
/// # Guarantees
///
/// - No response leaves before `HTTPHandler.commit` was called behind its `respond`, and every response leaves whatever
///   the commit came to.
/// - Responses of a connection leave in the order of its requests.
/// - A commit that doesn't come back holds its thread and nobody else: another thread may take the worker over
///   (`commitUnderWay`, `takeOver`), sends the answers that wait for it, and serves on.
/// - A keep-alive request costs one receive and one send, no allocation and no lock.
/// - Every buffer, time and number of things that a client can ask for has a bound in `HTTPLimits`.
/// - At `connectionCountMax`, each new connection takes the place of the one that is missed least: of those that idle,
///   linger or send a head the one that has done so longest, else the one whose body or answer has been under way
///   longest.
///   Connections of trusted proxies stay, idle or not. When there is nobody to take the place of, connections wait in
///   the kernel's queue, as they do when the process has no descriptor left.
/// - Where connections of one client are limited (`connectionsPerClientMax`), nobody else's are closed for them.
/// - Where a listener requires a PROXY header, nothing is read but behind one, which a trusted proxy wrote.
/// - After an error the client can read the answer: the sending side is closed first, and what comes is dropped for a
///   while.
/// - A client that has closed its sending side gets all of its answers.
///
/// # Not promised
///
/// A request whose client disconnects is answered, counted and committed like any other: nobody can tell whether the
/// answer was read. Idle connections may be closed at any time, and a request that crosses the close is lost to the
/// client, who asks again (RFC 9112 section 9.5). TLS and HTTP/2 end in front. Bodies are not streamed.
///
/// # Threads
///
/// A worker is made anywhere and then run by one thread at a time: nobody works with the loop but the thread that runs
/// it, and that one doesn't while it is in the handler's committer. `control`, `counters`, `commitUnderWay` and
/// `takeOver` are for all others.
package final class HTTPWorker<Handler: HTTPHandler>: @unchecked Sendable {
    /// How other threads wake the worker and end it.
    package let control: WorkerControl
    /// What the worker counts.
    package let counters: WorkerCounters
    // One thread at a time, which `phase` sees to; a check at each step of each turn would cost more than the step.
    @exclusivity(unchecked) private var loop: WorkerLoop<Handler>
    /// Even: a thread works with the loop. Odd: it is in the committer, by the number of that call, and whoever makes
    /// the number even goes on with the loop.
    private let phase = Atomic<UInt64>(0)
    /// The kernel's number of the thread that serves; 0 before the first.
    private let server = Atomic<Int32>(0)

    /// Makes a worker. Connections wait in the kernel's queue until it runs.
    ///
    /// - Parameters:
    ///   - handler: answers the requests, on the worker's thread alone.
    ///   - listeners: where connections come from, at most 64; `ConnectionFacts.listenerIndex` counts in them. The
    ///     sockets close at the end of a drain when nobody else holds the listeners.
    ///   - limits: its `problem` is nil.
    ///   - defaultHeaders: stand in every response.
    package init(
        handler: Handler, listeners: [HTTPListener], limits: HTTPLimits = HTTPLimits(),
        defaultHeaders: [HeaderLine] = HTTPDefaults.headers
    ) throws(SystemError) {
        control = try WorkerControl()
        counters = WorkerCounters()
        unsafe loop = WorkerLoop(
            handler: handler, listeners: listeners, limits: limits, defaultHeaders: defaultHeaders, control: control,
            counters: counters, poller: try Poller())
        try unsafe loop.begin()
    }

    deinit {
        unsafe loop.closeAll()
    }

    /// Serves until the worker has drained, or another thread has taken it over.
    ///
    /// - Throws: what epoll fails with, which no client can bring about.
    package func run() throws(SystemError) {
        server.store(SystemThread.currentNumber, ordering: .relaxed)
        try serve(from: .goesOn)
    }

    /// The commit or tick that the worker's thread is in now, by a number that no other has; nil while it is in none.
    /// Any thread may ask.
    package var commitUnderWay: UInt64? {
        let value = phase.load(ordering: .acquiring)
        return value % 2 == 1 ? value : nil
    }

    /// The thread that is in `commitUnderWay`, as the kernel knows it (`SystemThread.currentNumber`), for whoever has
    /// asked for that before. Any thread may ask.
    package var servingThread: Int32 { server.load(ordering: .relaxed) }

    /// Takes the worker over from a thread that is still in this commit, and serves as `run` does, on the calling
    /// thread: first the answers that wait for the commit leave. The other thread learns it when it comes back.
    ///
    /// - Returns: false, at once, when that thread has come back before.
    /// - Throws: as `run`.
    package func takeOver(_ commit: UInt64) throws(SystemError) -> Bool {
        precondition(commit % 2 == 1, "the number of a commit is odd")
        let (isMine, _) = phase.compareExchange(
            expected: commit, desired: commit &+ 1, ordering: .acquiringAndReleasing)
        guard isMine else { return false }
        server.store(SystemThread.currentNumber, ordering: .relaxed)
        unsafe loop.handler.takenOver()
        try serve(from: endTurn())
        return true
    }

    /// Does one turn, for tests and for whoever brings a loop of their own.
    ///
    /// - Parameters:
    ///   - milliseconds: longest wait for something to do.
    ///   - time: what the clocks are taken to say behind the wait; nil asks the system's.
    /// - Returns: false when the worker has drained.
    @discardableResult
    package func runOneTurn(waitingAtMost milliseconds: Int32, at time: TurnTime? = nil) throws(SystemError) -> Bool {
        try turn(waitingAtMost: milliseconds) { time ?? TurnTime.now() } == .goesOn
    }

    // MARK: -

    /// What follows a turn.
    private enum TurnEnd {
        case goesOn
        case drained
        /// Another thread has taken the worker over: this one must not touch the loop any more.
        case takenOver
    }

    private func serve(from end: TurnEnd) throws(SystemError) {
        var end = end
        while end == .goesOn { end = try turn(waitingAtMost: .max, clock: TurnTime.now) }
        if end == .drained { unsafe loop.handler.committer.finish() }
    }

    private func turn(waitingAtMost milliseconds: Int32, clock: () -> TurnTime) throws(SystemError) -> TurnEnd {
        try unsafe loop.beginTurn(waitingAtMost: milliseconds, clock: clock)
        try unsafe loop.answer()
        if unsafe loop.beginCommit() {
            let committer = unsafe loop.handler.committer
            guard isStillMine(behind: committer, { $0.commit() }) else { return .takenOver }
        }
        return endTurn()
    }

    /// What is left of a turn behind its commit.
    private func endTurn() -> TurnEnd {
        unsafe loop.sendReplies()
        if unsafe loop.beginTick() {
            let committer = unsafe loop.handler.committer
            guard isStillMine(behind: committer, { $0.tick() }) else { return .takenOver }
        }
        return unsafe loop.endTurn() ? .goesOn : .drained
    }

    /// Lets the committer work while nobody works with the loop. Everything that `work` needs is taken out of the loop
    /// before: a thread that was taken over may come back at any time.
    private func isStillMine(behind committer: Handler.Committer, _ work: (Handler.Committer) -> Void) -> Bool {
        let commit = phase.load(ordering: .relaxed) &+ 1
        phase.store(commit, ordering: .releasing)
        work(committer)
        let (isMine, _) = phase.compareExchange(
            expected: commit, desired: commit &+ 1, ordering: .acquiringAndReleasing)
        if !isMine { committer.wasTakenOver() }
        return isMine
    }
}
