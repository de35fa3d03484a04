import Bytes
import Testing
import TrackingLinks

@Suite("A tracking link inside of a tracking link is followed to its end")
struct NestedLinkTests {
    private static let edge = "trem.example.com"
    private static let target = "https://www.mywebsite.com/cart?x=1&y=2"

    private static func link(to target: String, host: String = edge, sec: String = "only") -> String {
        var link = LinkBuilder(base: "https://\(host)", resource: .click)
        link.append(.sec, sec)
        link.append(.cuid, "a@mail.example")
        link.append(.targetUrl, target)
        return link.text
    }

    private static func given(_ link: String, edge: String = edge, fallback: String? = "https://www.mywebsite.com/")
        throws
        -> Answer
    {
        let query = Array(link.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
        var scratch = LinkScratch()
        let policy = try Sections.policy(fallback: fallback)
        return answer(query: query, policy: policy, edge: edge, scratch: &scratch)
    }

    @Test(arguments: 1...4)
    func isFollowed(_ depth: Int) throws {
        var link = Self.link(to: Self.target)
        for _ in 0..<depth { link = Self.link(to: link) }
        let given = try Self.given(link)
        #expect(given.outcome == .redirected && given.reason == .listed)
        #expect(given.destination == Self.target)
        #expect(given.storedTarget == "https://www.mywebsite.com/cart")
        #expect(given.repairs == .nestedLink)
    }

    @Test func moreDeeplyThanIsFollowedItIsAStray() throws {
        var link = Self.link(to: Self.target)
        for _ in 0..<5 { link = Self.link(to: link) }
        let given = try Self.given(link)
        #expect(given.outcome == .fallback && given.reason == .unusable(.nested))
        #expect(given.destination == "https://www.mywebsite.com/")
        #expect(given.repairs == .nestedLink)
        #expect(try Self.given(link, fallback: nil).outcome == .refused)
    }

    @Test func damageWithinIsUndoneToo() throws {
        let inner = Self.link(to: Self.target).replacing("&", with: "&amp;")
        let given = try Self.given(Self.link(to: inner))
        #expect(given.destination == Self.target)
        #expect(given.repairs == [.nestedLink, .encodedEntity])
        let twice = try Self.given(Self.link(to: Self.link(to: Self.target.replacing(":", with: "%3A"))))
        #expect(twice.destination == Self.target)
        #expect(twice.repairs == [.nestedLink, .doubleEncoded])
    }

    @Test func theSectionWithinDecides() throws {
        let elsewhere = try Self.given(Self.link(to: Self.link(to: Self.target, sec: "unknown")))
        #expect(elsewhere.outcome == .asked && elsewhere.reason == .unknownSection)
        let evil = try Self.given(Self.link(to: Self.link(to: "https://evil.example/")))
        #expect(evil.outcome == .asked && evil.host == "evil.example")
    }

    @Test func withoutATargetItIsAStray() throws {
        let given = try Self.given(Self.link(to: "https://\(Self.edge)/tremclk?sec=only"))
        #expect(given.outcome == .fallback && given.reason == .missingTarget)
    }

    struct Host: CustomTestStringConvertible {
        var testDescription: String { "\(target) at \(edge)" }
        var edge: String
        var target: String
        var isOwn: Bool
    }

    static let hosts = [
        Host(edge: "trem.example.com", target: "http://TREM.example.com/tremclk/", isOwn: true),
        Host(edge: "Trem.Example.COM:80", target: "https://trem.example.com/tremclk", isOwn: true),
        Host(edge: "trem.example.com:443", target: "https://trem.example.com:443/tremclk", isOwn: true),
        Host(edge: "127.0.0.1:8080", target: "http://127.0.0.1:8080/tremclk", isOwn: true),
        Host(edge: "127.0.0.1:8080", target: "http://127.0.0.1/tremclk", isOwn: false),
        Host(edge: "trem.example.com", target: "https://trem.example.com:8080/tremclk", isOwn: false),
        Host(edge: "trem.example.com", target: "https://other.example.com/tremclk", isOwn: false),
        Host(edge: "trem.example.com", target: "https://trem.example.com/tremop", isOwn: false),
        Host(edge: "trem.example.com", target: "https://trem.example.com/x/tremclk", isOwn: false),
        Host(edge: "", target: "https://trem.example.com/tremclk", isOwn: false),
        Host(edge: "bad host", target: "https://trem.example.com/tremclk", isOwn: false),
    ]

    @Test(arguments: hosts)
    func onlyTheEdgesOwnLinkIsFollowed(_ row: Host) throws {
        let inner = row.target + "?sec=only&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        let given = try Self.given(Self.link(to: inner), edge: row.edge)
        #expect((given.outcome == .redirected) == row.isOwn)
        #expect(given.repairs.contains(.nestedLink) == row.isOwn)
    }

    @Test func whatIsRememberedOfALinkDoesNotDependOnTheEdge() throws {
        let query = Array("sec=only&targetUrl=https%3A%2F%2Ftrem.example.com%2Ftremclk%3Fsec%3Donly".utf8)
        var scratch = LinkScratch()
        let policy = try Sections.policy()
        for edge in ["trem.example.com", "other.example.com", "trem.example.com"] {
            let given = answer(query: query, policy: policy, edge: edge, scratch: &scratch)
            #expect((given.reason == .missingTarget) == (edge == Self.edge))
        }
    }
}
