import Foundation
import TestSupport
import Testing

@Suite(
    "HAProxy, nginx and Caddy, from the project's examples, stand in front and change nothing",
    .enabled(if: OutsideProgram.isAskedFor))
struct InFrontTests {
    private static let campaign = "cuid=ann%40mail.example&sec=8781202&expId=17"
    private static let click = "/tremclk?\(campaign)&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale"
    /// What no log may hold: who the recipient is, and where exactly it was.
    private static let planted = [
        "ann@", "ann%40", "cuid", "mail.example", FrontReply.source, "carol", "4915112345678",
    ]

    struct Row: CustomTestStringConvertible, Sendable {
        let status: Int
        let path: String
        var arguments: [String] = []
        var testDescription: String { "\(status) \(path.prefix(40))" }
    }

    static let rows = [
        Row(status: 302, path: click),
        Row(status: 302, path: click, arguments: ["-I", "-o", "/dev/null"]),
        Row(status: 302, path: "/tremclk/?\(campaign)&targetUrl=http://www.mywebsite.com/a?x=1&y=%20%2F%3F"),
        Row(status: 200, path: "/tremclk?\(campaign)&targetUrl=https%3A%2F%2Felsewhere.example%2F"),
        Row(status: 404, path: "/tremclk?sec=1&targetUrl=javascript%3Aa()"),
        Row(status: 200, path: "/tremop/?\(campaign)"),
        Row(status: 405, path: click, arguments: ["-X", "POST", "-d", "x=1"]),
        Row(status: 501, path: click, arguments: ["-X", "BREW"]),
        Row(status: 404, path: "/carol@mail.example"),
        Row(status: 404, path: "/u/carol%40mail.example/+4915112345678?\(campaign)"),
        Row(status: 404, path: "/tremclk%3F\(campaign)"),
        Row(status: 404, path: "/a/../b//c"),
        Row(status: 414, path: click + "&pad=" + String(repeating: "p", count: 9_000)),
        Row(
            status: 431, path: click,
            arguments: (0..<3).flatMap { ["-H", "X-Long-\($0): " + String(repeating: "h", count: 6_000)] }),
        Row(status: 200, path: "/"),
        Row(status: 200, path: "/robots.txt"),
        Row(status: 204, path: "/favicon.ico"),
    ]

    private static let settings = """
        { workers: 2, sections: {
            "8781202": { hosts: ["www.mywebsite.com"], otherwise: "ask" } } }
        """

    private func startEdge(_ proxy: FrontProxy, in folder: String) throws -> RunningEdge {
        let file = folder + "/tremolo.json5"
        // Where a header is required, the test itself has to be trusted, too.
        let trusted = proxy.speaksProxyProtocol ? "\"127.0.0.1\", \"\(FrontReply.source)\"" : "\"127.0.0.1\""
        try Data(Self.settings.replacing("{ workers", with: "{ trustedProxies: [\(trusted)], workers").utf8).write(
            to: URL(fileURLWithPath: file))
        return try RunningEdge(
            data: folder + "/data", configuration: file,
            environment: proxy.speaksProxyProtocol ? ["TREMOLO_PROXY_PROTOCOL": "require"] : [:])
    }

    @Test("Every answer is the edge's own; address and scheme arrive; logs name nobody", arguments: FrontProxy.allCases)
    func everyAnswer(_ proxy: FrontProxy) throws {
        let folder = try TemporaryFolder()
        let edge = try startEdge(proxy, in: folder.path)
        let front = try RunningFront(proxy, in: folder.path, edge: edge)
        for domain in RunningFront.domains {
            for row in Self.rows {
                var through = try front.ask(row.path, of: domain, row.arguments)
                #expect(through.status == "\(row.status)", "\(row)")
                #expect(through.version == "2", "\(row)")
                #expect(through.cacheControl == "no-store, private", "\(row)")
                // The same from the edge itself, whatever stands in front of others.
                let header = proxy.speaksProxyProtocol ? ["--haproxy-protocol"] : []
                let straight = try FrontReply.ask(
                    row.arguments + header, domain: domain, port: edge.port,
                    url: "http://\(domain):\(edge.port)\(row.path)")
                through.version = straight.version
                #expect(through == straight, "\(row)")
            }
        }
        // HTTP/1.1 outside as well, and without TLS.
        #expect(try front.ask(Self.click, version: "--http1.1").status == "302")
        let plain = try FrontReply.ask(
            [], domain: RunningFront.domains[0], port: front.places.port,
            url: "http://\(RunningFront.domains[0]):\(front.places.port)\(Self.click)")
        #expect(plain.status == "302")
        try checkMetrics(edge, proxy)
        try comeToNoRequest(front)
        #expect(edge.end() == 0)
        try checkEvents(folder.path)
        // The edge is gone: that is told, too, and names nobody.
        let gone = try front.ask(Self.click)
        #expect(["502", "503", "504"].contains(gone.status))
        front.end()
        try checkLogs(front)
    }

