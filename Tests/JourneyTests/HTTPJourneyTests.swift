import Foundation
import TestSupport
import Testing

/// What a client sends on a connection of its own, and what it must get.
struct HTTPExchange: Sendable {
    let name: String
    let request: String
    let status: Int
    /// The connection goes on after the answer.
    let staysOpen: Bool
    /// Headers of the answer, by lower-cased name.
    let headers: [String: String]
    /// The answer to HEAD, which has no body.
    let isHead: Bool

    init(
        _ name: String, _ request: String, _ status: Int, staysOpen: Bool = true, headers: [String: String] = [:],
        isHead: Bool = false
    ) {
        self.name = name
        self.request = request
        self.status = status
        self.staysOpen = staysOpen
        self.headers = headers
        self.isHead = isHead
    }

    private static let click = "/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart"
    private static let location = ["location": "https://www.mywebsite.com/cart"]
    private static let allow = ["allow": "GET, HEAD"]
    private static let host = "Host: trem.brand.example\r\n"

    private static func request(_ method: String, _ target: String, _ lines: String = "", body: String = "") -> String {
        "\(method) \(target) HTTP/1.1\r\n\(host)\(lines)\r\n\(body)"
    }

    /// A request that breaks a rule and ends its connection.
    private static func refused(_ name: String, _ status: Int, _ request: String) -> HTTPExchange {
        HTTPExchange(name, request, status, staysOpen: false)
    }

    static let answered = [
        HTTPExchange("GET click", request("GET", click), 302, headers: location),
        HTTPExchange("HEAD click", request("HEAD", click), 302, headers: location, isHead: true),
        HTTPExchange("HEAD pixel", request("HEAD", "/tremop"), 200, headers: ["content-length": "43"], isHead: true),
        HTTPExchange("HEAD refused", request("HEAD", "/tremclk?sec=8772046"), 404, isHead: true),
        HTTPExchange("POST click", request("POST", click), 405, headers: allow),
        HTTPExchange("PUT pixel", request("PUT", "/tremop"), 405, headers: allow),
        HTTPExchange("DELETE elsewhere", request("DELETE", "/x"), 405, headers: allow),
        HTTPExchange("PATCH", request("PATCH", "/tremop"), 405, headers: allow),
        HTTPExchange("OPTIONS", request("OPTIONS", "/tremop"), 405, headers: allow),
        HTTPExchange("OPTIONS of the server", request("OPTIONS", "*"), 405, headers: allow),
        HTTPExchange("TRACE", request("TRACE", "/tremop"), 405, headers: allow),
        HTTPExchange("robots", request("GET", "/robots.txt"), 200, headers: ["content-length": "26"]),
        HTTPExchange("no icon", request("GET", "/favicon.ico"), 204),
        HTTPExchange("root", request("GET", "/"), 200, headers: ["content-type": "text/html; charset=utf-8"]),
        HTTPExchange("nothing there", request("GET", "/tremclk.php"), 404),
        HTTPExchange("absolute form", request("GET", "http://trem.brand.example" + click), 302, headers: location),
        HTTPExchange("absolute form, root", request("GET", "http://trem.brand.example"), 200),
        HTTPExchange("a line of 8,000 bytes", request("GET", "/tremop?x=" + pad(7_977)), 200),
        HTTPExchange("an empty line first", "\r\n" + request("GET", click), 302, headers: location),
        HTTPExchange("a body dropped", request("GET", click, "Content-Length: 5\r\n", body: "hello"), 302),
        HTTPExchange("a posted body dropped", request("POST", "/", "Content-Length: 2\r\n", body: "{}"), 405),
        HTTPExchange(
            "chunks dropped", request("GET", click, "Transfer-Encoding: chunked\r\n", body: "3\r\nabc\r\n0\r\n\r\n"),
            302),
        HTTPExchange(
            "asked to close", request("GET", click, "Connection: close\r\n"), 302, staysOpen: false,
            headers: ["connection": "close"]),
        HTTPExchange("HTTP/1.0", "GET \(click) HTTP/1.0\r\n\r\n", 302, staysOpen: false, headers: location),
        HTTPExchange(
            "HTTP/1.0 kept alive", "GET \(click) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 302,
            headers: ["connection": "keep-alive"]),
    ]

