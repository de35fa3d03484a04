import Foundation
import TestSupport
import Testing

@Suite("An open redirector is closed in four steps, as Documentation/closing-an-open-redirector.md has them")
struct ClosingJourneyTests {
    private static func configuration(_ section: String) -> String {
        "{ workers: 2, sections: { \"1\": { name: \"Shop\", \(section) } } }"
    }

    /// What a host's row says of when and with what it was seen, and its clicks.
    private func sightings(_ report: JSONDocument) -> [String] {
        report["rows"].elements.map { row in
            [
                row["host"].string ?? "none", "\(row["clicks"]["total"].int ?? -1)", row["firstSeen"].string ?? "none",
                row["lastSeen"].string ?? "none", row["sample"].string ?? "none",
            ].joined(separator: " ")
        }
    }

    private func click(_ node: ReloadedEdge, _ target: String, agent: String = BlockingHTTPClient.browser) throws -> Int
    {
        let client = try BlockingHTTPClient(port: node.edge.port)
        let encoded = target.replacingOccurrences(of: "/", with: "%2F").replacingOccurrences(of: "?", with: "%3F")
        return try client.get(
            "/tremclk?cuid=a%40m.example&sec=1&targetUrl=https%3A%2F%2F\(encoded)", headers: ["User-Agent: \(agent)"]
        ).status
    }

    @Test("Observe, look, review the list, ask: every step from the store and from the journal")
    func fourSteps() throws {
        // 1. Observe.
        let node = try ReloadedEdge(
            Self.configuration("otherwise: \"observe\", observeUntil: \"2099-12-31\", hosts: [\"own.example\"]"))
        let clicks = [
            "shop.example/sale?u=1", "shop.example/a", "shop.example/sale", "blog.example:8443/", "own.example/",
        ]
        for target in clicks { #expect(try click(node, target) == 302) }
        for _ in 0..<9 { #expect(try click(node, "bot.example/", agent: "curl/8") == 302) }
        #expect(
            try BlockingHTTPClient(port: node.edge.port).get("/tremclk?sec=1&targetUrl=https://raw.example/x").status
                == 302)

        // 2. Look.
        let stored = try node.counted("--by", "host")
        let rows = sightings(stored)
        #expect(rows.count == 5)
        for (host, count, sample) in [
            ("shop.example", 3, "https://shop.example/sale"), ("blog.example:8443", 1, "https://blog.example:8443/"),
            ("bot.example", 9, "https://bot.example/"), ("raw.example", 1, "https://raw.example/x"),
        ] {
            #expect(
                rows.contains { $0.hasPrefix("\(host) \(count) 20") && $0.hasSuffix("Z \(sample)") }, "\(host): \(rows)"
            )
        }
        let shop = try #require(stored["rows"].elements.first { $0["host"].string == "shop.example" })
        #expect(try #require(shop["firstSeen"].string) < #require(shop["lastSeen"].string))
        #expect(sightings(try node.counted("--by", "host", "--from", "journal")) == rows)
        let outcomes = try node.counted("--by", "outcome")["rows"].elements
        #expect(outcomes.map { $0["outcome"].string } == ["redirected"])
        let repairs = try node.counted("--by", "repair")["rows"].elements
        #expect(repairs.map { $0["clicks"]["total"].int ?? 0 }.reduce(0, +) >= 15)
        for format in ["csv", "table"] {
            let text = try node.tremolo("report", "--by", "host", "--format", format).output
            #expect(text.contains("firstSeen") && text.contains("lastSeen") && text.contains("sample"), "\(text)")
            #expect(text.contains("https://shop.example/sale"))
        }

        // 3. Review. Nine clicks of a machine don't bring a host in.
        let list = try node.tremolo("config", "allow-seen", "--min", "2")
        #expect(list.status == 0 && list.output.contains("\"shop.example\",  // 3 clicks, "), "\(list.output)")
        #expect(!list.output.contains("blog.example") && !list.output.contains("bot.example"))
        #expect(!list.output.contains("own.example"))
        let all = try node.tremolo("config", "allow-seen", "--sec", "1")
        #expect(all.output.contains("\"blog.example:8443\",  // 1 click, ") && !all.output.contains("bot.example"))
        #expect(try node.tremolo("config", "allow-seen", "--from", "journal").output == all.output)
        let file = node.folder.path + "/seen.json5"
        try Data(all.output.utf8).write(to: URL(fileURLWithPath: file))
        #expect(try TestSupport.tremolo(["config", "check", "--config", file]).status == 0)
        let none = try node.tremolo("config", "allow-seen", "--min", "99")
        #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("no host that is not listed"))
        for wrong in [["--min", "0"], ["--min", "x"], ["--sec", "nowhere"], ["--since", "yesterday"]] {
            let refused = try node.tremolo(["config", "allow-seen"] + wrong)
            #expect(refused.status == 64 && refused.output.isEmpty, "\(wrong): \(refused.errors)")
        }

        // 4. Close.
        try node.write(
            Self.configuration("otherwise: \"ask\", hosts: [\"own.example\", \"shop.example\", \"blog.example:8443\"]"))
        #expect(try node.reload().status == 200)
        #expect(try click(node, "shop.example/") == 302 && click(node, "blog.example:8443/x") == 302)
        #expect(try click(node, "bot.example/") == 200)
        #expect(try click(node, "blog.example/") == 200)
        #expect(try node.tremolo("config", "allow-seen", "--min", "2").output.isEmpty)

        // The figures are the same behind a restart, and made anew.
        let before = sightings(try node.counted("--by", "host"))
        #expect(node.edge.end() == 0)
        #expect(sightings(try node.counted("--by", "host")) == before)
        #expect(try node.tremolo("rebuild").status == 0)
        #expect(sightings(try node.counted("--by", "host")) == before)
        #expect(sightings(try node.counted("--by", "host", "--from", "journal")) == before)
    }

    @Test("Observing without a date, and a date without observing, are refused before anything runs")
    func dates() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/t.json5"
        for (section, word) in [
            ("otherwise: \"observe\"", "set 'sections.1.observeUntil'"),
            ("observeUntil: \"2099-12-31\"", "this section does not observe"),
            ("otherwise: \"observe\", observeUntil: \"soon\"", "neither a day nor a moment"),
        ] {
            try Data(Self.configuration(section).utf8).write(to: URL(fileURLWithPath: file))
            let check = try TestSupport.tremolo(["config", "check", "--config", file])
            #expect(check.status == 78 && check.errors.contains(word), "\(check.errors)")
            let serve = try TestSupport.tremolo(["serve", "--config", file, "--data", folder.path + "/data"])
            #expect(serve.status == 78)
        }
    }
}
