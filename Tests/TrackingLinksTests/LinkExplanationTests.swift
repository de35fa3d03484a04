import Testing
import TrackingLinks

@Suite("An explanation says how a link is read and decided on")
struct LinkExplanationTests {
    @Test func aRedirect() throws {
        let url =
            "https://trem.brand.example/tremclk?cuid=a%40mail.example&sec=8781202&sec=1&x=1"
            + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale%3Fa%3D1%23top"
        let explanation = LinkExplanation(of: url, sections: try Sections.samples(), nowNanoseconds: 0)
        #expect(explanation.outcome == .redirected && explanation.resource == .click)
        #expect(explanation.repairs == .repeatedField)
        #expect(
            explanation.fields.map { "\($0.name): \($0.value)" } == [
                "cuid: a@mail.example", "sec: 8781202", "targetUrl: https://www.mywebsite.com/sale?a=1#top",
            ])
        #expect(
            explanation.notes.map { "\($0.name): \($0.text)" } == ["repeatedField: sec is repeated; the first counts"])
        #expect(explanation.unknownFieldCount == 1 && !explanation.targetIsRaw && explanation.sectionIsConfigured)
        #expect(explanation.repairedQuery == nil)
        let target = try #require(explanation.target)
        #expect([target.scheme, target.host, target.path] == ["https", "www.mywebsite.com", "/sale"])
        #expect(target.port == 443 && target.query == "a=1" && target.fragment == "top" && target.unicodeHost == nil)
        #expect(
            explanation.destination == "https://www.mywebsite.com/sale?a=1#top" && target.url == explanation.destination
        )
    }

    @Test func aDamagedLink() throws {
        let url =
            "https://trem.brand.example/tremclk?sec=8781202&amp;targetUrl="
            + "https%253A%252F%252Fb%25C3%25BCcher.example%252F"
        let explanation = LinkExplanation(of: url, sections: try Sections.samples(), nowNanoseconds: 0)
        #expect(explanation.repairs == [.rawNonASCII, .ampersandEntity, .doubleEncoded])
        #expect(explanation.notes.map(\.name) == ["rawNonASCII", "ampersandEntity", "doubleEncoded"])
        #expect(explanation.repairedQuery?.hasPrefix("sec=8781202&targetUrl=https%3A%2F%2F") == true)
        let target = try #require(explanation.target)
        #expect(target.host == "xn--bcher-kva.example" && target.unicodeHost == "bücher.example")
    }

    @Test(
        "Of words on consent the one that refuses counts",
        arguments: [
            ("true&active_consent_accepted=0", "one that refuses"), ("0&active_consent_accepted=true", "the first"),
        ])
    func wordsOnConsent(_ words: String, _ counts: String) throws {
        let explanation = LinkExplanation(
            of: "/tremop?sec=8781202&active_consent_accepted=\(words)", sections: try Sections.samples(),
            nowNanoseconds: 0)
        #expect(explanation.notes.map(\.text) == ["active_consent_accepted is repeated; \(counts) counts"])
    }

    @Test func aLinkOfTheHostItself() throws {
        let url =
            "https://trem.brand.example/tremclk?sec=8781202&targetUrl=https%3A%2F%2Ftrem.brand.example%2Ftremclk"
            + "%3Fsec%3D8781202%26targetUrl%3Dhttps%253A%252F%252Fwww.mywebsite.com%252F"
        let explanation = LinkExplanation(of: url, sections: try Sections.samples(), nowNanoseconds: 0)
        #expect(explanation.repairs == .nestedLink && explanation.destination == "https://www.mywebsite.com/")
    }

    struct Row: CustomTestStringConvertible {
        var testDescription: String { url }
        var url: String
        var outcome: Outcome?
        var destination: String?
    }

    static let rows: [Row] = [
        Row(url: "/tremop/?sec=8781202", outcome: .pixel),
        Row(url: "/tremop", outcome: .pixel),
        Row(
            url: " /tremclk?sec=8781202&targetUrl=https://www.mywebsite.com/a b\t\n", outcome: .redirected,
            destination: "https://www.mywebsite.com/a%20b"),
        Row(
            url: "/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywe=\r\nbsite.com%2F", outcome: .redirected,
            destination: "https://www.mywebsite.com/"),
        Row(url: "http://127.0.0.1:8080/tremclk", outcome: .refused),
        Row(url: "/tremclk?sec=8781202", outcome: .fallback, destination: "https://www.mywebsite.com/"),
        Row(
            url: "/tremclk?sec=8781202&targetUrl=ftp://x.example", outcome: .fallback,
            destination: "https://www.mywebsite.com/"),
        Row(url: "/tremclk?sec=1&targetUrl=https://x.example/#top", outcome: .asked, destination: "https://x.example/"),
        Row(url: "/tremclk?sec=1&targetUrl=https://ﬀ.example/", outcome: .asked),
        Row(url: "https://trem.brand.example"), Row(url: "https://trem.brand.example?x"), Row(url: ""), Row(url: "#"),
        Row(url: "/x?sec=1"),
    ]

    @Test(arguments: rows)
    func answer(_ row: Row) throws {
        let explanation = LinkExplanation(of: row.url, sections: try Sections.samples(), nowNanoseconds: 0)
        #expect(explanation.outcome == row.outcome && explanation.destination == row.destination)
        #expect((explanation.resource == nil) == (row.outcome == nil))
        #expect(explanation.repairs.contains(.lostFragment) == row.url.contains("#"))
    }

    @Test func everyReasonIsExplained() {
        let explanations = DecisionReason.allCases.map(\.explanation)
        #expect(Set(explanations).count == explanations.count)
        let repairs = LinkRepair.named.map(\.repair.explanation)
        #expect(Set(repairs).count == repairs.count && !repairs.contains(""))
    }
}
