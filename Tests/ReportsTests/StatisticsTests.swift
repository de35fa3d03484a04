import Campaigns
import TestSupport
import Testing

@testable import Reports

@Suite("The difference of two rates is told with bounds that hold")
struct StatisticsTests {
    /// A row of table II of Newcombe (1998), method 10.
    struct Row: CustomTestStringConvertible, Sendable {
        let counts: (UInt64, UInt64, UInt64, UInt64)
        let low: Double
        let high: Double
        var testDescription: String { "\(counts.0)/\(counts.1) - \(counts.2)/\(counts.3)" }

        init(
            _ part: UInt64, _ whole: UInt64, _ otherPart: UInt64, _ otherWhole: UInt64, _ low: Double, _ high: Double
        ) {
            counts = (part, whole, otherPart, otherWhole)
            (self.low, self.high) = (low, high)
        }
    }

    private static let table = [
        Row(56, 70, 48, 80, 0.0524, 0.3339), Row(9, 10, 3, 10, 0.1705, 0.8090), Row(6, 7, 2, 7, 0.0582, 0.8062),
        Row(5, 56, 0, 29, -0.0381, 0.1926), Row(0, 10, 0, 20, -0.1611, 0.2775), Row(0, 10, 0, 10, -0.2775, 0.2775),
        Row(10, 10, 0, 20, 0.6791, 1.0000), Row(10, 10, 0, 10, 0.6075, 1.0000),
    ]

    @Test("As in the paper", arguments: table)
    func paper(_ row: Row) {
        let (part, whole, otherPart, otherWhole) = row.counts
        let difference = RateDifference(
            .init(part: part, whole: whole), less: .init(part: otherPart, whole: otherWhole), confidence: 0.95)
        #expect(abs(difference.interval.lowerBound - row.low) < 0.000_05)
        #expect(abs(difference.interval.upperBound - row.high) < 0.000_05)
    }

    @Test("Known quantiles of the normal distribution")
    func quantiles() {
        for (probability, value) in [
            (0.5, 0.0), (0.8, 0.841_621_233_6), (0.975, 1.959_963_984_5), (0.995, 2.575_829_303_5),
            (0.999_95, 3.890_591_886_4), (0.025, -1.959_963_984_5),
        ] {
            #expect(abs(NormalDistribution.quantile(probability) - value) < 1e-9, "\(probability)")
        }
        #expect(NormalDistribution.probability(below: 9) == 1 && NormalDistribution.probability(below: -9) == 0)
    }

    @Test("An interval holds its difference, stays within -1 to 1, and is the other way round for the other")
    func properties() {
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            func sample() -> RateDifference.Sample {
                let whole = UInt64.random(in: 1...(Bool.random(using: &random) ? 30 : 3_000_000), using: &random)
                return .init(part: UInt64.random(in: 0...whole, using: &random), whole: whole)
            }
            let (one, other) = (sample(), sample())
            let there = RateDifference(one, less: other, confidence: 0.95)
            let back = RateDifference(other, less: one, confidence: 0.95)
            let wide = RateDifference(one, less: other, confidence: 0.99)
            let place = "\(one) \(other), seed \(seed)"
            #expect(there.interval.contains(there.difference), "\(place)")
            #expect(there.interval.lowerBound >= -1 - 1e-9 && there.interval.upperBound <= 1 + 1e-9, "\(place)")
            #expect(abs(there.interval.lowerBound + back.interval.upperBound) < 1e-12, "\(place)")
            #expect(wide.interval.lowerBound <= there.interval.lowerBound, "\(place)")
            #expect(there.isReal == back.isReal, "\(place)")
        }
    }

    @Test("As many people more as the usual formula says")
    func needed() throws {
        let difference = RateDifference(
            .init(part: 1_050, whole: 10_000), less: .init(part: 1_000, whole: 10_000), confidence: 0.95)
        let more = try #require(difference.peopleNeeded(confidence: 0.95))
        // (1.96 + 0.8416)² · (0.105·0.895 + 0.1·0.9) / 0.005² = 57,757
        #expect((57_700...57_800).contains(more + 10_000))
        #expect(VariationComparison.rounded(47_757) == 48_000 && VariationComparison.rounded(99) == 99)
        let same = RateDifference(.init(part: 1, whole: 2), less: .init(part: 2, whole: 4), confidence: 0.95)
        #expect(same.peopleNeeded(confidence: 0.95) == nil && !same.isReal)
    }

    private func row(_ va: String, _ name: String?, clicks: UInt64, opens: UInt64, sent: UInt64?) -> ReportRow {
        ReportRow(
            values: [ReportValue(va, name: name)], clicks: EngagementFigures(human: clicks, people: clicks),
            opens: EngagementFigures(human: opens, people: opens), sent: sent, delivered: nil)
    }

    @Test("A difference that is real is said to be, and one that may be none is not")
    func sentences() throws {
        let rows = [
            row("a", nil, clicks: 100, opens: 500, sent: 1_000), row("b", "Red", clicks: 180, opens: 510, sent: 1_000),
        ]
        let clicks = try #require(VariationComparison(rows, measure: .clickRate))
        #expect(
            clicks.sentence(clicks.entries[0])
                == "Red’s click rate is 5.0 to 11.0 points higher than a’s: that is very unlikely to be chance.")
        let opens = try #require(VariationComparison(rows, measure: .openRate))
        let sentence = opens.sentence(opens.entries[0])
        #expect(sentence.hasPrefix("The open rates of Red and a may well be the same: "))
        #expect(sentence.hasSuffix(" more people in each would tell."))
        #expect(clicks.method.hasPrefix("95% confidence") && clicks.method.contains("messages sent"))
    }

    @Test("Of more than two each is compared with the first, at a confidence that makes up for it")
    func bonferroni() throws {
        let rows = ["a", "b", "c", "d"].map { row($0, nil, clicks: 10, opens: 100, sent: nil) }
        let comparison = try #require(VariationComparison(rows, measure: .clickRate))
        #expect(comparison.entries.map(\.name) == ["b", "c", "d"] && comparison.firstName == "a")
        #expect(abs(comparison.confidence - (1 - 0.05 / 3)) < 1e-12)
        #expect(comparison.method.contains("Bonferroni’s correction for 3 comparisons"))
        // Nobody said how many were sent: rates are of those who opened, and there is no open rate.
        #expect(comparison.whole == "people who opened")
        #expect(VariationComparison(rows, measure: .openRate) == nil)
    }

    @Test("What can't be compared is not: one variation, nobody, more clicks than people, lower bounds")
    func incomparable() {
        let good = row("a", nil, clicks: 10, opens: 100, sent: 1_000)
        var capped = row("b", nil, clicks: 10, opens: 100, sent: 1_000)
        capped.uniqueComplete = false
        for other in [
            nil, row("b", nil, clicks: 0, opens: 0, sent: nil), row("b", nil, clicks: 2_000, opens: 1, sent: 1_000),
            capped,
        ] {
            #expect(VariationComparison([good] + (other.map { [$0] } ?? []), measure: .clickRate) == nil)
        }
    }
}