    static let rejected = [
        refused("an unknown method", 501, request("BREW", "/tremop")),
        refused("a method in small letters", 501, request("get", "/tremop")),
        refused("a longer line", 414, request("GET", "/tremop?x=" + pad(8_300))),
        refused("a long head", 431, request("GET", "/", "X-A: \(pad(9_000))\r\nX-B: \(pad(9_000))\r\n")),
        refused("many headers", 431, request("GET", "/", String(repeating: "A: b\r\n", count: 64))),
        refused("no host", 400, "GET / HTTP/1.1\r\n\r\n"),
        refused("two hosts", 400, request("GET", "/", host)),
        refused("a bad host", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        refused("a folded header", 400, request("GET", "/", "X-A: b\r\n c\r\n")),
        refused("a bare carriage return", 400, request("GET", "/", "X-A: b\rc\r\n")),
        refused("a bare line feed", 400, "GET / HTTP/1.1\nHost: a\n\n"),
        refused("a bad name", 400, request("GET", "/", "X A: b\r\n")),
        refused("no name", 400, request("GET", "/", ": b\r\n")),
        refused("a space before the colon", 400, request("GET", "/", "X-A : b\r\n")),
        refused("a control byte", 400, request("GET", "/", "X-A: \u{1}\r\n")),
        refused("no version", 400, "GET /\r\n\r\n"), refused("two spaces", 400, "GET  / HTTP/1.1\r\n\(host)\r\n"),
        refused("another version", 505, "GET / HTTP/2.0\r\n\(host)\r\n"),
        refused("a target without a slash", 400, request("GET", "tremop")),
        refused("user info", 400, request("GET", "http://a@trem.brand.example/")),
        refused("two framings", 400, request("POST", "/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")),
        refused("two lengths", 400, request("POST", "/", "Content-Length: 1\r\nContent-Length: 1\r\n")),
        refused("a bad length", 400, request("POST", "/", "Content-Length: +1\r\n")),
        refused("an unknown coding", 501, request("POST", "/", "Transfer-Encoding: gzip, chunked\r\n")),
        refused("an unknown expectation", 417, request("POST", "/", "Content-Length: 1\r\nExpect: more\r\n")),
    ]

    private static func pad(_ count: Int) -> String { String(repeating: "a", count: count) }
}

@Suite("The binary keeps its promises of HTTP")
struct HTTPJourneyTests {
    private static let click =
        "GET /tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fp HTTP/1.1\r\nHost: t.example\r\n\r\n"
    private static let pixel = "GET /tremop?sec=8781202 HTTP/1.1\r\nHost: t.example\r\n\r\n"

    /// What stands in every answer, whatever it is.
    private func checkCommonHeaders(_ reply: HTTPReply, _ name: String) {
        #expect(reply.headers["date"]?.hasSuffix(" GMT") == true, "\(name)")
        #expect(reply.headers["cache-control"] == "no-store, private", "\(name)")
        #expect(reply.headers["x-robots-tag"] == "noindex", "\(name)")
        #expect(reply.headers["server"] == nil, "\(name)")
    }

