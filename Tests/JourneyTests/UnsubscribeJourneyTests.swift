import Bytes
import Foundation
import TestSupport
import Testing

/// A server that honours consent, a key that signs for it, and what comes to its unsubscribe links.
final class UnsubscribeNode {
    let consent: ConsentNode
    var port: Int

    init(_ configuration: String = ConsentNode.configuration()) throws {
        consent = try ConsentNode(configuration)
        port = consent.node.edge.port
        let made = try consent.node.tremolo("sign", "--make-key")
        try #require(made.status == 0, "\(made.errors)")
        try #require(try consent.node.reload().status == 200)
    }

    /// A link of a person of section 1, as a request target.
    func link(_ fields: String = "cuid=ann%40mail.example&sec=1", _ arguments: String...) throws -> String {
        let signed = try consent.node.tremolo(
            ["sign"] + arguments + ["https://trem.brand.example/tremunsub?\(fields)"])
        try #require(signed.status == 0, "\(signed.errors)")
        return String(signed.output.dropLast().drop { $0 != "?" }).replacing(
            "?", with: "/tremunsub?", maxReplacements: 1)
    }

    func get(_ target: String, _ headers: [String] = []) throws -> HTTPReply {
        try BlockingHTTPClient(port: port).get(target, headers: headers)
    }

    func post(_ target: String, _ body: String = "List-Unsubscribe=One-Click") throws -> HTTPReply {
        let client = try BlockingHTTPClient(port: port)
        try client.send(
            "POST \(target) HTTP/1.1\r\nHost: trem.brand.example\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return try client.receive()
    }

    func status(_ person: String = "ann@mail.example") throws -> String {
        try consent.consent("status", "--sec", "1", "--identifier", "-", input: person).output
    }
}

@Suite("A person unsubscribes with the link that was signed for them, and no scanner does it in their place")
struct UnsubscribeJourneyTests {
    @Test("A scanner that fetches the link, in whatever way, changes nothing; one POST holds at once, everywhere")
    func scanners() throws {
        let node = try UnsubscribeNode()
        let link = try node.link()
        try node.consent.click("ann%40mail.example")
        let agents = [
            "Mozilla/5.0 (compatible; ExampleGuard/2.1)", "curl/8.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        ]
        for agent in agents {
            for lines in [[], ["Sec-Purpose: prefetch"], ["Purpose: prefetch"], ["X-Moz: prefetch"]] {
                let reply = try node.get(link, ["User-Agent: \(agent)"] + lines)
                #expect(reply.status == 200 && reply.text.contains("<form method=\"post\">"))
            }
        }
        let head = try BlockingHTTPClient(port: node.port)
        try head.send("HEAD \(link) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try head.receive(toHead: true).status == 200)
        try node.consent.click("ann%40mail.example")
        #expect(try node.status() == "nothing is known\n")
        let reply = try node.post(link)
        #expect(reply.status == 200 && reply.text.contains("You have unsubscribed"))
        #expect(reply.headers["set-cookie"] == nil && reply.headers["location"] == nil)
        // On whichever worker; the plain address and its hash.
        let hash = SHA256Digest.hash("ann@mail.example".utf8.span).description
        for _ in 0..<6 { try node.consent.click("ann%40mail.example") }
        try node.consent.click(hash)
        try node.consent.click("ann%40mail.example", section: "2")
        #expect(try node.consent.kept() == [true, true] + Array(repeating: false, count: 7) + [true])
        #expect(try node.status().hasPrefix("opt-out, by their own word of "))
        // Nothing of it is an event, and nothing of the person stands in metrics or the log.
        let report = try node.consent.node.counted("--sec", "1")
        #expect(report["rows"].elements.first?["clicks"]["total"].int == 9)
        #expect(report["accounting"]["received"].int == 10)
        let metrics = try node.consent.node.ask("GET", "/metrics").text
        #expect(
            metrics.contains("tremolo_requests_total{resource=\"unsubscribe\",code=\"200\",outcome=\"asked\"} 13\n"))
        #expect(
            metrics.contains("tremolo_requests_total{resource=\"unsubscribe\",code=\"200\",outcome=\"optedOut\"} 1\n"))
        #expect(
            metrics.contains("tremolo_consent_changes_total{status=\"opt-out\",source=\"unsubscribe-link\"} 1\n"))
        #expect(node.consent.node.edge.end() == 0)
        for text in [metrics, node.consent.node.edge.log] {
            #expect(!text.contains("ann") && !text.contains(hash) && !text.contains("tsig"))
        }
    }

