import Synchronization

/// How long responses took: a histogram that one worker writes and any thread reads.
///
/// Counting is a load and a store of cells that no other thread writes. Times are those between the receive that
/// brought a request's last byte and the send of its answer's first; of requests that one answer is sent for together,
/// the first one's.
package final class ResponseTimes: Sendable {
    /// Upper ends of the buckets in nanoseconds, each included; the last bucket has none.
    package static let boundsNanoseconds: [18 of UInt64] = [
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000,
    ]

    /// What was counted by a moment.
    package struct Snapshot: Equatable, Sendable {
        /// Responses of each bucket alone, the one without an upper end included.
        package internal(set) var counts = [UInt64](repeating: 0, count: ResponseTimes.boundsNanoseconds.count + 1)
        /// All their times together, in nanoseconds.
        package internal(set) var sumNanoseconds: UInt64 = 0

        package init() {}

        /// Adds what another worker counted.
        package mutating func add(_ other: Snapshot) {
            for place in counts.indices { counts[place] &+= other.counts[place] }
            sumNanoseconds &+= other.sumNanoseconds
        }
    }

    private let cells = InlineArray<19, Atomic<UInt64>> { _ in Atomic(0) }
    private let sum = Atomic<UInt64>(0)

    @inline(__always)
    func add(_ count: Int, nanoseconds: UInt64) {
        var place = 0
        while place < Self.boundsNanoseconds.count && nanoseconds > Self.boundsNanoseconds[place] { place &+= 1 }
        let count = UInt64(truncatingIfNeeded: count)
        cells[place].store(cells[place].load(ordering: .relaxed) &+ count, ordering: .relaxed)
        sum.store(sum.load(ordering: .relaxed) &+ nanoseconds &* count, ordering: .relaxed)
    }

    var snapshot: Snapshot {
        var snapshot = Snapshot()
        for place in snapshot.counts.indices { snapshot.counts[place] = cells[place].load(ordering: .relaxed) }
        snapshot.sumNanoseconds = sum.load(ordering: .relaxed)
        return snapshot
    }
}
