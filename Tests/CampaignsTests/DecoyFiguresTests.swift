import Engagement
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

@Suite("A click on a decoy is a machine's, whatever came before it with the same headers")
struct DecoyFiguresTests {
    /// Clicks of one user agent on one target, by their labels.
    private func figures(_ labels: [String]) throws -> EngagementFigures {
        let answer = JournalAnswer(ReportQuestion(), rules: .builtIn, sections: try testSections())
        for label in labels {
            var facts = EventFacts(
                timeNanoseconds: 1_774_000_000_000_000_000, kind: .click, outcome: .redirected, reason: 1)
            facts.method = .get
            let payload = PayloadBuffer().write(
                facts,
                [
                    (.sec, "utc"), (.label, label), (.target, "https://www.example.com/"),
                    (.userAgent, "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
                ])
            answer.add(try EventView(payload.span), in: payload.span, node: 1)
        }
        return try #require(answer.answer().rows.first).clicks
    }

    @Test(arguments: [
        ["hero", DecoyLink.label, "hero", DecoyLink.label, DecoyLink.label],
        [DecoyLink.label, "hero", DecoyLink.label, DecoyLink.label, "hero"],
    ])
    func whateverWasRemembered(_ labels: [String]) throws {
        let figures = try figures(labels)
        #expect(figures.machine == 3 && figures.human == 2)
    }
}