    @Test("What was said holds after a kill that follows the answer, on every worker")
    func kill() throws {
        let node = try UnsubscribeNode()
        let hash = SHA256Digest.hash("bob@mail.example".utf8.span).description
        #expect(try node.post(try node.link()).status == 200)
        #expect(try node.post(try node.link("cuid=\(hash)&sec=1")).status == 200)
        _ = node.consent.node.edge.end(SIGKILL)
        let next = try RunningEdge(
            data: node.consent.node.data, configuration: node.consent.node.folder.path + "/t.json5")
        node.port = next.port
        for person in ["ann", "bob", "cy"] {
            for _ in 0..<4 {
                let target = "/tremclk?cuid=\(person)%40mail.example&sec=1&targetUrl=https%3A%2F%2Fshop.example%2F"
                #expect(try node.get(target).status == 302)
            }
        }
        #expect(try node.post(try node.link()).status == 200)
        #expect(next.end() == 0)
        let kept = try node.consent.node.tremolo("events").output.split(separator: "\n").map {
            try JSONDocument(String($0))["subject"].string != nil
        }
        #expect(kept.count == 12 && kept.filter { $0 }.count == 4)
    }

    @Test("A link that was changed, expired, signed for something else or by another section's key changes nothing")
    func badLinks() throws {
        let node = try UnsubscribeNode()
        let good = try node.link()
        let other = try node.consent.node.tremolo("sign", "--make-key", "--sec", "2")
        let foreign = try node.link("cuid=ann%40mail.example&sec=2", "--key", String(other.output.dropLast()))
        let click = try node.consent.node.tremolo(
            "sign", "/tremclk?cuid=ann%40mail.example&sec=1&targetUrl=https%3A%2F%2Fshop.example%2F"
        ).output.dropLast()
        #expect(try node.consent.node.reload().status == 200)
        let short = try node.link("cuid=ann%40mail.example&sec=1", "--expires", "1 s")
        let ends = Date(timeIntervalSinceNow: 2)
        let bad: [String] = [
            good.replacing("ann", with: "bob"), good.replacing("sec=1", with: "sec=2"),
            foreign.replacing("sec=2", with: "sec=1"), String(click).replacing("tremclk", with: "tremunsub"),
            good.replacing(/&tsig=.*/, with: ""), good + "x", "/tremunsub", "/tremunsub?tsig=FAEAAA",
        ]
        for target in bad {
            #expect(try node.get(target).status == 404, "\(target)")
            #expect(try node.post(target).status == 404, "\(target)")
        }
        #expect(try node.post(good, "").status == 400 && node.post(good, "List-Unsubscribe=Maybe").status == 400)
        while Date() < ends { _ = try node.get(short) }
        #expect(try node.post(short).status == 404)
        for person in ["ann", "bob"] { #expect(try node.status("\(person)@mail.example") == "nothing is known\n") }
        // And the link to unsubscribe with is no click.
        let asClick = good.replacing("tremunsub", with: "tremclk") + "&targetUrl=https%3A%2F%2Fshop.example%2F"
        try node.consent.node.write(
            ConsentNode.configuration(", signatures: \"require\", otherwise: \"refuse\""))
        #expect(try node.consent.node.reload().status == 200)
        #expect(try node.get(String(asClick)).status == 404)
        #expect(try node.get(String(click)).status == 302)
        #expect(try node.post(good).status == 200)
        #expect(try node.status().hasPrefix("opt-out"))
    }

    @Test("Links are made from a pipe, one a line, and refused with a reason where they are nobody's")
    func pipe() throws {
        let node = try UnsubscribeNode(
            "{ sections: { \"1\": { consent: \"honourOptOut\" }, \"3\": { identifier: \"phone\" } } }")
        let lines = [
            "https://t.example/tremunsub?cuid=ann%40mail.example&sec=1", "/tremunsub?cuid={{email}}&sec=1",
            "/tremunsub?sec=1", "/tremunsub/?cuid=bob%40mail.example&sec=1", "/tremunsub?cuid=%20&sec=1",
            "/tremunsub?cuid=a%0Ab&sec=1", "/tremunsub?cuid=ann&sec=3",
        ]
        let arguments = ["--data", node.consent.node.data, "--config", node.consent.node.folder.path + "/t.json5"]
        let signed = try tremolo(["sign"] + arguments, input: lines.joined(separator: "\n"))
        #expect(signed.status == 65)
        let output = signed.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(output.map(\.isEmpty) == [false, true, true, false, true, true, true, true])
        #expect(output[0].hasPrefix(lines[0] + "&tsig=FAEAAA") && output[3].hasPrefix(lines[3] + "&tsig=FAEAAA"))
        #expect(
            signed.errors == """
                tremolo: line 2: its cuid holds a merge tag, which would break the signature when it is filled in: \
                fill it in first
                tremolo: line 3: it names nobody who could unsubscribe: give it a cuid
                tremolo: line 5: its cuid names nobody of the section's kind: give it the address, number or id itself
                tremolo: line 6: its cuid holds a control character and names nobody: leave it out
                tremolo: line 7: its cuid names nobody of the section's kind: give it the address, number or id itself
                tremolo: sign: 5 of 7 could not be signed: see above for each

                """)
        #expect(try node.post(String(output[3])).status == 200)
        #expect(try node.status("bob@mail.example").hasPrefix("opt-out"))
        let scope = try tremolo(["sign", "--scope", "link", lines[0]] + arguments)
        #expect(
            scope.status == 65 && scope.errors.contains("URL 1: it is an unsubscribe link, whose one scope is person"))
        #expect(try tremolo(["sign", "--scope", "person", lines[0]] + arguments).output == output[0] + "\n")
        #expect(try tremolo(["sign", "--scope", "person", "/tremclk?cuid=a&sec=1"] + arguments).status == 65)
    }

    @Test("explain says what a link of it is worth, without recording anything")
    func explained() throws {
        let node = try UnsubscribeNode(
            "{ sections: { \"1\": { consent: \"honourOptOut\" }, \"2\": {} } }")
        let good = try node.link()
        let explained = try node.consent.node.tremolo("explain", "https://t.example" + good)
        #expect(explained.status == 0 && explained.errors.isEmpty)
        for line in [
            "unsubscribe\n", "good, over the section and the person", "has a button",
            "opts the person out at once", "  200\n",
        ] {
            #expect(explained.output.contains(line), "\(explained.output)")
        }
        #expect(!explained.output.contains("\"ignore\""))
        let ignoring = try node.consent.node.tremolo("explain", try node.link("cuid=ann%40mail.example&sec=2"))
        #expect(ignoring.status == 0 && ignoring.output.contains("\"ignore\" for clicks and opens"))
        for (target, word) in [
            (good.replacing("ann", with: "bob"), "bad"), (good.replacing(/&tsig.*/, with: ""), "missing"),
        ] {
            let json = try node.consent.node.tremolo("explain", "--format", "json", target)
            #expect(json.status == 65)
            let document = try JSONDocument(json.output)
            #expect(document["resource"].string == "unsubscribe" && document["signature"].string == word)
            #expect(document["response"]["status"].int == 404)
        }
        #expect(try node.status() == "nothing is known\n")
    }

    @Test("An operator's own pages are shown in the language that is asked for")
    func pages() throws {
        let root = URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().path
        let node = try UnsubscribeNode(
            "{ pages: \"\(root)/pages\", " + ConsentNode.configuration().drop { $0 != "{" }.dropFirst())
        let link = try node.link()
        let german = try node.get(link, ["Accept-Language: de-AT,en;q=0.5"])
        #expect(german.headers["content-language"] == "de" && german.text.contains("<button>Abmelden</button>"))
        #expect(german.headers["content-security-policy"]?.contains("form-action 'self'") == true)
        #expect(try node.get(link).text.contains("<button>Unsubscribe</button>"))
        let again = try node.post(link, "no")
        #expect(again.status == 400 && again.text.contains("That did not work"))
        #expect(!german.text.contains("geklappt"))
        #expect(try node.post(link).text.contains("You have unsubscribed"))
    }
}
