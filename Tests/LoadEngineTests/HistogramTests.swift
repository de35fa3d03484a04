import TestSupport
import Testing

@testable import LoadEngine

@Suite("A histogram gives back what was recorded to three digits")
struct HistogramTests {
    @Test("Every value from 1 µs to 1 min comes back within a thousandth")
    func errorBound() {
        var random = SeededGenerator(seed: 11)
        var values: [UInt64] = [1_000, 1_023, 1_024, 2_047, 2_048, 2_049, 59_999_999_999, 60_000_000_000]
        for _ in 0..<20_000 {
            let bits = UInt64.random(in: 10...35, using: &random)
            values.append(min(60_000_000_000, UInt64.random(in: 1 << bits...2 << bits, using: &random)))
        }
        var worst = 0.0
        let histogram = LatencyHistogram()
        for value in values {
            let found = histogram.representative(of: value)
            worst = max(worst, abs(Double(found) - Double(value)) / Double(value))
        }
        // A value below 2,048 ns has a bucket of its own.
        #expect((0..<2_048).allSatisfy { histogram.representative(of: UInt64($0)) == UInt64($0) })
        #expect(worst <= 0.001)
        #expect(worst > 0)
    }

    @Test("Percentiles of many values lie within a thousandth of the exact ones")
    func percentiles() {
        var random = SeededGenerator(seed: 12)
        var histogram = LatencyHistogram()
        let values = (0..<50_000).map { _ in UInt64.random(in: 1_000...50_000_000, using: &random) }.sorted()
        for value in values { histogram.record(value) }
        for share in [0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1] {
            let exact = values[max(0, Int((share * 50_000).rounded(.up)) - 1)]
            let found = histogram.value(atShare: share)
            #expect(abs(Double(found) - Double(exact)) <= 0.001 * Double(exact), "share \(share)")
        }
        #expect(histogram.max == values.last)
        #expect(histogram.count == 50_000)
        #expect(abs(histogram.mean - Double(values.reduce(0, +)) / 50_000) < 0.001)
    }

    @Test("Merged histograms are the histogram of all values")
    func merge() {
        var random = SeededGenerator(seed: 13)
        var whole = LatencyHistogram()
        var parts = [LatencyHistogram(), LatencyHistogram(), LatencyHistogram()]
        for index in 0..<3_000 {
            let value = UInt64.random(in: 1...100_000_000_000, using: &random)
            whole.record(value)
            parts[index % 3].record(value)
        }
        var merged = LatencyHistogram()
        for part in parts { merged.merge(part) }
        #expect(merged == whole)
        merged.merge(LatencyHistogram())
        #expect(merged == whole)
    }

    @Test("Beyond a minute the buckets end and the maximum stays exact")
    func beyond() {
        var histogram = LatencyHistogram()
        histogram.record(600_000_000_000)
        #expect(histogram.max == 600_000_000_000)
        let found = histogram.value(atShare: 0.5)
        #expect(abs(Double(found) - 60e9) <= 60e6)
        #expect(LatencyHistogram().value(atShare: 0.99) == 0)
        #expect(LatencyHistogram().mean == 0)
    }

    @Test("Memory is fixed, and recording allocates nothing")
    func memory() {
        var histogram = LatencyHistogram()
        #expect(histogram.memoryBytes < 256 * 1_024)
        histogram.record(1)
        let allocations = allocationCount {
            for value in 0..<10_000 { histogram.record(UInt64(value) * 5_999_999) }
        }
        #expect(allocations == 0)
    }
}
