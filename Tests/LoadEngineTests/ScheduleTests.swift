import Foundation
import Testing

@testable import LoadEngine

@Suite("A schedule gives the arrivals that were asked for, whatever is answered")
struct ScheduleTests {
    private func arrivals(
        _ kind: ArrivalSchedule.Kind, perSecond: Double, warmup: Double = 0, duration: Double = 10, seed: UInt64 = 5,
        lane: Int = 0, laneCount: Int = 1
    ) -> [UInt64] {
        var schedule = ArrivalSchedule(
            kind: kind, perSecond: perSecond, warmupNanoseconds: UInt64(warmup * 1e9),
            durationNanoseconds: UInt64(duration * 1e9), seed: seed, lane: lane, laneCount: laneCount)
        var all: [UInt64] = []
        while let next = schedule.next() { all.append(next) }
        return all
    }

    @Test("Constant arrivals are evenly spaced and exactly as many")
    func constant() {
        let all = arrivals(.constant, perSecond: 1_000)
        #expect(all.count == 10_000)
        #expect(all.first == 0)
        #expect(zip(all, all.dropFirst()).allSatisfy { abs(Int($1 - $0) - 1_000_000) <= 1 })
    }

    @Test("Lanes of a constant schedule interleave to the same arrivals")
    func lanes() {
        let whole = arrivals(.constant, perSecond: 900, duration: 1)
        let parts = (0..<3).map { arrivals(.constant, perSecond: 900, duration: 1, lane: $0, laneCount: 3) }
        #expect(parts.map(\.count) == [300, 300, 300])
        #expect(parts.flatMap(\.self).sorted() == whole)
    }

    @Test("Poisson arrivals have the rate, and gaps that vary as much as they are long")
    func poisson() {
        let all = arrivals(.poisson, perSecond: 5_000)
        // 50,000 expected, standard deviation 224.
        #expect(abs(all.count - 50_000) < 1_200)
        let gaps = zip(all, all.dropFirst()).map { Double($1) - Double($0) }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(gaps.count)
        #expect(abs(variance.squareRoot() / mean - 1) < 0.03)
        #expect(all == all.sorted())
    }

    @Test("Lanes of a Poisson schedule are independent and have the rate together")
    func poissonLanes() {
        let parts = (0..<4).map { arrivals(.poisson, perSecond: 4_000, lane: $0, laneCount: 4) }
        #expect(abs(parts.map(\.count).reduce(0, +) - 40_000) < 1_100)
        #expect(Set(parts.map { $0[0] }).count == 4)
    }

    @Test("A blast has the mean rate over the run, and a burst at its start that decays")
    func blast() {
        let all = arrivals(.blast, perSecond: 2_000, warmup: 2, duration: 20)
        let measured = all.filter { $0 >= 2_000_000_000 }
        #expect(abs(measured.count - 40_000) < 1_100)
        #expect(abs(all.count - measured.count - 4_000) < 350)
        // The rate at t is peak x exp(-t / 5 s): each quarter has 1/e of the one before.
        let quarters = (0..<4).map { quarter in
            measured.filter { Int(($0 - 2_000_000_000) / 5_000_000_000) == quarter }.count
        }
        for (before, after) in zip(quarters, quarters.dropFirst()) {
            #expect(abs(Double(after) / Double(before) - exp(-1)) < 0.04)
        }
        #expect(all == all.sorted())
        #expect(all.allSatisfy { $0 < 22_000_000_000 })
    }

    @Test("The same seed gives the same arrivals, another seed others", arguments: ArrivalSchedule.Kind.allCases)
    func seeds(_ kind: ArrivalSchedule.Kind) {
        let one = arrivals(kind, perSecond: 500, duration: 2, seed: 1)
        #expect(one == arrivals(kind, perSecond: 500, duration: 2, seed: 1))
        #expect((one == arrivals(kind, perSecond: 500, duration: 2, seed: 2)) == (kind == .constant))
    }

    @Test("Logarithm, exponential and power are those of the C library")
    func mathematics() {
        for value in [1e-300, 1e-9, 0.1, 0.5, 0.99, 1, 1.414, 1.4143, 2, 10, 12_345.678, 1e15, 1e300] {
            #expect(abs(LoadMathematics.logarithm(value) - log(value)) <= 1e-13 * max(1, abs(log(value))))
        }
        for value in [-690, -50, -1, -0.1, 0, 1e-9, 0.5, 1, 30, 690] as [Double] {
            #expect(abs(LoadMathematics.exponential(value) / exp(value) - 1) < 1e-12)
        }
        #expect(abs(LoadMathematics.power(10, -0.7) - pow(10, -0.7)) < 1e-12)
    }
}

@Suite("A weighted table picks by weight")
struct WeightedTableTests {
    @Test("Shares come out as their weights")
    func shares() {
        let table = WeightedTable(weights: [5, 3, 0, 2])
        var random = LoadRandom(seed: 3)
        var counts = [0, 0, 0, 0]
        for _ in 0..<100_000 { counts[table.pick(random.next())] += 1 }
        #expect(counts[2] == 0)
        for (count, share) in zip(counts, [0.5, 0.3, 0, 0.2]) {
            #expect(abs(Double(count) / 100_000 - share) < 0.01)
        }
    }

    @Test("Zipf's first rank comes as often as its exponent says")
    func zipf() {
        let table = WeightedTable(zipfCount: 1_000, exponent: 1)
        var random = LoadRandom(seed: 4)
        var counts = [Int](repeating: 0, count: 1_000)
        for _ in 0..<200_000 { counts[table.pick(random.next())] += 1 }
        // 1 / (1 + 1/2 + ... + 1/1000) = 0.1336
        #expect(abs(Double(counts[0]) / 200_000 - 0.1336) < 0.005)
        #expect(abs(Double(counts[9]) / 200_000 - 0.01336) < 0.002)
    }
}
