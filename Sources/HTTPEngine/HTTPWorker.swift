package import LinuxSystem

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
/// - A keep-alive request costs one receive and one send, no allocation and no lock.
/// - Every buffer, time and number of things that a client can ask for has a bound in `HTTPLimits`.
/// - At `connectionCountMax`, each new connection takes the place of the one that is missed least: the one that has
///   idled longest, else the one that lingers, else the one whose head, body or answer has been under way longest.
///   Connections of trusted proxies stay, idle or not. When there is nobody to take the place of, connections wait in
///   the kernel's queue, as they do when the process has no descriptor left.
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
/// A worker is made anywhere and then run by one thread. `control` and `counters` are for all others.
package final class HTTPWorker<Handler: HTTPHandler>: @unchecked Sendable {
    /// How other threads wake the worker and end it.
    package let control: WorkerControl
    /// What the worker counts.
    package let counters: WorkerCounters
    private var loop: WorkerLoop<Handler>

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
        defaultHeaders: [HeaderLine] = [
            HeaderLine(name: "Cache-Control", value: "no-store, private"),
            HeaderLine(name: "X-Robots-Tag", value: "noindex"),
        ]
    ) throws(SystemError) {
        control = try WorkerControl()
        counters = WorkerCounters()
        loop = WorkerLoop(
            handler: handler, listeners: listeners, limits: limits, defaultHeaders: defaultHeaders, control: control,
            counters: counters, poller: try Poller())
        try loop.begin()
    }

    deinit {
        loop.closeAll()
    }

    /// Serves until the worker has drained.
    ///
    /// - Throws: what epoll fails with, which no client can bring about.
    package func run() throws(SystemError) {
        while try loop.turn(waitingAtMost: .max, clock: TurnTime.now) {}
        loop.handler.workerDrained()
    }

    /// Does one turn, for tests and for whoever brings a loop of their own.
    ///
    /// - Parameters:
    ///   - milliseconds: longest wait for something to do.
    ///   - time: what the clocks are taken to say behind the wait; nil asks the system's.
    /// - Returns: false when the worker has drained.
    @discardableResult
    package func runOneTurn(waitingAtMost milliseconds: Int32, at time: TurnTime? = nil) throws(SystemError) -> Bool {
        try loop.turn(waitingAtMost: milliseconds) { time ?? TurnTime.now() }
    }
}
