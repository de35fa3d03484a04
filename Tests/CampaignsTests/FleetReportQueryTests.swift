import Bytes
import Engagement
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

@Suite("A question to ClickHouse selects what it is about, by the table's key where it can")
struct FleetReportQueryTests {
    private func query(_ question: ReportQuestion, rowsMax: Int? = nil) throws -> FleetReportQuery {
        FleetReportQuery(question, sections: try testSections(), isLocal: false, rowsMax: rowsMax)
    }

    private func day(_ day: Int) -> ReportBound { .day(CivilDate(dayNumber: day)) }

    @Test("Days of all sections are one condition, beside which the key's days are wide enough for every clock")
    func days() throws {
        let query = try query(ReportQuestion(since: day(20_000), until: day(20_002)))
        let conditions =
            "day >= toDate(19998) AND day <= toDate(20003) AND toUInt16(localDay) >= 20000 AND toUInt16(localDay) <= "
            + "20001"
        #expect(query.figures.hasSuffix(" FROM `events` FINAL WHERE " + conditions))
        #expect(query.capped.hasSuffix(" FINAL WHERE person = 'capped' AND " + conditions))
        #expect(query.cappedCount == "SELECT count() FROM `events` WHERE person = 'capped' AND " + conditions)
    }

    @Test("A moment is a bound of time everywhere, and of days and hours by each section's clock")
    func moments() throws {
        let instant = ReportBound.instant(nanoseconds: 1_774_740_600_000_000_001)
        let text = try query(ReportQuestion(since: instant)).figures
        for part in [
            "(sec IN ('berlin') AND ", "(sec NOT IN ('berlin') AND ",
            "timeNanoseconds >= 1774740600000000001",
            "toUInt32(localHour) >= 1774738800", " WHERE day >= toDate(",
        ] {
            #expect(text.contains(part), "\(part): \(text)")
        }
        let one = try query(ReportQuestion(sections: ["york", "york"], since: instant)).figures
        #expect(one.contains(" WHERE sec IN ('york') AND day >= ") && !one.contains(" OR "), "\(one)")
    }

    @Test("Days that the key has no value for select nothing or everything, and are no error")
    func farDays() throws {
        let texts = try [
            ReportQuestion(until: day(-10)), ReportQuestion(since: day(99_999)), ReportQuestion(until: day(99_999)),
            ReportQuestion(since: day(0)),
        ].map { try query($0).figures }
        #expect(texts[0].contains(" WHERE 0 AND ") && texts[1].contains("day >= toDate(49709)"))
        #expect(!texts[2].contains("toDate(") && texts[3].contains("day >= toDate(0)"))
    }

    @Test("Texts are escaped, and an answer is cut where it was bounded")
    func texts() throws {
        let text = try query(ReportQuestion(sections: ["a'b"], experience: "\\'", by: [.link, .hour]), rowsMax: 11)
            .figures
        #expect(text.contains("sec IN ('a\\'b')") && text.contains("expId = '\\\\\\''"), "\(text)")
        #expect(text.hasSuffix(" GROUP BY `link`, toUInt32(localHour) LIMIT 11"), "\(text)")
        #expect(!(try query(ReportQuestion(tellsPeople: false)).figures.contains("uniq")))
    }

    @Test("An answer is as of the node that is furthest behind, silent ones left out")
    func nodes() {
        let day: UInt64 = 86_400_000_000_000
        func node(_ asOf: UInt64, _ rules: String) -> FleetNodes.Node {
            FleetNodes.Node(
                asOfNanoseconds: asOf, accounting: ReportAccounting(lost: 1, counted: 2), crowdedEvents: 3,
                rulesVersion: rules)
        }
        #expect(FleetNodes([]) == FleetNodes([node(0, "")].filter { _ in false }))
        let all = FleetNodes([
            node(10 * day, "b"), node(9 * day, "a"), node(9 * day - 1, "c"), node(5 * day, "c"), node(0, ""),
        ])
        #expect(all.asOfNanoseconds == 9 * day && all.rulesVersion == "b")
        #expect(all.standing.silentNodes == 2 && all.standing.silentSinceNanoseconds == 5 * day)
        #expect(all.standing.rulesVersions == ["a", "b"] && all.standing.sentences.count == 2)
        #expect(all.accounting.counted == 10 && all.accounting.lost == 5 && all.crowdedEvents == 15)
    }

    @Test("Texts that look alike and differ in their bytes are rows of their own in the store's report")
    func alike() throws {
        let node = try TestNode(seed: 1, shards: 1, sections: try testSections())
        for label in ["caf\u{E9}", "cafe\u{301}", "cafe\u{301}"] {
            node.pass(nanoseconds: 1_000_000_000)
            var facts = EventFacts(timeNanoseconds: node.now, kind: .click, outcome: .redirected, reason: 1)
            facts.frozenClass = .human
            node.append(facts, [(.sec, "utc"), (.label, label), (.target, "https://www.example.com/")])
        }
        node.settle()
        while try node.flush().hasMore {}
        let rows = try node.store.answer(ReportQuestion(by: [.link]), sections: node.sections).rows
        #expect(rows.map(\.clicks.total) == [2, 1])
    }
}