    /// Rows of one domain that make an event; each was asked for through the proxy and straight.
    private static let eventRows = 6

    private func checkEvents(_ folder: String) throws {
        let result = try tremolo(["events", "--data", folder + "/data", "--config", folder + "/tremolo.json5"])
        let events = try result.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        #expect(events.count == Self.eventRows * RunningFront.domains.count * 2 + 2)
        // Nobody is the proxy itself.
        let addresses = Set(events.compactMap { $0["address"].string })
        #expect(addresses.count == 1 && addresses.first?.hasPrefix(FrontReply.cutSource) == true, "\(addresses)")
        #expect(!result.output.contains(FrontReply.source))
    }

    private func checkMetrics(_ edge: RunningEdge, _ proxy: FrontProxy) throws {
        let metrics = try metrics(edge)
        func value(_ sample: String) -> Int {
            metrics.split(separator: "\n").first { $0.hasPrefix(sample + " ") }.flatMap {
                Int($0.dropFirst(sample.count + 1))
            } ?? -1
        }
        let secure = Self.eventRows * RunningFront.domains.count + 1
        #expect(value("tremolo_client_scheme_requests_total{scheme=\"https\"}") == secure)
        #expect(value("tremolo_client_scheme_requests_total{scheme=\"http\"}") == 1)
        let named = value("tremolo_forwarded_requests_total{address=\"named\"}")
        #expect(named == (proxy.speaksProxyProtocol ? 0 : secure + 1))
        #expect(value("tremolo_forwarded_requests_total{address=\"contradicted\"}") == 0)
        #expect(value("tremolo_connections_total{event=\"proxy_header_malformed\"}") == 0)
    }

    private func metrics(_ edge: RunningEdge) throws -> String {
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try admin.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
        return try admin.receive().text
    }

    /// Connections that fail before there is a request: what is no TLS, and a version of it that nobody takes any more.
    private func comeToNoRequest(_ front: RunningFront) throws {
        let place = "127.0.0.1:\(front.places.securePort)/"
        for arguments in [["http://" + place], ["--insecure", "--tls-max", "1.1", "https://" + place]] {
            let result = try OutsideProgram.run(
                "/usr/bin/curl",
                ["-s", "--interface", FrontReply.source, "-o", "/dev/null", "-w", "%{http_code}"] + arguments)
            #expect(["000", "400"].contains(result.output), "\(arguments)")
        }
    }

    private func checkLogs(_ front: RunningFront) throws {
        let log = try front.logText()
        if front.proxy.rawValue.hasPrefix("haproxy") {
            let failed = log.split(separator: "\n").filter { $0.contains(FrontReply.cutSource) && $0.contains(" tls=") }
            #expect(failed.count == 2, "a failed handshake is told: \(log.suffix(2_000))")
        }
        // What was asked for is there, as far as it may be, and from where about.
        let lines = log.split(separator: "\n").filter { $0.contains("/tremclk") && $0.contains(FrontReply.cutSource) }
        #expect(lines.count >= 9 * RunningFront.domains.count, "\(log.prefix(2_000))")
        #expect(lines.contains { $0.contains("302") } && lines.contains { $0.contains("405") })
        for secret in Self.planted {
            let line = log.split(separator: "\n").first { $0.contains(secret) }
            #expect(line == nil, "\(secret)")
        }
    }

    @Test("What a client says of itself is not believed", arguments: FrontProxy.allCases)
    func spoofed(_ proxy: FrontProxy) throws {
        let folder = try TemporaryFolder()
        let edge = try startEdge(proxy, in: folder.path)
        let front = try RunningFront(proxy, in: folder.path, edge: edge)
        let lines = [
            "X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9;proto=http", "X-Forwarded-Proto: http",
            "X-Forwarded-Host: evil.example", "X-Real-IP: 203.0.113.9",
        ]
        for version in ["--http2", "--http1.1"] {
            let reply = try front.ask(Self.click, version: version, lines.flatMap { ["-H", $0] })
            #expect(reply.status == "302")
        }
        let metrics = try metrics(edge)
        #expect(metrics.contains("tremolo_client_scheme_requests_total{scheme=\"https\"} 2\n"))
        front.end()
        #expect(edge.end() == 0)
        let result = try tremolo(
            ["events", "--data", folder.path + "/data", "--config", folder.path + "/tremolo.json5"])
        let events = try result.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        #expect(events.count == 2)
        #expect(events.allSatisfy { $0["address"].string?.hasPrefix(FrontReply.cutSource) == true }, "\(result.output)")
    }
}
