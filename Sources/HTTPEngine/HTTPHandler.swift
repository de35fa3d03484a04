package import LinuxSystem

/// What answers requests: one object for each worker, called on that worker's thread alone.
///
/// In one turn of the loop the engine calls `turnWillBegin`, then `respond` for every request that is there, then the
/// committer's `commit`, and only then sends the responses. It sends them whatever became of the commit. Nothing here
/// waits: what a handler does, all connections of its worker wait for. What may have to wait is the committer's.
package protocol HTTPHandler: AnyObject {
    /// What makes durable what `respond` records.
    associatedtype Committer: HTTPCommitter

    /// The committer of what is recorded now.
    var committer: Committer { get }

    /// A turn begins. Both clocks are read once a turn, when something is ready; `respond` uses these times.
    func turnWillBegin(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64)

    /// How often `limits` have changed since the worker was made. Asked in every turn, behind `turnWillBegin`.
    var limitsVersion: Int { get }

    /// The engine's limits from now on, but for `connectionCountMax`, which stays; asked when `limitsVersion` has
    /// changed. Their `problem` is nil.
    var limits: HTTPLimits { get }

    /// Says whether the peer of a new connection is a trusted proxy: asked once, as soon as it is accepted. Idle
    /// connections of such are never shed nor limited, and where a listener requires a PROXY header, they alone may
    /// connect. Where connections of a client are limited, it is asked about whom a PROXY header names, too.
    func isTrustedProxy(_ peer: IPAddress?) -> Bool

    /// A client has connected and its address is known, by the PROXY header where there has to be one. Work that is the
    /// same for all of its requests is done here, into `facts.room`.
    func connectionOpened(_ facts: inout ConnectionFacts)

    /// How many bytes of body the request may carry for `respond` to see; asked only where there is a body.
    ///
    /// - Returns: 0 to have the body dropped: `respond` is then called at once with an empty body. Otherwise `respond`
    ///   is called when the whole body is there; a longer one, and one of bad chunks, is refused (`bodyRefused`).
    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts) -> Int

    /// Answers one request.
    ///
    /// - Parameters:
    ///   - head: the request, as ranges of `bytes`. It and the bytes are lent for this call.
    ///   - body: the decoded body that was asked for, or no bytes.
    ///   - response: takes exactly one response. What is not finished when this returns is replaced by a 500.
    func respond(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, from facts: inout ConnectionFacts,
        into response: inout ResponseWriter)

    /// How long a turn that has answered something may go on taking what arrives before it commits, in nanoseconds. 0,
    /// the default, for a commit that is cheap; where one waits for a disk, whoever comes a moment later shares it
    /// instead of waiting for the next.
    var gatheringNanoseconds: UInt64 { get }

    /// The worker was taken over by the calling thread, because its committer did not come back in time. That one stays
    /// with the other thread and belongs to it alone; what is recorded from now on needs another committer. It must not
    /// wait for the first one.
    func takenOver()

    /// A request is refused because of the body that `bodyLimitBytes` asked for, for an answer of the handler's own,
    /// which counts as one of `respond`: when it finishes none, the request is rejected and `requestRejected` is asked.
    /// The connection ends after it. It can't be postponed.
    ///
    /// - Parameter rejection: `bodyTooLong` or `malformedChunk`. What is wrong in a head, its framing of the body too,
    ///   is refused before there is a head.
    func bodyRefused(
        _ rejection: HTTPRejection, for head: borrowing RequestHead, in bytes: Span<UInt8>,
        into response: inout ResponseWriter)

    /// A request was refused before `respond`, for an answer of the handler's own: when it finishes none the engine
    /// writes a short one. The connection ends after it.
    func requestRejected(
        _ rejection: HTTPRejection, from facts: inout ConnectionFacts, into response: inout ResponseWriter)
}

/// What makes durable what a handler recorded. It may have to wait for a disk, and so it is apart from the handler:
/// while one thread is in here, another may take the worker over and use the handler, with another committer.
package protocol HTTPCommitter: AnyObject {
    /// What was recorded since the last commit becomes durable, as far as it was promised: the responses leave next.
    /// Called at the end of every turn that answered something, and before any response of it leaves.
    func commit()

    /// Time for what no request asks for. Called at least once in `HTTPLimits.tickIntervalNanoseconds`, idle or busy,
    /// and soon after `WorkerControl.wake`; always after a `commit` of what was answered before, and after a
    /// `turnWillBegin` with the present time.
    func tick()

    /// The call that is ending took so long that another thread has taken the worker over: nothing more is recorded
    /// here. Called on the thread of that call.
    func wasTakenOver()

    /// The worker has drained: no request follows. Called once, by `HTTPWorker.run`, on the worker's thread.
    func finish()
}

extension HTTPHandler {
    /// They never change.
    package var limitsVersion: Int { 0 }

    /// The defaults.
    package var limits: HTTPLimits { HTTPLimits() }

    /// Nobody.
    package func isTrustedProxy(_ peer: IPAddress?) -> Bool { false }

    /// Answers nothing.
    package func bodyRefused(
        _ rejection: HTTPRejection, for head: borrowing RequestHead, in bytes: Span<UInt8>,
        into response: inout ResponseWriter
    ) {}

    /// No time: a turn commits what is there.
    package var gatheringNanoseconds: UInt64 { 0 }
}
