import Bytes
import Campaigns
import Testing

@testable import Reports

@Suite("A page says nothing false: what is not known, what is left out and what lies outside is said in words")
struct CampaignPageTests {
    private static let campaign = ReportScope.Campaign(section: "1", experience: "17")

    private func scope(earlier: UInt64? = nil) -> ReportScope {
        ReportScope(
            sections: [ReportValue("1", name: "Shop")], experience: ReportValue("17", name: "Winter sale"),
            zoneName: "Europe/Berlin", earlierSends: earlier.map { [Self.campaign: $0] } ?? [:])
    }

    private func row(_ texts: [String?], people: UInt64 = 10, sent: UInt64? = nil) -> ReportRow {
        ReportRow(
            values: texts.map { ReportValue($0) },
            clicks: EngagementFigures(human: people, asked: 2, refused: 1, unique: people, people: people),
            opens: EngagementFigures(human: people * 2, unique: people * 2, people: people * 2), sent: sent)
    }

    private func answer(_ columns: [ReportColumn], _ rows: [ReportRow], _ scope: ReportScope) -> ReportAnswer {
        var answer = ReportAnswer(asOfNanoseconds: 1, columns: columns, rows: rows)
        answer.scope = scope
        return answer
    }

    private func view(_ fields: [(String, String)] = []) throws -> PageView {
        try PageView([("sec", "1"), ("expId", "17")] + fields.map { (name: $0.0, value: $0.1) })
    }

    private func campaign(
        _ answers: [ReportAnswer], _ place: PageFrame.Place = .server(path: "/campaign"),
        _ fields: [(String, String)] = []
    ) throws -> MarkupReading {
        try MarkupReading(CampaignPage(answers, frame: PageFrame(place, view: try view(fields))).bytes())
    }

    @Test("A time that begins after the sending has no rates and no verdict, and says how many were sent before it")
    func cut() throws {
        let variations = [row(["a"], sent: 100), row(["b"], sent: 100)]
        for sent in [nil, 200] as [UInt64?] {
            let cut = scope(earlier: 3_000)
            let text = try campaign([
                answer([.sec, .expId], [row(["1", "17"], sent: sent)], cut), answer([.va], variations, cut),
            ]).text
            #expect(text.contains("3,000 before this time: no rates"))
            #expect(text.contains("No verdict: messages were sent before this time"))
            #expect(!text.contains("Click rate") && !text.contains("Open rate") && !text.contains("sends add"))
        }
        let text = try campaign([
            answer([.sec, .expId], [row(["1", "17"], sent: 200)], scope()), answer([.va], variations, scope()),
        ]).text
        #expect(text.contains("Open rate") && text.contains("Click rate") && !text.contains("before this time"))
    }

    @Test("All campaigns at a glance leave out rates of those sent before, and count each for what it is")
    func glance() throws {
        var cut = ReportScope(earlierSends: [Self.campaign: 3_000])
        let rows = [row(["1", "17"]), row(["1", "18"], sent: 100), row(["1", "19"])]
        func text() throws -> String {
            let answers = [answer([.sec, .expId], rows, cut), answer([.sec, .expId, .day], [], cut)]
            let frame = PageFrame(.server(path: "/"), view: PageView())
            return try MarkupReading(CampaignsPage(answers, frame: frame).bytes()).text
        }
        #expect(try text().contains("1 campaign sent before this time; no send recorded of 1 campaign"))
        #expect(try text().contains("3,000 before") && text().contains("10 of 100"))
        cut.earlierSends = [ReportScope.Campaign(section: "1", experience: "18"): 5]
        #expect(try !text().contains("10 of 100"), "what was sent in it is no whole of theirs")
        #expect(try text().contains("no send recorded of 2 campaigns"))
        cut.earlierSends = [:]
        #expect(try text().contains("10 of 100") && !text().contains("before this time"))
    }

    @Test("A name heads the page of a time without events, and an unknown campaign is no page of dashes")
    func names() throws {
        let nothing = try campaign([answer([.sec, .expId], [], scope()), answer([.expId], [row(["17"])], scope())])
        #expect(nothing.text.contains("Winter sale · Tremolo") && nothing.text.contains("No opens in this time."))
        var unnamed = scope()
        (unnamed.experience, unnamed.sections) = (ReportValue("17"), [ReportValue("1")])
        let answers = [answer([.sec, .expId], [], unnamed)]
        let page = CampaignPage(answers, frame: PageFrame(.server(path: "/campaign"), view: try view()))
        #expect(page.isUnknown)
        #expect(try MarkupReading(page.bytes()).text.contains("There is no such campaign"))
        for known in [
            answers + [answer([.expId], [row(["17"])], unnamed)], [answer([.sec, .expId], [], scope())],
            [answer([.sec, .expId], [row(["1", "17"])], unnamed)],
        ] {
            #expect(try !CampaignPage(known, frame: PageFrame(.file, view: view())).isUnknown)
        }
    }

