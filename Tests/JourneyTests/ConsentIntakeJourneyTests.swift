import Foundation
import TestSupport
import Testing

@Suite("What nobody can have meant is refused wherever people's words of consent come in, with the reason")
struct ConsentIntakeJourneyTests {
    private static let nobodies: [(identifier: String, reason: String)] = [
        ("{{email}}@mail.example", "merge tag"), ("ann@*|HOST|*", "merge tag"), ("%%email%%@mail.example", "merge tag"),
        ("mailto:ann@mail.example", "mailto:"), (" MailTo:ann@mail.example", "mailto:"),
        ("ann\u{7}@mail.example", "nobody"), ("ann\u{85}@mail.example", "nobody"),
    ]

    @Test("An identifier that is nobody's, by the API, a command and a list")
    func identifiers() throws {
        let consent = try ConsentNode()
        for (identifier, reason) in Self.nobodies {
            let body = ConsentNode.person(identifier.replacing("\u{7}", with: "\\u0007"))
            let reply = try consent.report("opt-in", body)
            let said = try JSONDocument(reply.text)["error"].string ?? ""
            #expect(reply.status == 400 && said.contains(reason) && !said.contains("@"), "\(identifier): \(said)")
            let set = try consent.consent(
                "set", "--sec", "1", "--identifier", "-", "--status", "opt-in", input: identifier)
            #expect(set.status == 64 && set.errors.contains(reason) && !set.errors.contains("@"), "\(set.errors)")
        }
        #expect(try consent.consent("status", "--sec", "1").output.contains("nothing on record"))
        let rows = Self.nobodies.map(\.identifier).joined(separator: "\n")
        let list = try consent.consent(
            "import", "-", "--sec", "1", "--as-of", "2026-01-01T00:00:00Z", "--max-bad", "100",
            input: "email\nbob@mail.example\n\(rows)\n")
        #expect(list.status == 0 && list.errors.contains("in force: 1 "), "\(list.errors)")
        for (line, (_, reason)) in Self.nobodies.enumerated() {
            let told = list.errors.split(separator: "\n").first { $0.contains("input:\(line + 3): ") } ?? ""
            #expect(told.contains(reason), "\(list.errors)")
        }
        #expect(!list.errors.contains("@"), "\(list.errors)")
    }

    /// Sends a call of the API from its request line on, and takes the answer.
    private static func call(_ consent: ConsentNode, _ port: Int, path: String, _ lines: String) throws -> HTTPReply {
        let client = try BlockingHTTPClient(port: port)
        try client.send(
            "POST \(path) HTTP/1.1\r\nHost: admin.example\r\ndy-api-key: \(ConsentNode.key)\r\n"
                + "Content-Type: application/json\r\n\(lines)")
        return try client.receive()
    }

    private static func isRefusal(_ reply: HTTPReply, _ status: Int) throws -> Bool {
        guard reply.status == status, reply.headers["content-type"] == "application/json" else { return false }
        return try JSONDocument(reply.text)["error"].string?.isEmpty == false
    }

    @Test("A body that is framed badly or encoded, and a path that is not known", arguments: ["admin", "edge"])
    func calls(_ port: String) throws {
        let consent = try ConsentNode(ConsentNode.configuration(port: port))
        let at = port == "edge" ? consent.node.edge.port : consent.node.edge.adminPort
        let path = "/v2/userdata/channels/Email/opt-out"
        let body = ConsentNode.person("ann@mail.example")
        let whole = "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        for framing in ["zz\r\n\(body)\r\n0\r\n\r\n", "3\r\n\(body)\r\n0\r\n\r\n", "3\r\n{  \r\n5 5\r\n"] {
            let reply = try Self.call(consent, at, path: path, "Transfer-Encoding: chunked\r\n\r\n" + framing)
            #expect(try Self.isRefusal(reply, 400), "\(framing): \(reply.status) \(reply.text)")
        }
        let encoded = [
            "gzip", "GZIP", "br, identity", "identity, identity", "identity\r\nContent-Encoding: gzip", "identityx",
        ]
        for coding in encoded {
            let reply = try Self.call(consent, at, path: path, "Content-Encoding: \(coding)\r\n\(whole)")
            #expect(try Self.isRefusal(reply, 400) && reply.text.contains("Content-Encoding"), "\(coding)")
        }
        let unknown = [
            path + "/", path + "x", "/v2/userdata/channels/email/opt-out", path.uppercased(), "/v2/userdata/",
            "/v2/userdata/channels/Email/opt-sideways", "/v2/userdata/channels/Email/opt%2Dout",
        ]
        for path in unknown {
            #expect(try Self.isRefusal(Self.call(consent, at, path: path, whole), 404), "\(path)")
        }
        try consent.click("ann%40mail.example")
        for coding in ["identity", "Identity", ""] {
            let reply = try Self.call(consent, at, path: path, "Content-Encoding: \(coding)\r\n\(whole)")
            #expect(reply.status == 202, "\(coding): \(reply.text)")
        }
        try consent.click("ann%40mail.example")
        #expect(try consent.kept() == [true, false])
        // Where the port takes no calls, nothing of them is known.
        if port == "admin" {
            #expect(try Self.call(consent, consent.node.edge.port, path: path + "/", whole).status == 405)
        }
    }
}
