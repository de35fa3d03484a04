import Engagement
import HTTPEngine
import Testing

@testable import EdgeServer

@Suite("An event's address is that of whom the trusted name, and nobody else's")
struct ForwardingTests {
    private static let click = "/tremclk?cuid=a%40m.example&sec=1&targetUrl=https%3A%2F%2Fwww.shop.example%2F"

    private func rig(_ settings: String) throws -> EdgeRig {
        try EdgeRig("{ \(settings), " + EdgeRig.sections.dropFirst())
    }

    private func addresses(_ rig: EdgeRig) throws -> [String?] {
        try rig.journaled().events.map { $0.view.address.map { "\($0)" } }
    }

    private static let peer = "127.0.0.0/24"

    @Test("Headers of whoever is not trusted are not read")
    func untrusted() throws {
        let rig = try rig("trustedProxies: [\"10.0.0.0/8\"]")
        let client = try rig.connect()
        let lines = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.1\r\n"
        #expect(try rig.exchange(client, browserRequest(Self.click, lines)).hasPrefix("HTTP/1.1 302"))
        #expect(try addresses(rig) == [Self.peer])
        #expect(ForwardedClient.Naming.allCases.allSatisfy { rig.counters.value($0) == 0 })
        #expect(ClientScheme.allCases.allSatisfy { rig.counters.value($0) == 0 })
    }

    @Test("One connection of a proxy carries many people; what can't be believed leaves the proxy's own address")
    func keptAlive() throws {
        let rig = try rig("trustedProxies: [\"127.0.0.1\", \"10.0.0.0/8\"]")
        let proxy = try rig.connect()
        let rows: [(lines: String, address: String)] = [
            ("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.0/24"),
            ("X-Forwarded-For: 198.51.100.7, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n", "198.51.100.0/24"),
            ("", Self.peer),
            ("Forwarded: for=\"[2001:db8:1:2::3]\";proto=http\r\n", "2001:db8:1::/48"),
            ("X-Forwarded-For: 192.0.2.1\r\nForwarded: for=203.0.113.9;proto=https\r\n", Self.peer),
            ("X-Forwarded-For: ann\r\n", Self.peer),
            ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.0/24"),
            ("X-Forwarded-For: 10.9.9.9, 10.0.0.1\r\n", "10.9.9.0/24"),
        ]
        for row in rows {
            #expect(try rig.exchange(proxy, browserRequest(Self.click, row.lines)).hasPrefix("HTTP/1.1 302"))
        }
        #expect(try addresses(rig) == rows.map(\.address))
        #expect(ForwardedClient.Naming.allCases.map { rig.counters.value($0) } == [5, 1, 1, 1])
        #expect([ClientScheme.unknown, .http, .https].map { rig.counters.value($0) } == [6, 1, 1])
        // Hashes tell people apart, and are the same for one person.
        let hashes = try rig.journaled().events.map { $0.view.addressHash?.value }
        // The proxy's own hash would make one client of all that it does not name.
        #expect(zip(rows, hashes).allSatisfy { ($0.address == Self.peer) == ($1 == nil) }, "\(hashes)")
        #expect(hashes[0] == hashes[6] && hashes[0] != hashes[1] && hashes[2] == hashes[4] && hashes[0] != hashes[2])
    }

    @Test("Whom a PROXY header names has to be trusted before its headers are read")
    func proxyHeader() throws {
        let rig = try rig("proxyProtocol: \"require\", trustedProxies: [\"127.0.0.1\", \"10.0.0.0/8\"]")
        let request = browserRequest(Self.click, "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n")
        for source in ["TCP4 192.0.2.1", "TCP4 10.0.0.1", "TCP6 2001:db8:1::2"] {
            let proxy = try rig.connect()
            let destination = source.hasPrefix("TCP4") ? "198.51.100.2" : "::1"
            let text = try rig.exchange(proxy, "PROXY \(source) \(destination) 1024 443\r\n" + request)
            #expect(text.hasPrefix("HTTP/1.1 302"))
        }
        let local = try rig.connect()
        #expect(try rig.exchange(local, "PROXY UNKNOWN\r\n" + request).hasPrefix("HTTP/1.1 302"))
        #expect(try addresses(rig) == ["192.0.2.0/24", "203.0.113.0/24", "2001:db8:1::/48", "203.0.113.0/24"])
        #expect(rig.counters.value(ForwardedClient.Naming.named) == 2)
        #expect(rig.counters.value(ClientScheme.https) == 2 && rig.counters.value(ClientScheme.unknown) == 2)
    }

    @Test("Each listener says for itself whether a header is required")
    func listeners() throws {
        let configuration = try #require(
            readConfiguration(
                """
                { workers: 1, admin: "127.0.0.1:0", proxyProtocol: "require", trustedProxies: ["10.0.0.0/8"],
                  listen: ["127.0.0.1:0", { address: "127.0.0.1:0", proxyProtocol: "off" },
                           { address: "127.0.0.1:0", proxyProtocol: "require" }] }
                """))
        let listeners = try EdgeListeners(configuration)
        #expect(listeners.edge.map { $0.map(\.requiresProxyHeader) } == [[true, false, true]])
        #expect(!listeners.admin.requiresProxyHeader)
    }

    @Test("This edge's name is the one that the client asked the proxy for")
    func host() throws {
        let inner = "https%3A%2F%2Fwww.shop.example%2F"
        let nested = "/tremclk?sec=1&targetUrl=https%3A%2F%2Ftrem.other.example%2Ftremclk%3Fsec%3D1%26targetUrl%3D"
        let target = nested + inner.replacing("%", with: "%25")
        for (trusted, isFollowed) in [("127.0.0.1", true), ("10.0.0.1", false)] {
            for line in ["X-Forwarded-Host: trem.other.example", "Forwarded: for=192.0.2.1;host=trem.other.example"] {
                let rig = try rig("trustedProxies: [\"\(trusted)\"]")
                let text = try rig.exchange(try rig.connect(), browserRequest(target, line + "\r\n"))
                #expect(text.contains("Location: https://www.shop.example/\r\n") == isFollowed, "\(trusted) \(line)")
            }
        }
    }
}
