import Bytes
import Engagement
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

@Suite("Rules are tried on the past as a report would count by them")
struct RulesTrialTests {
    /// Rules that take HEAD for a person's and know nothing else.
    private static func otherRules() throws -> RuleSet {
        let text = "{ requests: [{ method: \"HEAD\", class: \"human\", reason: \"trusted\" }] }"
        return try RuleSet(files: [RuleFile(name: "requests.json5", bytes: Array(text.utf8))])
    }

    private static let agents = ["curl/8", "Mozilla/5.0", "Mozilla/5.0 (X11) Firefox/140.0", "", "Googlebot/2.1"]

    private static func events(_ random: inout SeededGenerator) -> [[UInt8]] {
        (0..<600).map { number in
            let isClick = Bool.random(using: &random)
            let isRefused = isClick && Int.random(in: 0..<4, using: &random) == 0
            var facts = EventFacts(
                timeNanoseconds: 1_774_000_000_000_000_000 + UInt64(number) * 1_000_000_000_000,
                kind: isClick ? .click : .open, outcome: isRefused ? .refused : isClick ? .redirected : .pixel,
                reason: 1)
            facts.method = Int.random(in: 0..<3, using: &random) == 0 ? .head : .get
            if Int.random(in: 0..<5, using: &random) > 0 {
                let person = UInt8.random(in: 0..<40, using: &random)
                facts.subject = EventSubject(
                    keyID: 1, pseudonym: Bytes16(in: [UInt8](repeating: person, count: 16).span, at: 0))
            }
            return PayloadBuffer().write(
                facts,
                [
                    (.sec, ["utc", "york"].randomElement(using: &random) ?? ""),
                    (.expId, "\(Int.random(in: 1...3, using: &random))"),
                    (.userAgent, agents.randomElement(using: &random) ?? ""),
                ])
        }
    }

    @Test("Both sides are the journal's answers, and what changes adds up to their difference")
    func sides() throws {
        let seed: UInt64 = 9
        var random = SeededGenerator(seed: seed)
        let payloads = Self.events(&random)
        let sections = try testSections()
        let rules = try Self.otherRules()
        var changed = 0
        for question in [
            ReportQuestion(), ReportQuestion(by: [.sec, .expId]), ReportQuestion(sections: ["york"], by: [.class]),
            ReportQuestion(sections: ["utc"], experience: "2", by: [.day]), ReportQuestion(sections: ["nowhere"]),
        ] {
            let trial = RulesTrial(question, before: .builtIn, after: rules, sections: sections, sends: [])
            let answers = [RuleSet.builtIn, rules].map { JournalAnswer(question, rules: $0, sections: sections) }
            for payload in payloads {
                let event = try EventView(payload.span)
                trial.add(event, in: payload.span, node: 1)
                for answer in answers { answer.add(event, in: payload.span, node: 1) }
            }
            let comparison = trial.comparison()
            let (before, after) = (answers[0].answer(), answers[1].answer())
            #expect(comparison.before == before && comparison.after == after, "seed \(seed): \(question)")
            #expect(comparison.rows.compactMap(\.before) == before.rows)
            #expect(comparison.rows.compactMap(\.after).count == after.rows.count)
            for engagementClass in EngagementClass.allCases {
                let difference = Self.events(after, engagementClass) - Self.events(before, engagementClass)
                let moved = comparison.transitions.reduce(0) { sum, transition in
                    sum + (transition.to.className == engagementClass.name ? Int(transition.events) : 0)
                        - (transition.from.className == engagementClass.name ? Int(transition.events) : 0)
                }
                #expect(moved == difference, "seed \(seed): \(question) \(engagementClass)")
                changed += abs(moved)
            }
            #expect(comparison.transitions.allSatisfy { $0.from != $0.to && $0.events > 0 })
        }
        #expect(changed > 100)
    }

    private static func events(_ answer: ReportAnswer, _ engagementClass: EngagementClass) -> Int {
        answer.rows.reduce(0) { sum, row in
            [row.clicks, row.opens].reduce(sum) { sum, figures in
                switch engagementClass {
                case .human: sum + Int(figures.human)
                case .proxy: sum + Int(figures.proxy)
                case .prefetch: sum + Int(figures.prefetch)
                case .machine: sum + Int(figures.machine)
                case .unknown: sum + Int(figures.unknown)
                }
            }
        }
    }

    @Test("Rules without windows beside rules with windows have nothing judged over and over")
    func work() throws {
        let rules = try Self.otherRules()
        let sections = try testSections()
        let buffer = PayloadBuffer()
        // A flood in three seconds, and what comes behind it for ten minutes.
        let events = (0..<3_600).map { number in
            SeenEvent(
                time: 1_774_000_000_000_000_000 + UInt64(number < 3_000 ? number : 3_000 + (number - 3_000) * 1_000)
                    * 1_000_000, person: UInt64(number % 700), link: number % 5)
        }
        for (before, after) in [(rules, RuleSet.windowed), (.windowed, rules)] {
            let trial = RulesTrial(ReportQuestion(), before: before, after: after, sections: sections, sends: [])
            for event in events {
                let payload = event.payload(buffer)
                trial.add(try EventView(payload.span), in: payload.span, node: 1)
            }
            let comparison = trial.comparison()
            #expect(comparison.before.rows[0].clicks.total == 3_600 && comparison.after.rows[0].clicks.total == 3_600)
            #expect(trial.judgings >= 3_600 && trial.judgings <= 2 * 3_600)
        }
    }
}
