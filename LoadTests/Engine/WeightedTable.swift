/// Picks an index by weight in constant time: the alias method (Walker 1974; Vose 1991).
package struct WeightedTable: Sendable {
    private struct Entry {
        /// Out of 2^32: how often the entry itself is taken, its alias otherwise.
        var threshold: UInt32
        var alias: UInt32
    }

    private let entries: [Entry]

    /// How many indices there are.
    package var count: Int { entries.count }

    /// Makes a table. O(n).
    ///
    /// - Parameter weights: at least one, none negative or infinite, not all 0.
    package init(weights: [Double]) {
        let sum = weights.reduce(0, +)
        precondition(sum > 0 && sum.isFinite && weights.allSatisfy { $0 >= 0 }, "weights are numbers, some above 0")
        precondition(weights.count < Int(UInt32.max), "a table of 2^32 weights")
        var scaled = weights.map { $0 / sum * Double(weights.count) }
        var entries = [Entry](repeating: Entry(threshold: .max, alias: 0), count: weights.count)
        for index in entries.indices { entries[index].alias = UInt32(index) }
        var small = scaled.indices.filter { scaled[$0] < 1 }
        var large = scaled.indices.filter { scaled[$0] >= 1 }
        while let low = small.popLast(), let high = large.last {
            entries[low] = Entry(threshold: UInt32(min(scaled[low] * 0x1p32, 0x1p32 - 1)), alias: UInt32(high))
            scaled[high] -= 1 - scaled[low]
            if scaled[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
        self.entries = entries
    }

    /// A table of ranks 0..<count in which rank r weighs 1 / (r + 1)^exponent (Zipf); 0 makes all alike.
    package init(zipfCount count: Int, exponent: Double) {
        self.init(
            weights: (0..<count).map { exponent == 0 ? 1 : LoadMathematics.power(Double($0 + 1), -exponent) })
    }

    /// The index that a random number chooses.
    @inline(__always)
    package func pick(_ random: UInt64) -> Int {
        let index = Int(((random & 0xFFFF_FFFF) &* UInt64(entries.count)) >> 32)
        let entry = entries[index]
        return UInt32(truncatingIfNeeded: random >> 32) < entry.threshold ? index : Int(entry.alias)
    }
}
