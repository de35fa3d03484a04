import Testing
import TrackingLinks

@Suite("An explanation says what the server would do, step by step")
struct LinkExplanationTests {
    @Test func aRedirect() throws {
        let url =
            "https://trem.brand.example/tremclk?cuid=a%40mail.example&sec=8781202&sec=1&x=1"
            + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale%3Fa%3D1%23top"
        let explanation = LinkExplanation(of: url, sections: try Sections.samples(), nowNanoseconds: 0)
        #expect(explanation.outcome == .redirected)
        #expect(explanation.repairs == .repeatedField)
        let lines = explanation.steps.dropFirst().map { "\($0.topic) \($0.name): \($0.value)" }
        #expect(
            lines == [
                "link resource: click",
                "field cuid: a@mail.example",
                "field sec: 8781202",
                "note repeatedField: sec is repeated; the first counts",
                "field targetUrl: https://www.mywebsite.com/sale?a=1#top",
                "field unknown: 1",
                "section configured: yes",
                "target scheme: https",
                "target host: www.mywebsite.com",
                "target port: 443",
                "target path: /sale",
                "target query: a=1",
                "target fragment: top",
                "decision outcome: redirected",
                "decision reason: listed: the section lists the host",
                "response status: 302",
                "response Location: https://www.mywebsite.com/sale?a=1#top",
            ])
    }

    struct Row: CustomTestStringConvertible {
        var testDescription: String { url }
        var url: String
        var outcome: Outcome?
        var last: String
    }

    static let rows: [Row] = [
        Row(url: "/tremop/?sec=8781202", outcome: .pixel, last: "image: 1x1 transparent"),
        Row(url: "/tremop", outcome: .pixel, last: "image: 1x1 transparent"),
        Row(url: "http://127.0.0.1:8080/tremclk", outcome: .refused, last: "page: says that the link leads nowhere"),
        Row(
            url: "/tremclk?sec=8781202", outcome: .fallback, last: "Location: https://www.mywebsite.com/"),
        Row(
            url: "/tremclk?sec=8781202&targetUrl=ftp://x.example", outcome: .fallback,
            last: "Location: https://www.mywebsite.com/"),
        Row(
            url: "/tremclk?sec=1&targetUrl=https://x.example/#top", outcome: .asked,
            last: "page: asks, and links to https://x.example/"),
        Row(url: "/tremclk?sec=1&targetUrl=https://ﬀ.example/", outcome: .asked, last: "page: asks, without a link"),
        Row(url: "https://trem.brand.example", outcome: nil, last: "resource: none:  is no path of a tracking link"),
        Row(url: "https://trem.brand.example?x", outcome: nil, last: "resource: none:  is no path of a tracking link"),
        Row(url: "", outcome: nil, last: "resource: none:  is no path of a tracking link"),
        Row(url: "#", outcome: nil, last: "resource: none:  is no path of a tracking link"),
        Row(url: "/x?sec=1", outcome: nil, last: "resource: none: /x is no path of a tracking link"),
    ]

    @Test(arguments: rows)
    func answer(_ row: Row) throws {
        let explanation = LinkExplanation(of: row.url, sections: try Sections.samples(), nowNanoseconds: 0)
        #expect(explanation.outcome == row.outcome)
        #expect(explanation.steps.last.map { "\($0.name): \($0.value)" } == row.last)
        #expect(explanation.repairs.contains(.lostFragment) == row.url.contains("#"))
    }

    @Test func everyReasonIsExplained() {
        let explanations = DecisionReason.allCases.map(\.explanation)
        #expect(Set(explanations).count == explanations.count)
    }
}
