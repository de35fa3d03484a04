/// What one lane sent and which of it was acknowledged, a bit each: an answer that said the event is recorded.
package struct RequestLedger: Equatable, Sendable {
    /// The lane whose numbers the requests carry.
    package let lane: Int
    /// Requests so far; their counters are 0 up to this.
    package private(set) var sentCount: UInt64 = 0
    /// Requests that were acknowledged.
    package private(set) var acknowledgedCount: UInt64 = 0
    private var bits: [UInt64] = []

    /// Begins the ledger of a lane.
    package init(lane: Int) {
        self.lane = lane
    }

    /// Counts a request and gives its counter. The memory grows by doubling, not by request.
    package mutating func send() -> UInt64 {
        let counter = sentCount
        if counter & 63 == 0 { bits.append(0) }
        sentCount += 1
        return counter
    }

    /// Notes that a request was answered as recorded.
    package mutating func acknowledge(_ counter: UInt64) {
        precondition(counter < sentCount, "an answer to a request that was not sent")
        bits[Int(counter >> 6)] |= 1 << (counter & 63)
        acknowledgedCount += 1
    }

    /// True when that request was acknowledged.
    package func isAcknowledged(_ counter: UInt64) -> Bool {
        counter < sentCount && bits[Int(counter >> 6)] >> (counter & 63) & 1 == 1
    }
}
