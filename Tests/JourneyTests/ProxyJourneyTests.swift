import Foundation
import TestSupport
import Testing

@Suite("Who stands in front is configured, and believed from then on")
struct ProxyJourneyTests {
    private static let click = "/tremclk?cuid=a%40m.example&sec=1&targetUrl=https%3A%2F%2Fa.example%2F"

    private static func configuration(_ settings: String) -> String {
        "{ workers: 1, \(settings)sections: { \"1\": { hosts: [\"a.example\"] } } }"
    }

    private static func request(_ address: String) -> String {
        "GET \(click) HTTP/1.1\r\nHost: t.example\r\nX-Forwarded-For: \(address)\r\n\r\n"
    }

    private func addresses(_ node: ReloadedEdge) throws -> [String] {
        _ = try node.counted()
        return try node.tremolo("events").output.split(separator: "\n").map {
            try JSONDocument(String($0))["address"].string ?? "none"
        }
    }

    @Test("A reload trusts a proxy, on connections that are open, and stops trusting it")
    func reload() throws {
        let node = try ReloadedEdge(Self.configuration(""))
        let client = try BlockingHTTPClient(port: node.edge.port)
        func ask(_ address: String) throws {
            try client.send(Self.request(address))
            #expect(try client.receive().status == 302)
        }
        try ask("192.0.2.1")
        try node.write(Self.configuration("trustedProxies: [\"127.0.0.1\"], "))
        #expect(try node.reload().1["changed"].elements.map(\.string) == ["trustedProxies"])
        try ask("192.0.2.1")
        try node.write(Self.configuration("trustedProxies: [\"10.0.0.0/8\"], "))
        #expect(try node.reload().status == 200)
        try ask("192.0.2.1")
        let all = try addresses(node)
        #expect(all.map { $0.hasPrefix("192.0.2.0") } == [false, true, false], "\(all)")
        // What needs a restart is named.
        try node.write(Self.configuration("trustedProxies: [\"10.0.0.0/8\"], proxyProtocol: \"require\", "))
        let reply = try node.reload()
        #expect(reply.status == 200)
        #expect(reply.1["needsRestart"].elements.map(\.string) == ["proxyProtocol"])
        try ask("192.0.2.1")
        #expect(node.edge.end() == 0)
    }

    @Test("Where the header is required, who sends none and who may not is closed and counted")
    func required() throws {
        let node = try ReloadedEdge(
            Self.configuration("trustedProxies: [\"127.0.0.1\"], proxyProtocol: \"require\", "))
        let proxy = try BlockingHTTPClient(port: node.edge.port)
        try proxy.send("PROXY TCP4 192.0.2.1 198.51.100.2 1024 443\r\n" + Self.request("203.0.113.9"))
        #expect(try proxy.receive().status == 302)
        // The same connection stays that of the same client.
        #expect(try proxy.get(Self.click).status == 302)
        #expect(try addresses(node).allSatisfy { $0.hasPrefix("192.0.2.0") })
        for (source, text) in [(UInt32(0), Self.request("192.0.2.1")), (0x7F00_0009, "PROXY UNKNOWN\r\n")] {
            let other = try BlockingHTTPClient(port: node.edge.port, source: source)
            // It may be closed before it has sent anything.
            try? other.send(text)
            #expect(throws: HTTPClientFailure.closed) { try other.receive() }
        }
        let metrics = try node.ask("GET", "/metrics").text
        #expect(metrics.contains("tremolo_connections_total{event=\"proxy_header_malformed\"} 1\n"))
        #expect(metrics.contains("tremolo_connections_total{event=\"proxy_header_untrusted\"} 1\n"))
        #expect(node.edge.end() == 0)
    }

    @Test("A network's label is that of the client, and not of the proxy")
    func label() throws {
        let rules = try TemporaryFolder()
        let list =
            "{ networks: [{ label: \"proxy\", ranges: [\"127.0.0.0/8\"] }, "
            + "{ label: \"office\", ranges: [\"192.0.2.0/28\"] }] }"
        try Data(list.utf8).write(to: URL(fileURLWithPath: rules.path + "/rules.json5"))
        let node = try ReloadedEdge(
            Self.configuration("trustedProxies: [\"127.0.0.1\"], rules: \"\(rules.path)\", "),
            environment: ["TREMOLO_RULES": ""])
        let client = try BlockingHTTPClient(port: node.edge.port)
        for address in ["192.0.2.1", "192.0.2.17", "nonsense"] {
            try client.send(Self.request(address))
            #expect(try client.receive().status == 302)
        }
        _ = try node.counted()
        let labels = try node.tremolo("events").output.split(separator: "\n").map {
            try JSONDocument(String($0))["network"].string
        }
        #expect(labels == ["office", nil, "proxy"])
        #expect(node.edge.end() == 0)
    }

    @Test("Requiring the header without trusting anybody is refused, and so is a word that is none")
    func refused() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/t.json5"
        let rows = [
            ("proxyProtocol: \"require\", ", "1:30: proxyProtocol: "),
            ("listen: [{ address: \"127.0.0.1:1\", proxyProtocol: \"require\" }], ", "1:23: listen: "),
            ("proxyProtocol: \"sniff\", ", "1:30: proxyProtocol: "),
        ]
        for (settings, problem) in rows {
            try Data(Self.configuration(settings).utf8).write(to: URL(fileURLWithPath: file))
            let result = try tremolo(["config", "check", "--config", file])
            #expect(result.status == 78)
            #expect((result.output + result.errors).contains(problem), "\(result.output) \(result.errors)")
        }
        let good = Self.configuration(
            "listen: [\"127.0.0.1:1\", { address: \"127.0.0.1:2\", proxyProtocol: \"require\" }], "
                + "trustedProxies: [\"10.0.0.0/8\"], ")
        try Data(good.utf8).write(to: URL(fileURLWithPath: file))
        #expect(try tremolo(["config", "check", "--config", file]).status == 0)
        #expect(try tremolo(["config", "print", "--config", file]).output.contains("require"))
    }

    @Test("Idle connections of a trusted proxy stay when strangers fill every place")
    func neverShed() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/t.json5"
        try Data(Self.configuration("trustedProxies: [\"127.0.0.1\"], ").utf8).write(to: URL(fileURLWithPath: file))
        // At most 300 of 600 descriptors are for connections.
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: file,
            wrapper: ["/bin/sh", "-c", "ulimit -n 600; exec \"$0\" \"$@\""])
        let proxies = try (0..<100).map { _ in try BlockingHTTPClient(port: edge.port) }
        for proxy in proxies { #expect(try proxy.get("/").status == 200) }
        var strangers: [BlockingHTTPClient] = []
        for number in 0..<600 {
            let stranger = try BlockingHTTPClient(port: edge.port, source: 0x7F00_0100 + UInt32(number % 7))
            #expect(try stranger.get("/").status == 200)
            strangers.append(stranger)
        }
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try admin.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
        let metrics = try admin.receive().text
        let shed = metrics.split(separator: "\n").first { $0.hasPrefix("tremolo_connections_total{event=\"shed\"}") }
        #expect(shed.flatMap { Int($0.split(separator: " ")[1]) } ?? 0 >= 300, "\(shed ?? "")")
        for proxy in proxies {
            try proxy.send(Self.request("192.0.2.1"))
            #expect(try proxy.receive().status == 302)
        }
        #expect(edge.end() == 0)
    }
}
