/// Counts of latencies in buckets whose width grows with the value, as HdrHistogram does it (Gil Tene).
///
/// **Shape.** A value below 2^(precision + 1) ns has a bucket of its own; above, each power of two is cut into
/// 2^precision buckets of equal width. The default precision of 10 gives buckets that are at most 1/1,024 of their
/// value wide, so every value that is given back lies within 0.1% of one that was recorded: three significant digits
/// from 1 ns to `valueMax`, 1 minute.
///
/// **Guarantees.** Memory is fixed when it is made (27,389 counts, 214 KiB, at the default precision); recording is a
/// few instructions and never allocates; histograms of one precision merge without loss. Count, greatest and smallest
/// value and mean are exact. A longer value counts as 1 minute in the buckets and as itself in `max` and `mean`.
package struct LatencyHistogram: Equatable, Sendable {
    /// The longest value that has a bucket: a minute in nanoseconds.
    package static let valueMax: UInt64 = 60_000_000_000

    /// Bits of a value that a bucket keeps.
    package let precision: Int
    private var counts: [UInt64]
    /// How many values were recorded.
    package private(set) var count: UInt64 = 0
    /// The greatest value in nanoseconds, exactly; 0 when there is none.
    package private(set) var max: UInt64 = 0
    private var sum: UInt64 = 0

    /// Makes an empty one.
    ///
    /// - Parameter precision: bits, 4 to 14; the relative error is below 2^-precision.
    package init(precision: Int = 10) {
        precondition((4...14).contains(precision), "a histogram keeps 4 to 14 bits of a value")
        self.precision = precision
        counts = [UInt64](repeating: 0, count: Self.index(of: Self.valueMax, precision: precision) + 1)
    }

    /// The average in nanoseconds, exactly; 0 when there is none.
    package var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

    /// Bytes that the counts take.
    package var memoryBytes: Int { counts.count * MemoryLayout<UInt64>.stride }

    /// Records a value in nanoseconds. O(1), allocates nothing.
    @inline(__always)
    package mutating func record(_ value: UInt64, times: UInt64 = 1) {
        counts[Self.index(of: Swift.min(value, Self.valueMax), precision: precision)] &+= times
        count &+= times
        sum &+= value &* times
        if value > max { max = value }
    }

    /// Adds what another of the same precision recorded. O(buckets).
    package mutating func merge(_ other: LatencyHistogram) {
        precondition(precision == other.precision, "histograms of different precision don't merge")
        guard other.count > 0 else { return }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        count &+= other.count
        sum &+= other.sum
        max = Swift.max(max, other.max)
    }

    /// The value in nanoseconds that a share of the recorded ones doesn't exceed: the middle of the bucket in which the
    /// value of rank ceil(share x count) lies, and never more than `max`. 0 when nothing was recorded. O(buckets).
    ///
    /// - Parameter share: 0.99 for the 99th percentile; 0 gives the smallest value.
    package func value(atShare share: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = Swift.min(Swift.max((share * Double(count)).rounded(.up), 1), Double(count))
        var seen: UInt64 = 0
        for index in counts.indices {
            seen &+= counts[index]
            if Double(seen) >= rank { return Swift.min(middle(of: index), max) }
        }
        return max
    }

    /// How many recorded values lie in buckets up to and with that of `value`. O(buckets).
    package func count(upTo value: UInt64) -> UInt64 {
        let last = Self.index(of: Swift.min(value, Self.valueMax), precision: precision)
        return counts[0...last].reduce(0, &+)
    }

    /// What the histogram gives back for a value that it was given.
    func representative(of value: UInt64) -> UInt64 {
        middle(of: Self.index(of: Swift.min(value, Self.valueMax), precision: precision))
    }

    private static func index(of value: UInt64, precision: Int) -> Int {
        let bits = 64 - value.leadingZeroBitCount
        let shift = Swift.max(0, bits - precision - 1)
        return shift << precision + Int(truncatingIfNeeded: value >> UInt64(shift))
    }

    private func middle(of index: Int) -> UInt64 {
        let shift = Swift.max(0, index >> precision - 1)
        let low = UInt64(index - shift << precision) << UInt64(shift)
        return low + (UInt64(1) << UInt64(shift)) / 2
    }
}