    @Test("Tables and all campaigns of a section call it by its name, and lead to the campaign")
    func selection() throws {
        let frame = PageFrame(.server(path: "/table"), view: try view([("by", "link"), ("count", "all")]))
        let table = try MarkupReading(AnswerPage(answer([.link], [row(["x"])], scope()), frame: frame).bytes())
        #expect(table.text.contains("Shop (1)") && table.text.contains("Winter sale (17)"))
        let addresses = table.elements.compactMap { $0.attributes["href"] }
        #expect(addresses.contains("/campaign?sec=1&amp;expId=17&amp;count=all"))
        #expect(addresses.contains("/?sec=1&amp;count=all"))
        var several = ReportScope(sections: [ReportValue("1", name: "Shop"), ReportValue("2")])
        several.experience = ReportValue("17")
        let answers = [answer([.sec, .expId], [], several), answer([.sec, .expId, .day], [], several)]
        let file = try MarkupReading(CampaignsPage(answers, frame: PageFrame(.file, view: PageView())).bytes())
        #expect(file.text.contains("Campaigns of Shop, 2"))
        #expect(file.text.contains("Sections Shop (1), 2 · experience 17 · "))
    }

    @Test("A list that is cut says how many it shows of how many, and where all are")
    func cuts() throws {
        func rows(_ count: Int) -> [ReportRow] { (0..<count).map { row(["x\($0)"], sent: 1_000) } }
        let repairs = (0..<11).map { row(["r\($0)"]) }
        for (place, all) in [
            (PageFrame.Place.server(path: "/campaign"), "the table has all."), (.file, "tremolo report --by "),
        ] {
            let page = try campaign(
                [
                    answer([.sec, .expId], [row(["1", "17"])], scope()), answer([.link], rows(21), scope()),
                    answer([.va], rows(24), scope()), answer([.client], rows(11), scope()),
                    answer([.device], rows(10), scope()), answer([.country], rows(12), scope()),
                    answer([.repair], repairs, scope()), answer([.host], rows(13), scope()),
                ], place)
            for words in ["20 of 21", "20 of 24", "10 of 11", "10 of 12", "10 of 13"] {
                #expect(page.text.contains("The first \(words) are shown; \(all)"), "\(words)")
            }
            #expect(!page.text.contains("of 10 are shown"))
            #expect(page.text.contains("and 3 more (only the first 21 are)") == false)
            #expect(page.text.contains("Not compared: x21, x22, x23 (only the first 21 are)."))
        }
    }

    @Test("Variations that were sent stand before those that somebody made up")
    func order() throws {
        let made = (0..<30).map { row(["!\($0)"]) }
        let page = try campaign([
            answer([.sec, .expId], [row(["1", "17"])], scope()),
            answer([.va], made + [row(["a"], sent: 100), row(["b"], sent: 100)], scope()),
        ])
        #expect(page.text.contains("50 of 100") == false && page.text.contains("20 of 100"))
        #expect(page.text.contains("The first 20 of 32 are shown"))
    }

    @Test("Words that a table has for programs are said in a person's words, and bars say what their parts are")
    func words() throws {
        var mixed = row(["gluedTail"])
        mixed.clicks.machine = 5
        let answers = [
            answer([.sec, .expId], [mixed], scope()), answer([.link], [mixed], scope()),
            answer([.repair], [mixed], scope()), answer([.outcome], [row(["asked"])], scope()),
        ]
        let people = try campaign(answers).text
        #expect(people.contains("A sign that was glued to the end was taken off"))
        #expect(people.contains("Shown the host, and asked whether to go on"))
        #expect(!people.contains("Set apart") && !people.contains("total counts them"))
        #expect(people.contains("Not by people") && !people.contains("not by people"))
        let all = try campaign(answers, .file, [("count", "all")]).text
        #expect(all.contains("by peoplenot by people"))
    }

    @Test("A link breaks between its parts")
    func links() {
        let link = PageFigure.link(ReportValue("https://www.shop.example/sale/coats?a=b&c=<d>"))
        #expect(
            link.text
                == "https://<wbr>www.<wbr>shop.<wbr>example/<wbr>sale/<wbr>coats?<wbr>a=<wbr>b&amp;<wbr>c=<wbr>"
                + "&lt;d&gt;"
        )
        #expect(PageFigure.link(ReportValue("")).text == "(empty)")
        #expect(PageFigure.link(ReportValue(nil)).text == "(none)")
    }

    @Test("An empty id alone is one that a form left open; with the other it is of a campaign")
    func empty() throws {
        #expect(try PageView([("sec", "")]) == PageView())
        #expect(try PageView([("expId", "")]) == PageView())
        #expect(try PageView([("sec", ""), ("expId", "")]).section == "")
        #expect(try PageView([("sec", "1"), ("expId", "")]).experience == "")
    }

    @Test("A page ends with today: what bears a later date is not asked for")
    func end() throws {
        let now: UInt64 = 1_795_428_000_000_000_000
        let tomorrow = ReportBound.daysBefore(days: -1, nowNanoseconds: now)
        for until in [nil, "2099-01-01", "2099-01-01T00:00:00Z"] {
            let view = try view(until.map { [("until", $0)] } ?? [])
            for question in try CampaignPage.questions(view, nowNanoseconds: now) {
                #expect(question.until == tomorrow, "\(until ?? "")")
            }
        }
        let past = try view([("until", "2026-11-01")]).question(by: [.day], nowNanoseconds: now)
        #expect(past.until == RFC3339.civilDate("2026-11-01").map { .day($0) })
    }
}
