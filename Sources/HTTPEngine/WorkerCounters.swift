import Synchronization

/// What a worker counts. The worker counts for itself and publishes at the end of each turn; any thread reads.
package final class WorkerCounters: Sendable {
    /// Names of the counters, in the order of their places.
    package enum Name: Int, CaseIterable, Sendable {
        /// Connections accepted.
        case accepted
        /// Connections open now.
        case open
        /// Requests that the handler answered: in `respond`, or because of their body.
        case requests
        /// Requests refused before that; by kind in `rejections`.
        case rejected
        /// Connections closed to make room for another.
        case shed
        /// Connections closed for want of a request.
        case idleTimeouts
        /// Heads that didn't come in time.
        case headTimeouts
        /// Bodies that didn't come in time.
        case bodyTimeouts
        /// Answers that were not taken in time.
        case writeTimeouts
        /// Connections lost before their answer was sent.
        case abandoned
        /// Times that accepting stopped because nothing could be shed.
        case acceptPauses
        /// Times that the process had no descriptor for a connection.
        case outOfDescriptors
        /// Bytes received.
        case receivedBytes
        /// Bytes sent.
        case sentBytes
        /// Memory in buffers that connections hold now, in bytes.
        case heldBytes
        /// Turns of the loop.
        case turns
        /// Connections without a request in sight, now.
        case idle
        /// Connections in the middle of a head, now.
        case readingHead
        /// Connections in the middle of a body, now.
        case readingBody
        /// Connections that don't take their answer, now.
        case writing
        /// Connections that were answered for the last time, now.
        case lingering
        /// Connections closed because they did not begin with a PROXY header, where one is required.
        case malformedProxyHeaders
        /// Connections closed because only trusted proxies may connect there.
        case untrustedPeers
        /// Connections closed because their client had too many: an idle one of its own, or the new one.
        case overClientLimit
        /// Those of `idleTimeouts` that were trusted proxies' connections: a proxy that gives up idle ones first has
        /// none.
        case trustedIdleTimeouts
    }

    private static let count = 25

    private let values = InlineArray<25, Atomic<UInt64>> { _ in Atomic(0) }
    private let rejectionValues = InlineArray<32, Atomic<UInt64>> { _ in Atomic(0) }
    private let responseTimes = ResponseTimes()

    /// Everything 0.
    package init() {
        precondition(
            Name.allCases.count == Self.count && HTTPRejection.allCases.count <= 32, "every counter has a place")
    }

    /// The value of one counter at the end of the worker's last turn.
    package func value(_ name: Name) -> UInt64 {
        values[name.rawValue].load(ordering: .relaxed)
    }

    /// Refused requests of one kind.
    package func rejections(_ rejection: HTTPRejection) -> UInt64 {
        rejectionValues[Int(rejection.rawValue)].load(ordering: .relaxed)
    }

    /// Lets other threads read what a worker has counted.
    package func publish(_ tally: borrowing WorkerTally) {
        for place in 0..<Self.count { values[place].store(tally.values[place], ordering: .relaxed) }
    }

    /// From the last byte of requests to the first byte of their answers.
    package var responseTimeSnapshot: ResponseTimes.Snapshot { responseTimes.snapshot }

    /// Counts responses that leave now, so long after their requests were there.
    @inline(__always)
    package func addResponses(_ count: Int, afterNanoseconds nanoseconds: UInt64) {
        responseTimes.add(count, nanoseconds: nanoseconds)
    }

    func count(_ rejection: HTTPRejection) {
        rejectionValues[Int(rejection.rawValue)].wrappingAdd(1, ordering: .relaxed)
    }
}

/// The worker's own counts.
package struct WorkerTally: ~Copyable {
    fileprivate var values = [UInt64](repeating: 0, count: WorkerCounters.Name.allCases.count)

    /// Everything 0.
    package init() {}

    /// Counts something that happened.
    @inline(__always)
    package mutating func add(_ name: WorkerCounters.Name, _ count: Int = 1) {
        values[name.rawValue] &+= UInt64(truncatingIfNeeded: count)
    }

    /// Says how many there are now.
    package mutating func set(_ name: WorkerCounters.Name, _ value: Int) {
        values[name.rawValue] = UInt64(truncatingIfNeeded: value)
    }
}