    @Test("A link that is too long is refused with a page that a person can read")
    func tooLong() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: shippedConfiguration())
        let long = String(repeating: "a", count: 9_000)
        let requests = [
            (414, "GET /tremclk?sec=8781202&x=\(long) HTTP/1.1\r\nHost: t.example\r\n\r\n"),
            (431, "GET /tremclk?sec=1 HTTP/1.1\r\nHost: t.example\r\nCookie: \(long)\r\nX-A: \(long)\r\n\r\n"),
        ]
        for (status, request) in requests {
            let client = try BlockingHTTPClient(port: edge.port)
            try client.send(request)
            let reply = try client.receive()
            #expect(reply.status == status)
            #expect(reply.headers["content-type"] == "text/html; charset=utf-8")
            #expect(reply.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
            #expect(reply.headers["referrer-policy"] == "no-referrer")
            #expect(reply.text.contains("<h1>This link is too long</h1>"))
            #expect(!reply.text.contains("aaaa"))
            checkCommonHeaders(reply, "\(status)")
        }
        #expect(edge.end() == 0)
    }

    @Test("What is a request is answered, what is none is refused by its status, and the connection ends or goes on")
    func table() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: shippedConfiguration())
        for row in HTTPExchange.answered + HTTPExchange.rejected {
            let client = try BlockingHTTPClient(port: edge.port)
            try client.send(row.request)
            let reply = try client.receive(toHead: row.isHead)
            #expect(reply.status == row.status, "\(row.name)")
            for (header, value) in row.headers { #expect(reply.headers[header] == value, "\(row.name): \(header)") }
            checkCommonHeaders(reply, row.name)
            if row.staysOpen {
                #expect(try client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n", "\(row.name)")
            } else {
                #expect(client.receiveUntilClosed().isEmpty, "\(row.name)")
            }
        }
        // None of the refused ones, and nothing that is no tracking resource, is received.
        let report = try JSONDocument(
            try tremolo(["report", "--data", folder.path + "/data", "--format", "json"]).output)
        let recorded = HTTPExchange.answered.count {
            [200, 302, 404].contains($0.status) && ($0.request.contains("/tremclk?") || $0.request.contains("/tremop"))
        }
        #expect(report["accounting"]["journaled"].int == recorded)
        #expect(edge.end() == 0)
    }

    @Test("Requests arrive a byte at a time, several in a packet, and from a client that has closed its side")
    func arrival() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: shippedConfiguration())
        let slow = try BlockingHTTPClient(port: edge.port)
        for byte in Array((Self.click + Self.pixel).utf8) { try slow.send([byte]) }
        #expect(try slow.receive().status == 302)
        #expect(try slow.receive().body.count == 43)

        let many = try BlockingHTTPClient(port: edge.port)
        try many.send(String(repeating: Self.click + Self.pixel, count: 100))
        for _ in 0..<100 {
            #expect(try many.receive().status == 302)
            #expect(try many.receive().status == 200)
        }

        let split = try BlockingHTTPClient(port: edge.port)
        let both = Array((Self.click + Self.pixel).utf8)
        try split.send(Array(both[..<(Self.click.utf8.count + 10)]))
        #expect(try split.receive().status == 302)
        try split.send(Array(both[(Self.click.utf8.count + 10)...]))
        #expect(try split.receive().status == 200)

        let half = try BlockingHTTPClient(port: edge.port)
        try half.send(Self.click + Self.pixel + Self.click)
        half.finishSending()
        #expect(try [half.receive().status, half.receive().status, half.receive().status] == [302, 200, 302])
        #expect(half.receiveUntilClosed().isEmpty)
        #expect(edge.end() == 0)
    }

    @Test("The ask page shows the host and links straight to it; the refused page says little; both run nothing")
    func pages() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: shippedConfiguration())
        let client = try BlockingHTTPClient(port: edge.port)
        func click(_ section: String, _ target: String) throws -> HTTPReply {
            try client.get("/tremclk?cuid=j%40m.example&sec=\(section)&targetUrl=\(target)")
        }
        let ask = try click("8772046", "https%3A%2F%2FElse.example%3A8443%2Fa%3Fb%3D1%26c%3D%3Cscript%3E%22%27")
        #expect(ask.status == 200)
        #expect(ask.text.contains(">else.example:8443</p>"))
        #expect(ask.text.contains("href=\"https://else.example:8443/a?b=1&amp;c="))
        #expect(!ask.text.contains("<script") && !ask.text.contains("j@m.example") && !ask.text.contains("%40m"))
        let lookalike = try click("8772046", "https%3A%2F%2Fxn--pple-43d.example%2F")
        #expect(lookalike.status == 200 && lookalike.text.contains("xn--pple-43d.example"))
        let refused = try click("8772046", "javascript%3Aalert(1)")
        #expect(refused.status == 404 && !refused.text.contains("javascript") && !refused.text.contains("href"))
        let notFound = try client.get("/nothing?cuid=j%40m.example")
        #expect(notFound.status == 404 && !notFound.text.contains("nothing?"))
        for page in [ask, lookalike, refused, notFound, try client.get("/")] {
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            let policy = page.headers["content-security-policy"] ?? ""
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"))
            #expect(page.headers["referrer-policy"] == "no-referrer")
            #expect(page.headers["x-content-type-options"] == "nosniff")
            #expect(page.headers["location"] == nil && page.headers["set-cookie"] == nil)
            checkCommonHeaders(page, page.text)
        }
        let redirect = try click("8781202", "http%3A%2F%2Fwww.mywebsite.com%2F%0D%0ASet-Cookie%3A%20a")
        #expect(redirect.status == 302 && redirect.headers["set-cookie"] == nil)
        #expect(redirect.headers["location"] == "https://www.mywebsite.com/", "unusable: the section's fallback")
        #expect(redirect.headers["referrer-policy"] == "no-referrer")
        #expect(edge.end() == 0)
    }
}
