import Campaigns
import TestSupport
import Testing

@testable import Reports

@Suite("A table is aligned, fits the terminal and says what it leaves out")
struct TableReportTests {
    @Test func withoutAWidthNothingIsCut() {
        var answer = sampleAnswer
        answer.rulesVersion = "2026-11"
        let lines = TableReport(answer, notes: ["rules changed: run tremolo rebuild"]).text().split(separator: "\n")
            .map(String.init)
        #expect(
            lines[1].split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
                == "sec va total unique people human prefetch machine asked refused "
                + "total unique people human proxy prefetch machine sent delivered "
                + "click-through click-to-open open rate click rate")
        #expect(lines[3].hasPrefix("My website (8781202)  Red button ([10596091])  1,234   1,050   1,000  1,100  "))
        #expect(
            lines[3].hasSuffix(
                "  20,000     19,500  17.5% (1,234/7,050)  22.2% (1,000/4,500)  22.5% (4,500/20,000)"
                    + "  5.0% (1,000/20,000)"))
        #expect(lines[4].hasPrefix("My website (8781202)  (empty)                      1      ≥1      ≥1      1 "))
        #expect(
            lines[5...] == [
                "as of 2026-11-23T10:00:00Z", "rules changed: run tremolo rebuild",
                "machines (rules 2026-11): 130 of 1,235 clicks and 50 of 7,050 opens; prefetched: 4 and 2,000; "
                    + "total counts them; people are classes human and proxy; 3 events are provisional",
                "≥: the cap on people of a section and day was reached, so that there are at least so many",
                "accounting: 8,291 received = 8,285 counted + 3 pending + 1 waiting + 2 lost",
            ])
    }

    @Test func anEightyColumnTerminal() {
        let expected = """
                                           clicks         opens
            sec            va              total  people  total  people           click rate
            ─────────────  ──────────────  ─────  ──────  ─────  ──────  ───────────────────
            My… (8781202)  [10596091]      1,234   1,000  7,050   4,500  5.0% (1,000/20,000)
            My… (8781202)  (empty)             1      ≥1      0       –                    –

            as of 2026-11-23T10:00:00Z
            machines: 130 of 1,235 clicks and 50 of 7,050 opens; prefetched: 4 and 2,000;
            total counts them; people are classes human and proxy; 3 events are provisional
            ≥: the cap on people of a section and day was reached, so that there are at
            least so many
            accounting: 8,291 received = 8,285 counted + 3 pending + 1 waiting + 2 lost
            left out to fit: clicks.unique, clicks.human, clicks.prefetch, clicks.machine,
            clicks.asked, clicks.refused, opens.unique, opens.human, opens.proxy,
            opens.prefetch, opens.machine, sent, delivered, clickThroughRate,
            clickToOpenRate, openRate (--format csv has everything)

            """
        #expect(TableReport(sampleAnswer, columns: 80).text() == expected)
    }

    /// Clicks over opens are full of machines: they give way to people's rates and to how many machines there were.
    @Test func ratesOfPeopleComeBeforeThoseOfEverything() {
        var answer = sampleAnswer
        answer.columns = [.va]
        answer.rows = sampleAnswer.rows.map { row in
            var row = row
            row.values = [row.values[1]]
            return row
        }
        var shown: [[String]] = []
        for columns in 50...200 {
            let heading = TableReport(answer, columns: columns).text().split(separator: "\n")[1]
            shown.append(["click rate", "open rate", "machine", "click-through"].filter { heading.contains($0) })
        }
        #expect(
            shown.allSatisfy { $0 == Array(["click rate", "open rate", "machine", "click-through"].prefix($0.count)) })
        #expect(Set(shown.map(\.count)) == [0, 1, 2, 3, 4])
    }

    @Test func aTimeThatBeginsAfterASendingSaysSo() {
        var answer = sampleAnswer
        answer.scope.earlierSends = [ReportScope.Campaign(section: "8781202", experience: "17"): 20_000]
        let sentence =
            "messages were sent before this time, and who opened may have had one: open and click rates mislead"
        #expect(TableReport(answer).text().contains("\n\(sentence)\n"))
        #expect(!TableReport(sampleAnswer).text().contains("before this time"))
    }

    /// A word that is longer than the line is the one thing that may be wider.
    @Test func nothingIsWiderThanTheTerminal() {
        for columns in [40, 60, 80, 100, 200] {
            for line in TableReport(sampleAnswer, columns: columns).text().split(separator: "\n") {
                #expect(TerminalText.columnCount(of: String(line)) <= columns, "\(columns): \(line)")
            }
        }
    }

    @Test func figuresThatNobodyKnowsTakeNoRoom() {
        let text = TableReport(hostAnswer).text()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.prefix { !$0.isEmpty }.joined(separator: "\n")
        for absent in ["unique", "sent", "click-to-open", "prefetch", "asked"] {
            #expect(!table.contains(absent), "\(absent)")
        }
        #expect(
            text.contains("example.com  click  2026-11-23T10:00:00Z  2026-11-23T10:00:01Z  https://example.com/a,b"))
        #expect(text.contains("as of no event yet"))
    }

    @Test func anEmptyAnswerSaysSo() {
        let answer = ReportAnswer(asOfNanoseconds: sampleMoment, columns: [.sec], rows: [])
        #expect(
            TableReport(answer, columns: 80).text() == """
                No click and no open matches.
                as of 2026-11-23T10:00:00Z
                machines: 0 of 0 clicks and 0 of 0 opens; prefetched: 0 and 0; total counts
                them; people are classes human and proxy
                accounting: 0 received = 0 counted

                """)
    }

    @Test func oneRowForEverythingHasNoTextColumn() {
        var answer = sampleAnswer
        answer.columns = []
        answer.rows = [ReportRow(values: [], clicks: EngagementFigures(human: 5))]
        let lines = TableReport(answer, columns: 40).text().split(separator: "\n").map(String.init)
        #expect(lines[0] == "clicks                  opens")
        #expect(lines[1] == "total  people  machine  total  people")
        #expect(lines[3] == "    5       –        0      0       –")
    }

    @Test func repairsAreNotAddedUp() {
        let answer = ReportAnswer(
            asOfNanoseconds: 1, columns: [.repair], rows: [ReportRow(values: [ReportValue("brokenEscape")])])
        #expect(
            TableReport(answer).text().contains("\nmachines: total counts them; people are classes human and proxy\n"))
    }

    @Test func eventsThatNoTimingRuleLookedAtAreSaid() {
        var answer = ReportAnswer(asOfNanoseconds: 1, columns: [.repair], rows: [])
        for (events, text) in [(UInt64(1), "1 event"), (25_001, "25,001 events")] {
            answer.crowdedEvents = events
            #expect(
                TableReport(answer).text().split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
                    "classes human and proxy; no timing rule looked at \(text) of everything"))
        }
        answer.crowdedEvents = 0
        #expect(!TableReport(answer).text().contains("timing rule"))
    }

    @Test func textFromTheNetworkCannotSteerTheTerminal() {
        let hostile = "\u{1B}[2Jx\u{202E}y\nz\u{9B}31m"
        let answer = ReportAnswer(
            asOfNanoseconds: 1, rulesVersion: hostile, columns: [.sec, .link],
            rows: [ReportRow(values: [ReportValue(hostile, name: hostile), ReportValue(hostile)])])
        let text = TableReport(answer, notes: [hostile]).text()
        for scalar in ["\u{1B}", "\u{202E}", "\u{9B}"] as [Unicode.Scalar] {
            #expect(!text.unicodeScalars.contains(scalar))
        }
        #expect(text.contains("\\u{1b}[2Jx\\u{202e}y\\u{a}z\\u{9b}31m"))
    }

    @Test func anyAnswerFitsAnyTerminalWideEnoughForItsTexts() {
        let seed: UInt64 = 0x7461_626C
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let columns = Array(ReportColumn.allCases.filter { $0 != .host }.shuffled(using: &generator).prefix(2))
            let rows = (0..<Int.random(in: 0...5, using: &generator)).map { _ in randomRow(&generator) }
            let width = Int.random(in: 60...200, using: &generator)
            let text = TableReport(
                ReportAnswer(asOfNanoseconds: 1, columns: columns, rows: rows), columns: width
            ).text()
            for line in text.split(separator: "\n") {
                #expect(TerminalText.columnCount(of: String(line)) <= width, "seed \(seed): \(line)")
            }
        }
    }

    private func randomRow(_ generator: inout SeededGenerator) -> ReportRow {
        func text() -> ReportValue {
            let letters = ["a", "日", "é", "\u{7}", "🎉", "/"]
            let length = Int.random(in: 0...60, using: &generator)
            let name: String? = Bool.random(using: &generator) ? String(repeating: "n", count: length) : nil
            return ReportValue(
                (0..<length).map { _ in letters.randomElement(using: &generator) ?? "" }.joined(), name: name)
        }
        func figures() -> EngagementFigures {
            EngagementFigures(
                human: .random(in: 0...9_999_999, using: &generator), machine: .random(in: 0...99, using: &generator),
                unique: .random(in: 0...9_999_999, using: &generator),
                people: .random(in: 0...9_999_999, using: &generator))
        }
        return ReportRow(
            values: [text(), text()], clicks: figures(), opens: figures(), sent: .random(in: 0...9, using: &generator))
    }
}
