import Synchronization

/// What a worker counts. The worker counts for itself and publishes at the end of each turn; any thread reads.
package final class WorkerCounters: Sendable {
    /// Names of the counters, in the order of their places.
    package enum Name: Int, CaseIterable, Sendable {
        /// Connections accepted.
        case accepted
        /// Connections open now.
        case open
        /// Requests that `HTTPHandler.respond` answered.
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
    }

    private let values = InlineArray<16, Atomic<UInt64>> { _ in Atomic(0) }
    private let rejectionValues = InlineArray<32, Atomic<UInt64>> { _ in Atomic(0) }

    init() {
        precondition(Name.allCases.count == 16 && HTTPRejection.allCases.count <= 32, "every counter has a place")
    }

    /// The value of one counter at the end of the worker's last turn.
    package func value(_ name: Name) -> UInt64 {
        values[name.rawValue].load(ordering: .relaxed)
    }

    /// Refused requests of one kind.
    package func rejections(_ rejection: HTTPRejection) -> UInt64 {
        rejectionValues[Int(rejection.rawValue)].load(ordering: .relaxed)
    }

    func publish(_ tally: borrowing WorkerTally) {
        for place in 0..<16 { values[place].store(tally.values[place], ordering: .relaxed) }
    }

    func count(_ rejection: HTTPRejection) {
        rejectionValues[Int(rejection.rawValue)].wrappingAdd(1, ordering: .relaxed)
    }
}

/// The worker's own counts.
struct WorkerTally: ~Copyable {
    var values = [UInt64](repeating: 0, count: 16)

    @inline(__always)
    mutating func add(_ name: WorkerCounters.Name, _ count: Int = 1) {
        values[name.rawValue] &+= UInt64(truncatingIfNeeded: count)
    }

    mutating func set(_ name: WorkerCounters.Name, _ value: Int) {
        values[name.rawValue] = UInt64(truncatingIfNeeded: value)
    }
}
