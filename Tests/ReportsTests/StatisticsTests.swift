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
        let clicks = VariationComparison(rows, measure: .clickRate)
        #expect(
            clicks.sentence(try #require(clicks.entries.first))
                == "Red’s click rate is 5.0 to 11.0 points higher than a’s: that is very unlikely to be chance.")
        let opens = VariationComparison(rows, measure: .openRate)
        let sentence = opens.sentence(try #require(opens.entries.first))
        #expect(sentence.hasPrefix("The open rates of Red and a may well be the same: "))
        #expect(sentence.hasSuffix(" more messages of each would tell."))
        #expect(clicks.method.hasPrefix("95% confidence") && clicks.method.contains("messages sent"))
        #expect(clicks.method.contains("one look at a time chosen before"))
    }

    /// The words follow from the bounds at 95% and at 99%, and from nothing else.
    @Test("“Very unlikely” is kept for what a 99% interval says, too")
    func grades() throws {
        var seen: Set<String> = []
        for clicks: UInt64 in 100...200 {
            let rows = [
                row("a", nil, clicks: 100, opens: 500, sent: 1_000),
                row("b", nil, clicks: clicks, opens: 1, sent: 1_000),
            ]
            let comparison = VariationComparison(rows, measure: .clickRate)
            let sentence = comparison.sentence(try #require(comparison.entries.first))
            func isReal(_ confidence: Double) -> Bool {
                RateDifference(
                    .init(part: clicks, whole: 1_000), less: .init(part: 100, whole: 1_000), confidence: confidence
                ).isReal
            }
            let end = isReal(0.99) ? "that is very unlikely to be chance." : "that is unlikely to be chance."
            #expect(sentence.hasSuffix(end) == isReal(0.95), "\(clicks): \(sentence)")
            #expect(sentence.contains("may well be the same") != isReal(0.95), "\(clicks): \(sentence)")
            seen.insert(isReal(0.99) ? "very" : isReal(0.95) ? "likely" : "none")
        }
        #expect(seen == ["very", "likely", "none"])
    }

    @Test("How many more would tell is not said of few messages, nor of unlike numbers of them")
    func outlook() throws {
        for (one, other, end) in [
            (1, 405, "It is too early to tell, with 1 message of a."),
            (5_000, 99, "It is too early to tell, with 99 messages of b."), (1_000, 2_002, "than a’s."),
            (1_000, 2_001, "would tell."),
        ] as [(UInt64, UInt64, String)] {
            let rows = [
                row("a", nil, clicks: one == 1 ? 0 : one / 20 + 1, opens: 1, sent: one),
                row("b", nil, clicks: other / 20, opens: 1, sent: other),
            ]
            let comparison = VariationComparison(rows, measure: .clickRate)
            let sentence = comparison.sentence(try #require(comparison.entries.first))
            #expect(sentence.hasSuffix(end), "\(one), \(other): \(sentence)")
        }
    }

    @Test("Of more than two each is compared with the first, at a confidence that makes up for it")
    func bonferroni() throws {
        let rows = ["a", "b", "c", "d"].map { row($0, nil, clicks: 10, opens: 100, sent: 1_000) }
        let comparison = VariationComparison(rows, measure: .clickRate)
        #expect(comparison.entries.map(\.name) == ["b", "c", "d"] && comparison.firstName == "a")
        #expect(abs(comparison.confidence - (1 - 0.05 / 3)) < 1e-12)
        #expect(comparison.method.contains("Bonferroni’s correction for 3 comparisons"))
    }

    /// Anybody can ask for an image with a variation of their own, whose id sorts first.
    @Test("A variation that nobody sent changes no verdict, is no baseline, and is named")
    func strays() throws {
        let rows = [
            row("a", nil, clicks: 100, opens: 500, sent: 1_000), row("b", "Red", clicks: 180, opens: 510, sent: 1_000),
        ]
        let alone = VariationVerdicts(rows, isCut: false)
        let strays = [row("!stray", nil, clicks: 0, opens: 1, sent: nil)] + rows
        let beside = VariationVerdicts(strays + [row("c", nil, clicks: 9, opens: 3, sent: 0)], isCut: false)
        func sentences(_ verdicts: VariationVerdicts) -> [String] {
            verdicts.comparisons.flatMap { comparison in comparison.entries.map(comparison.sentence) }
        }
        #expect(sentences(beside) == sentences(alone) && sentences(alone).count == 2)
        #expect(beside.comparisons.map(\.method) == alone.comparisons.map(\.method))
        #expect(beside.exclusions == ["Not compared: !stray, c (no sends recorded)."])
        #expect(alone.exclusions.isEmpty && beside.obstacle == nil)
        #expect(beside.markup.text.contains("Not compared: !stray, c"))
    }

    @Test("Without sends there is no verdict, and the page says why")
    func withoutSends() {
        let rows = [row("a", nil, clicks: 10, opens: 100, sent: nil), row("b", nil, clicks: 90, opens: 100, sent: nil)]
        let verdicts = VariationVerdicts(rows, isCut: false)
        #expect(verdicts.comparisons.isEmpty && verdicts.exclusions.isEmpty)
        #expect(verdicts.obstacle?.hasPrefix("No verdict: no sending of a variation lies in this time.") == true)
        #expect(verdicts.markup.text.contains("tremolo sends add"))
    }

    @Test("Where the time begins after a sending there is no verdict either, whatever was sent in it")
    func cut() {
        let rows = [
            row("a", nil, clicks: 10, opens: 100, sent: 1_000), row("b", nil, clicks: 90, opens: 100, sent: 1_000),
        ]
        let verdicts = VariationVerdicts(rows, isCut: true)
        #expect(verdicts.comparisons.isEmpty)
        #expect(verdicts.obstacle?.hasPrefix("No verdict: messages were sent before this time") == true)
    }

    @Test("Whoever can't be compared is named with the reason: more people than messages, lower bounds, too many")
    func excluded() {
        let good = ["a", "b"].map { row($0, nil, clicks: 10, opens: 100, sent: 1_000) }
        var capped = row("c", nil, clicks: 10, opens: 100, sent: 1_000)
        capped.uniqueComplete = false
        let crowd = row("d", nil, clicks: 2_000, opens: 1, sent: 1_000)
        #expect(
            VariationVerdicts(good + [capped, crowd], isCut: false).exclusions == [
                "Not compared: d (more people clicked than there are messages sent).",
                "Not compared: c (the number of people is a lower bound).",
            ])
        #expect(
            VariationVerdicts([good[0], crowd], isCut: false).obstacle == nil,
            "open rates of both are known")
        #expect(
            VariationVerdicts([good[0], capped], isCut: false).obstacle
                == "No verdict: it takes two variations whose messages and people are known.")
        let many = (10..<40).map { row("v\($0)", nil, clicks: 10, opens: 100, sent: 1_000) }
        let verdicts = VariationVerdicts(many, isCut: false)
        #expect(verdicts.comparisons.allSatisfy { $0.entries.count == VariationComparison.entriesMax })
        #expect(
            verdicts.exclusions
                == ["Not compared: v31, v32, v33, v34, v35 and 4 more (only the first 21 are)."])
    }

    @Test("Of many variations the page says who differs, once, and each sentence on demand")
    func summary() {
        var rows = (10..<34).map { row("v\($0)", nil, clicks: 100, opens: 500, sent: 1_000) }
        rows[3] = row("v13", "Best", clicks: 300, opens: 500, sent: 1_000)
        rows[4] = row("v14", "Worst", clicks: 10, opens: 500, sent: 1_000)
        let comparison = VariationComparison(Array(rows.prefix(8)), measure: .clickRate)
        #expect(
            comparison.summary
                == "Unlikely to be chance: a higher click rate than v10’s for Best. Unlikely to be chance: a lower "
                + "click rate than v10’s for Worst. 5 of 7 may well have the same as v10.")
        let text = VariationVerdicts(rows, isCut: false).markup.text
        let pieces = text.split(separator: "<details>")
        #expect(pieces.count == 3)
        #expect(pieces[0].split(separator: "class=\"verdict\"").count == 2, "one sentence stands before the chart")
        let opens = VariationComparison(rows, measure: .openRate)
        #expect(opens.summary == "None of the 20 others’ open rates can be told from v10’s.")
    }
}
