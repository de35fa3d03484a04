import LoadEngine
import Testing

@testable import TremoloBench

@Suite("The links of the row `signed` are a campaign's, whole, signed or damaged")
struct CampaignLinkTests {
    private static let all = CampaignLinks(targets: 4_096, isSigned: false)
    private var links: CampaignLinks { Self.all }

    @Test("Thousands of visitors click thousands of targets, and each link leads to its own")
    func distinct() {
        #expect(links.heads.count == 4_096 && Set(links.heads).count == 4_096)
        #expect(Set(links.locations).count > 2_000)
        for (head, location) in links.sample {
            let encoded = location.replacing("%", with: "%25").replacing(":", with: "%3A").replacing("/", with: "%2F")
                .replacing("?", with: "%3F").replacing("=", with: "%3D").replacing("&", with: "%26")
            #expect(location.hasPrefix("https://www.mywebsite.com/product/"))
            #expect(RequestHeads.resource(of: head).hasSuffix("&targetUrl=\(encoded)"))
        }
        #expect(Set(CampaignLinks(targets: 8, isSigned: false).locations).count == 8)
    }

    @Test("Signed and unsigned links differ by their section alone")
    func sections() {
        let others = CampaignLinks(targets: 4_096, isSigned: true)
        #expect(others.heads == links.heads.map { $0.replacing("sec=8781202", with: "sec=8781203") })
        #expect(others.heads != links.heads && others.locations == links.locations)
    }

    @Test(
        "Damage is done to the link and to nothing else of the request",
        arguments: [
            (CampaignLinks.Damage.ampersandEntities, "/c?a=%5B1%5D&amp;targetUrl=https%3A%2F%2Fb.example%2F&amp;va="),
            (.encodedTwice, "/c?a=%5B1%5D&targetUrl=https%253A%252F%252Fb.example%252F&va="),
        ])
    func damage(_ damage: CampaignLinks.Damage, _ damaged: String) {
        #expect(damage.applied(to: "/c?a=%5B1%5D&targetUrl=https%3A%2F%2Fb.example%2F&va=") == damaged)
        #expect(CampaignLinks.Damage.encodedTwice.applied(to: "/c?a=%5B1%5D") == "/c?a=%5B1%5D")
        for (head, whole) in zip(links.damaged(by: damage).heads, links.heads).prefix(9) {
            let resource = String(RequestHeads.resource(of: whole))
            #expect(head == whole.replacing(resource, with: damage.applied(to: resource)) && head != whole)
        }
    }
}

@Suite("Heads that are sent as they are given are whole, and their answers are compared")
struct RequestHeadTests {
    @Test("The same heads at every call, each a whole one")
    func made() {
        let heads = RequestHeads.made(of: .standard, count: 20)
        #expect(heads == RequestHeads.made(of: .standard, count: 20) && Set(heads).count == 20)
        for head in heads { #expect(head.hasPrefix("GET /tremclk?cuid=r") && head.hasSuffix("\r\n\r\n")) }
    }

    @Test("A head asks for another resource, and is the same otherwise")
    func asking() {
        let head = "GET /a?b HTTP/1.1\r\nHost: c.example\r\n\r\n"
        #expect(RequestHeads.resource(of: head) == "/a?b")
        #expect(RequestHeads.head(head, askingFor: "/d") == "GET /d HTTP/1.1\r\nHost: c.example\r\n\r\n")
        #expect(RequestHeads.resource(of: "GET") == "")
    }

    @Test("An answer leads there when it is a redirect to that very URL")
    func redirects() {
        let answer = "HTTP/1.1 302 Found\r\nLocation: https://a.example/b\r\nContent-Length: 0\r\n\r\n"
        #expect(RequestHeads.redirects(answer, to: "https://a.example/b"))
        #expect(!RequestHeads.redirects(answer, to: "https://a.example/"))
        #expect(!RequestHeads.redirects(answer, to: "https://a.example/bc"))
        #expect(!RequestHeads.redirects(answer.replacing("302 Found", with: "200 OK"), to: "https://a.example/b"))
    }
}
