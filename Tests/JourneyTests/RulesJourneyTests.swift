import Foundation
import TestSupport
import Testing

@Suite("Links that were sent already lead where rules say, and both places are counted")
struct RulesJourneyTests {
    private static let configuration = """
        { workers: 1, sections: { "1": { hosts: ["shop.example"], fallback: "https://shop.example/start", links: {
            kill: ["/gone", "dead.example"],
            expire: [{ from: "https://shop.example/sale", after: "2020-12-31", to: "https://over.example/?s=1" },
                     { from: "https://shop.example/later", after: "2199-12-31", to: "https://over.example/" }],
            rewrite: [{ from: "https://shop.example/old", to: "https://new.example/shop" }] } },
          "2": { hosts: ["shop.example"], links: { kill: ["https://shop.example/x"] } },
          "3": { otherwise: "observe", observeUntil: "2020-12-31" } } }
        """

    private func click(_ node: ReloadedEdge, _ section: String, _ target: String) throws -> HTTPReply {
        var encoded = ""
        for byte in target.utf8 {
            let hex = String(byte, radix: 16)
            encoded += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }
        return try BlockingHTTPClient(port: node.edge.port).get("/tremclk?sec=\(section)&targetUrl=\(encoded)")
    }

    @Test("Killed, expired, rewritten; the event has both places, and reports count by where the rule led")
    func rules() throws {
        let node = try ReloadedEdge(Self.configuration)
        for (target, location) in [
            ("https://shop.example/a/../%67one?x#y", "https://shop.example/start"),
            ("https://dead.example:99/", "https://shop.example/start"),
            ("https://shop.example/sale/1?u=2", "https://over.example/?s=1"),
            ("https://shop.example/later?u=2", "https://shop.example/later?u=2"),
            ("http://shop.example/old/p?u=2#f", "https://new.example/shop/p?u=2#f"),
            ("https://shop.example/older", "https://shop.example/older"),
        ] {
            // Twice: what is remembered answers as what is decided.
            for _ in 0..<2 {
                let reply = try click(node, "1", target)
                #expect(reply.status == 302 && reply.headers["location"] == location, "\(target): \(reply)")
            }
        }
        #expect(try click(node, "2", "https://shop.example/x/y").status == 404)
        #expect(try click(node, "3", "https://shop.example/").status == 200)

        let links = try node.counted("--by", "link")["rows"].elements.compactMap { row in
            row["link"].string.map { "\($0) \(row["clicks"]["total"].int ?? -1) \(row["clicks"]["refused"].int ?? -1)" }
        }
        #expect(
            links == [
                "https://dead.example:99/ 2 0", "https://new.example/shop/p 2 0", "https://over.example/ 2 0",
                "https://shop.example/ 1 0", "https://shop.example/a/../%67one 2 0", "https://shop.example/later 2 0",
                "https://shop.example/older 2 0", "https://shop.example/x/y 0 1",
            ])
        let hosts = try node.counted("--by", "host")["rows"].elements.compactMap { $0["host"].string }
        #expect(hosts == ["dead.example:99", "shop.example"])
        let events = try node.tremolo("events").output.split(separator: "\n").map { try JSONDocument(String($0)) }
        func event(_ reason: String) throws -> JSONDocument {
            try #require(events.first { $0["reason"].string == reason }, "\(reason)")
        }
        let killed = try event("killedLink")
        #expect(killed["outcome"].string == "fallback" && killed["link"].string == killed["target"].string)
        #expect(killed["location"].string == "https://shop.example/start")
        let expired = try event("expiredLink")
        #expect(expired["target"].string == "https://shop.example/sale/1")
        #expect(
            expired["link"].string == "https://over.example/" && expired["location"].string == "https://over.example/")
        let moved = try event("rewrittenLink")
        #expect(moved["target"].string == "http://shop.example/old/p")
        #expect(moved["link"].string == "https://new.example/shop/p" && moved["outcome"].string == "redirected")

        let hostile = try click(node, "1", "https://shop.example/old//evil.example/")
        #expect(hostile.headers["location"] == "https://new.example/shop//evil.example/")

        // Rules change without a restart.
        try node.write(
            Self.configuration.replacingOccurrences(of: "https://new.example/shop", with: "https://newer.example/"))
        let answer = try node.reload()
        #expect(answer.status == 200 && answer.1["changed"].elements.map(\.string) == ["sections.1.links.rewrite"])
        #expect(
            try click(node, "1", "https://shop.example/old/p").headers["location"] == "https://newer.example/p")
        #expect(node.edge.end() == 0)
    }
    @Test("Keys that sign links change without a restart: a new one counts, the links of a removed one end")
    func keys() throws {
        let node = try ReloadedEdge("{ workers: 1, sections: { \"1\": { signatures: \"require\" } } }")
        let made = try node.tremolo("sign", "--make-key")
        #expect(made.status == 0, "\(made.errors)")
        let key = try #require(Int(made.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        let link = "https://t.example/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F"
        let signed = try node.tremolo("sign", link)
        #expect(signed.status == 0, "\(signed.errors)")
        let path = String(
            signed.output.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("https://t.example".count))
        func status() throws -> Int { try BlockingHTTPClient(port: node.edge.port).get(path).status }
        #expect(try status() == 200)
        #expect(try node.reload().status == 200)
        #expect(try status() == 302)
        try FileManager.default.removeItem(atPath: node.data + "/keys/signing-\(key).key")
        #expect(try status() == 302)
        #expect(try node.reload().status == 200)
        #expect(try status() == 200)
        #expect(node.edge.end() == 0)
    }
}
