/// Every bound of the engine: one worker's, not the process's. What a client can make the engine hold or do ends here.
package struct HTTPLimits: Equatable, Sendable {
    /// Longest request line without its line end, in bytes; past it 414. Default 8,192: RFC 9112 section 3 asks for
    /// 8,000, and a tracking link with a target of 2,048 bytes, encoded, needs about that.
    package var requestLineLimitBytes = 8_192
    /// Longest head, request line and empty line included, in bytes; past it 431. Default 16 KiB, as common balancers
    /// have it. At most 65,536. It is also the size of the buffer that a half-received request occupies.
    package var headLimitBytes = 16_384
    /// Most header fields; past it 431. Default 64, which is also the most: browsers send about 20, balancers add a
    /// few.
    package var headerCountMax = RequestHead.headerCapacity
    /// Longest body that is read and dropped so that the connection can go on, in bytes. Default 64 KiB: past it
    /// closing is cheaper than reading.
    package var droppedBodyLimitBytes = 65_536
    /// Most requests of one connection that one turn answers. Default 32: a client that pipelines thousands waits for
    /// the others.
    package var requestsPerTurnMax = 32
    /// Most connections that one turn accepts from one listener. Default 128: established clients are not starved by a
    /// flood.
    package var acceptsPerTurnMax = 128
    /// Most connections. Default 16,384; their entries take 4 MiB, touched as they are used. At the cap one is shed for
    /// each new one, as `HTTPWorker` says.
    package var connectionCountMax = 16_384
    /// Most connections of one client (`ClientNetwork`), or nil for any number, the default: an address may be that of
    /// many people. Those of trusted proxies have no such limit. At the limit a new connection takes the place of the
    /// client's own that has idled longest; where none idles, it is closed.
    package var connectionsPerClientMax: Int?
    /// Longest time without a request, in nanoseconds. Default 75 s: balancers keep idle connections for 60 s, and
    /// whoever closes first loses the race with a request under way.
    package var idleTimeoutNanoseconds: UInt64 = 75_000_000_000
    /// Longest time from a head's first byte to its last, in nanoseconds. Default 10 s, whatever trickles in meanwhile.
    package var headTimeoutNanoseconds: UInt64 = 10_000_000_000
    /// Longest time from the end of a head to the end of its body, in nanoseconds. Default 30 s.
    package var bodyTimeoutNanoseconds: UInt64 = 30_000_000_000
    /// Longest time in which a client takes no byte of its answer, in nanoseconds. Default 30 s.
    package var writeTimeoutNanoseconds: UInt64 = 30_000_000_000
    /// Longest time for a client to take a whole answer, in nanoseconds. Default 300 s: one that reads a byte now and
    /// then doesn't keep its buffer for ever.
    package var wholeWriteTimeoutNanoseconds: UInt64 = 300_000_000_000
    /// Longest time for another thread to answer a request (`ResponseWriter.postpone`), in nanoseconds; past it 503.
    /// Default 20 s.
    package var answerTimeoutNanoseconds: UInt64 = 20_000_000_000
    /// Longest time that a connection is read after its last answer, in nanoseconds, so that the client sees the answer
    /// before a reset (RFC 9112 section 9.6). Default 2 s.
    package var lingerTimeoutNanoseconds: UInt64 = 2_000_000_000
    /// Most bytes that are read in that time. Default 256 KiB.
    package var lingerLimitBytes = 262_144
    /// Most memory in buffers that connections hold (half-received requests, answers not taken yet), in bytes. Default
    /// 64 MiB: past it the connection that has held one longest is shed.
    package var heldLimitBytes = 67_108_864
    /// Size of the buffer that one turn's answers are written to, in bytes. Default 256 KiB; touched as it is used.
    /// When it is nearly full the batch is committed and sent before the turn goes on.
    package var turnOutputBytes = 262_144
    /// Longest time between two calls of `HTTPHandler.tick`, in nanoseconds. Default 500 ms.
    package var tickIntervalNanoseconds: UInt64 = 500_000_000

    /// The defaults.
    package init() {
    }

    /// Checks the relations between the limits.
    ///
    /// - Returns: what is wrong, in words for who set them, or nil.
    package var problem: String? {
        if headLimitBytes < 1_024 || headLimitBytes > 65_536 { return "headLimitBytes lies outside 1,024 to 65,536" }
        if requestLineLimitBytes < 256 || requestLineLimitBytes >= headLimitBytes {
            return "requestLineLimitBytes lies outside 256 to headLimitBytes"
        }
        if headerCountMax < 1 || headerCountMax > RequestHead.headerCapacity {
            return "headerCountMax lies outside 1 to \(RequestHead.headerCapacity)"
        }
        if droppedBodyLimitBytes < 0 || lingerLimitBytes < 0 { return "a limit of bytes is negative" }
        if requestsPerTurnMax < 1 || acceptsPerTurnMax < 1 { return "a turn does at least one thing" }
        if connectionCountMax < 1 || connectionCountMax > 1 << 24 {
            return "connectionCountMax lies outside 1 to 16,777,216"
        }
        if let most = connectionsPerClientMax, most < 1 { return "connectionsPerClientMax is less than 1" }
        if heldLimitBytes < 4 * headLimitBytes { return "heldLimitBytes is less than four heads" }
        if turnOutputBytes < 16_384 { return "turnOutputBytes is less than 16,384" }
        let times = [
            idleTimeoutNanoseconds, headTimeoutNanoseconds, bodyTimeoutNanoseconds, writeTimeoutNanoseconds,
            wholeWriteTimeoutNanoseconds, lingerTimeoutNanoseconds, answerTimeoutNanoseconds, tickIntervalNanoseconds,
        ]
        if times.contains(where: { $0 < 1_000_000 || $0 > 86_400_000_000_000 }) {
            return "a time lies outside a millisecond to a day"
        }
        return nil
    }
}
