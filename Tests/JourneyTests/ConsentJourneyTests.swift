import Bytes
import Foundation
import TestSupport
import Testing

/// A server of two sections that honour consent, and what a sender does with it.
final class ConsentNode {
    static let key = "a-key-of-the-first-section"
    let node: ReloadedEdge
    private static let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    static func configuration(_ first: String = "", port: String = "admin", rate: Int = 100) -> String {
        let digest = SHA256Digest.hash(Array(key.utf8).span)
        let other = SHA256Digest.hash("a-key-of-the-second-section".utf8.span)
        return """
            { workers: 2, consentEvents: { port: "\(port)", rate: \(rate) }, sections: {
                "1": { hosts: ["shop.example"], consent: "honourOptOut", apiKeys: ["\(digest)"]\(first) },
                "2": { hosts: ["shop.example"], consent: { opens: "requireOptIn", clicks: "honourOptOut" },
                       apiKeys: ["\(other)"] },
            } }
            """
    }

    init(_ configuration: String = ConsentNode.configuration()) throws {
        node = try ReloadedEdge(configuration)
    }

    /// Clicks, each on a connection of its own, so that it may come to any worker; the person is redirected.
    func click(_ cuid: String, section: String = "1", _ more: String = "") throws {
        let client = try BlockingHTTPClient(port: node.edge.port)
        let reply = try client.get(
            "/tremclk?cuid=\(cuid)&sec=\(section)&expId=7\(more)&targetUrl=https%3A%2F%2Fshop.example%2F",
            headers: ["User-Agent: \(Self.browser)"])
        #expect(reply.status == 302 && reply.headers["location"] == "https://shop.example/")
    }

    /// Whether each click so far keeps its person, in the order of time.
    func kept() throws -> [Bool] {
        _ = try node.counted()
        let lines = try node.tremolo("events").output.split(separator: "\n")
        return try lines.map { try JSONDocument(String($0)) }
            .sorted { ($0["time"].string ?? "") < ($1["time"].string ?? "") }.map { $0["subject"].string != nil }
    }

    func consent(_ arguments: String..., input: String = "") throws -> CommandResult {
        try tremolo(
            ["consent"] + arguments + ["--data", node.data, "--config", node.folder.path + "/t.json5"], input: input)
    }

    /// Calls the API.
    func report(
        _ path: String, _ body: String, key: String? = ConsentNode.key, port: Int? = nil, method: String = "POST",
        isChunked: Bool = false
    ) throws -> HTTPReply {
        let client = try BlockingHTTPClient(port: port ?? node.edge.adminPort)
        let keyLine = key.map { "dy-api-key: \($0)\r\n" } ?? ""
        let count = body.utf8.count
        let framed =
            isChunked
            ? "Transfer-Encoding: chunked\r\n\r\n\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
            : "Content-Length: \(count)\r\n\r\n\(body)"
        try client.send(
            "\(method) /v2/userdata/channels/Email/\(path) HTTP/1.1\r\nHost: admin.example\r\n\(keyLine)"
                + "Content-Type: application/json\r\nAccept: application/json\r\n"
                + framed)
        return try client.receive()
    }

    static func person(_ address: String, type: String = "email") -> String {
        "{\"identifier\": {\"type\": \"\(type)\", \"value\": \"\(address)\"}}"
    }
}

@Suite("Whether people are followed is theirs to say, for mail that is sent already")
struct ConsentJourneyTests {
    @Test("An opt-out between sending and clicking, in every spelling of the person, and back again")
    func betweenSendingAndClicking() throws {
        let consent = try ConsentNode()
        let hash = SHA256Digest.hash("ann@mail.example".utf8.span).description
        try consent.click("ann%40mail.example")
        #expect(try consent.report("opt-out", ConsentNode.person("Ann@Mail.example")).status == 202)
        for spelling in ["ann%40mail.example", "ANN%40mail.example", hash] { try consent.click(spelling) }
        try consent.click("ann%40mail.example", section: "2")
        try consent.click("bob%40mail.example")
        #expect(try consent.kept() == [true, false, false, false, true, true])
        // Retries change nothing.
        for _ in 0..<3 { #expect(try consent.report("opt-out", ConsentNode.person(hash)).status == 202) }
        try consent.click("ann%40mail.example")
        #expect(try consent.report("opt-in", ConsentNode.person(hash)).status == 202)
        try consent.click("ann%40mail.example")
        #expect(try consent.kept() == [true, false, false, false, true, true, false, true])
        // The totals are whole, and people stand apart from machines.
        let report = try consent.node.counted("--sec", "1")
        #expect(report["rows"].elements.first?["clicks"]["total"].int == 7)
        #expect(report["rows"].elements.first?["clicks"]["human"].int == 7)
    }

    /// Ends the server, starts another on its folder, and runs `body` with its edge's port.
    private static func restarted(
        _ consent: ConsentNode, killing: Bool, _ body: (Int) throws -> Void
    ) throws -> String {
        _ = consent.node.edge.end(killing ? SIGKILL : SIGTERM)
        let next = try RunningEdge(data: consent.node.data, configuration: consent.node.folder.path + "/t.json5")
        try body(next.port)
        _ = next.end()
        return next.log
    }

    @Test("What was said holds after a kill, on every worker")
    func restart() throws {
        let consent = try ConsentNode()
        #expect(try consent.report("opt-out", ConsentNode.person("ann@mail.example")).status == 202)
        try Self.write("email\nbob@mail.example\n", to: consent.node.folder.path + "/list.csv")
        let time = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -60))
        #expect(
            try consent.consent("import", consent.node.folder.path + "/list.csv", "--sec", "1", "--as-of", time)
                .status == 0)
        _ = try Self.restarted(consent, killing: true) { port in
            for person in ["ann", "bob", "cy"] {
                for _ in 0..<4 {
                    let client = try BlockingHTTPClient(port: port)
                    _ = try client.get(
                        "/tremclk?cuid=\(person)%40mail.example&sec=1&targetUrl=https%3A%2F%2Fshop.example%2F")
                }
            }
        }
        let kept = try consent.node.tremolo("events").output.split(separator: "\n").map {
            try JSONDocument(String($0))["subject"].string != nil
        }
        #expect(kept.filter { $0 }.count == 4 && kept.count == 12)
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test("A list exported before an opt-out and synced after it, once; then a newer one")
    func lists() throws {
        let consent = try ConsentNode()
        let uploads = consent.node.folder.path + "/uploads"
        func upload(_ name: String, _ text: String) throws {
            try FileManager.default.createDirectory(
                atPath: "\(uploads)/\(name)", withIntermediateDirectories: true)
            try Self.write(text, to: "\(uploads)/\(name)/data.csv")
        }
        try upload("upload_2026-01-01_03-00", "email\r\nold@mail.example\r\n")
        try upload("upload_2026-01-02_03-00", "\u{FEFF}email\r\n\"ann@mail.example\"\r\nBob@mail.example\r\n")
        try FileManager.default.createDirectory(
            atPath: uploads + "/upload_2026-01-03_03-00", withIntermediateDirectories: true)
        #expect(try consent.report("opt-out", ConsentNode.person("ann@mail.example")).status == 202)
        let first = try consent.consent("sync", uploads, "--sec", "1")
        #expect(first.status == 0 && first.errors.contains("in force: 2 people of section 1"), "\(first.errors)")
        for person in ["ann", "bob", "old", "cy"] { try consent.click("\(person)%40mail.example") }
        #expect(try consent.kept() == [false, true, false, false])
        let again = try consent.consent("sync", uploads, "--sec", "1")
        #expect(again.status == 0 && again.errors.contains("nothing new"))
        let older = try consent.consent("import", uploads + "/upload_2026-01-01_03-00/data.csv", "--sec", "1")
        #expect(older.status == 65 && older.errors.contains("older"), "\(older.errors)")
        let time = RFC3339.string(UInt64(Date().timeIntervalSince1970 * 1e9))
        let newer = try consent.consent(
            "import", "-", "--sec", "1", "--as-of", time, input: "email\nann@mail.example\n")
        #expect(newer.status == 0, "\(newer.errors)")
        for person in ["ann", "bob"] { try consent.click("\(person)%40mail.example") }
        #expect(try consent.kept() == [false, true, false, false, true, false])
        let status = try JSONDocument(try consent.consent("status", "--format", "json").output)
        #expect(
            status.elements.first?["listPeople"].int == 1
                && status.elements.first?["listTime"].string == time.prefix(19) + "Z")
        let person = try consent.consent(
            "status", "--sec", "1", "--identifier", "-", "--format", "json", input: "bob@mail.example\n")
        #expect(try JSONDocument(person.output)["status"].string == "opt-out")
        #expect(try JSONDocument(person.output)["source"].string == "list")
    }

    @Test("A list that can't be meant changes nothing and says where it is wrong, and never what stands there")
    func badLists() throws {
        let consent = try ConsentNode()
        let time = ISO8601DateFormatter().string(from: Date())
        let rows: [(String, [String], Int32, String)] = [
            ("", [], 65, "no row with the name"), ("ann@mail.example\n", [], 65, "names no column"),
            ("email\n", [], 65, "names nobody"), ("email\nx\ny\nann@mail.example\n", [], 65, "2 of 3 rows are bad"),
            ("email\nx\nann@mail.example\nbob@mail.example\n", ["--max-bad", "10"], 65, "1 of 3 rows are bad"),
            ("email\n\"ann@mail.example\n", [], 65, "quote"),
            (
                "email\nann@mail.example\n", ["--max-bad", "200"], 64,
                "no share"
            ),
            ("email\n", ["--allow-empty"], 0, "in force: 0 people"),
        ]
        for (text, flags, code, words) in rows {
            let result = try tremolo(
                ["consent", "import", "-", "--sec", "1", "--as-of", time] + flags + [
                    "--data", consent.node.data, "--config", consent.node.folder.path + "/t.json5",
                ], input: text)
            #expect(result.status == code && result.errors.contains(words), "\(text): \(result.errors)")
            #expect(!result.errors.contains("@"), "\(result.errors)")
            if code != 0 {
                let status = try consent.consent("status", "--sec", "1").output
                #expect(status.contains("nothing on record"), "\(status)")
            }
        }
        #expect(try consent.consent("import", "/none.csv", "--sec", "1").status == 66)
        #expect(try consent.consent("import", "-", "--sec", "1", input: "email\na@b.example\n").status == 64)
        #expect(try consent.consent("sync", consent.node.folder.path, "--sec", "1").status == 66)
        #expect(try consent.consent("import", "-", "--sec", "9", "--as-of", time).status == 78)
        let ahead = try consent.consent(
            "import", "-", "--sec", "1", "--as-of", "2100-01-01T00:00:00Z", input: "email\na@b.example\n")
        #expect(ahead.status == 65 && ahead.errors.contains("ahead"))
    }

    @Test("An import that is killed halfway changes nothing, and the next one is whole")
    func killed() throws {
        let consent = try ConsentNode()
        let time = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -60))
        let shared = ["--data", consent.node.data, "--config", consent.node.folder.path + "/t.json5"]
        func standing() throws -> String { try consent.consent("status", "--sec", "1").output }
        #expect(
            try consent.consent("import", "-", "--sec", "1", "--as-of", time, input: "email\nann@mail.example\n").status
                == 0)
        let before = try standing()
        let rows = "email\n" + (0..<200_000).map { "r\($0)@mail.example\n" }.joined()
        for round in 0..<3 {
            let half = SpawnedProcess()
            let input = Pipe()
            half.executableURL = URL(fileURLWithPath: tremoloBinary())
            let now = ISO8601DateFormatter().string(from: Date())
            half.arguments = ["consent", "import", "-", "--sec", "1", "--as-of", now] + shared
            half.standardInput = input
            half.standardError = FileHandle.nullDevice
            try half.run()
            // A pipe holds far less than this: most of it was read when the last of it is written.
            try input.fileHandleForWriting.write(contentsOf: Data(rows.utf8))
            kill(half.processIdentifier, SIGKILL)
            try input.fileHandleForWriting.close()
            half.waitUntilExit()
            #expect(half.terminationReason == .uncaughtSignal, "\(round)")
            #expect(try standing() == before, "\(round)")
        }
        for person in ["ann", "r7"] { try consent.click("\(person)%40mail.example") }
        #expect(try consent.kept() == [true, false])
        let now = ISO8601DateFormatter().string(from: Date())
        #expect(try consent.consent("import", "-", "--sec", "1", "--as-of", now, input: rows).status == 0)
        for person in ["ann", "r7"] { try consent.click("\(person)%40mail.example") }
        #expect(try consent.kept() == [true, false, false, true])
        // Nothing of the halves is left.
        let files = try FileManager.default.contentsOfDirectory(atPath: consent.node.data + "/consent")
        #expect(files.count <= 2 && files.allSatisfy { $0.hasSuffix(".list") }, "\(files)")
    }

    @Test("Every malformed call is refused with a reason, and a good one is 202", arguments: ["admin", "edge"])
    func calls(_ port: String) throws {
        let consent = try ConsentNode(ConsentNode.configuration(port: port))
        let at = port == "edge" ? consent.node.edge.port : consent.node.edge.adminPort
        let good = ConsentNode.person("ann@mail.example")
        let bad = [
            "", "{", "[]", "{}", "{\"identifier\": null}", "{\"identifier\": {\"type\": \"email\"}}",
            "{\"identifier\": {\"value\": \"a@b.example\"}}", ConsentNode.person("ann"), ConsentNode.person(""),
            ConsentNode.person("ann@mail.example", type: "phone"),
            ConsentNode.person("+4915112345678", type: "phoneNumber"),
            "{\"identifier\": {\"type\": 1, \"value\": \"a@b.example\"}}", good + "x",
            "{\"identifier\": {\"type\": \"email\", \"value\": [\"a@b.example\"]}}",
            "{\"identifier\": {\"type\": \"email\", \"type\": \"email\", \"value\": \"a@b.example\"}}",
        ]
        let long = String(repeating: " ", count: 1_025 - good.utf8.count) + good
        for (index, body) in (bad + [long, long]).enumerated() {
            let reply = try consent.report("opt-out", body, port: at, isChunked: index > bad.count)
            #expect(reply.status == 400 && reply.headers["content-type"] == "application/json", "\(body)")
            let reason = try JSONDocument(reply.text)["error"].string ?? ""
            #expect(!reason.isEmpty && !reason.contains("@"), "\(body): \(reason)")
        }
        #expect(try consent.report("opt-out", long, key: "wrong", port: at).status == 400, "as with the right key")
        let metrics = try consent.node.ask("GET", "/metrics").text
        #expect(metrics.contains("tremolo_rejected_requests_total{rule=\"bodyTooLong\",code=\"413\"} 0\n"))
        #expect(try consent.report("opt-out", good, key: nil, port: at).status == 401)
        #expect(try consent.report("opt-out", good, key: "wrong", port: at).status == 401)
        #expect(try consent.report("opt-out", "", port: at, method: "GET").status == 405)
        #expect(try consent.report("opt-sideways", good, port: at).status == 404)
        try consent.click("ann%40mail.example")
        #expect(try consent.kept() == [true], "nothing so far was a change")
        let reply = try consent.report("opt-out", String(long.dropFirst()), port: at)
        #expect(reply.status == 202)
        #expect(try JSONDocument(reply.text)["status"].string == "accepted")
        try consent.click("ann%40mail.example")
        #expect(try consent.kept() == [true, false])
        // A key belongs to one section.
        let other = "a-key-of-the-second-section"
        #expect(try consent.report("opt-in", good, key: other, port: at).status == 202)
        try consent.click("ann%40mail.example")
        #expect(try consent.kept() == [true, false, false])
        if port == "admin" {
            #expect(try consent.report("opt-out", good, port: consent.node.edge.port).status == 405)
        }
    }

    @Test("Whoever calls too often, or guesses keys, is told so; clicks don't notice")
    func rates() throws {
        let consent = try ConsentNode(ConsentNode.configuration(rate: 1))
        let good = ConsentNode.person("ann@mail.example")
        let statuses = try (0..<20).map { _ in try consent.report("opt-out", good).status }
        #expect(statuses.prefix(10).allSatisfy { $0 == 202 } && statuses.contains(429))
        let guesses = try (0..<80).map { try consent.report("opt-out", good, key: "guess-\($0)").status }
        #expect(guesses.first == 401 && guesses.contains(429) && !guesses.contains(202))
        try consent.click("bob%40mail.example")
        #expect(try consent.kept() == [true])
    }

    @Test("Changes are counted by the way they came, and lists as lists; what is refused is not counted")
    func counts() throws {
        let consent = try ConsentNode()
        let ann = ConsentNode.person("ann@mail.example")
        for path in ["opt-out", "opt-in", "opt-out"] { #expect(try consent.report(path, ann).status == 202) }
        #expect(try consent.report("opt-out", ann, key: "wrong").status == 401)
        let set = try consent.consent(
            "set", "--sec", "1", "--identifier", "-", "--status", "opt-in", input: "bob@mail.example")
        #expect(set.status == 0, "\(set.errors)")
        let forgotten = try tremolo(
            [
                "forget", "--sec", "1", "--cuid", "-", "--data", consent.node.data, "--config",
                consent.node.folder.path + "/t.json5",
            ], input: "cy@mail.example")
        #expect(forgotten.status == 0, "\(forgotten.errors)")
        for (year, isTaken) in [("2025", true), ("2024", false)] {
            let list = try consent.consent(
                "import", "-", "--sec", "1", "--as-of", "\(year)-01-01T00:00:00Z", input: "email\ndee@mail.example\n")
            #expect((list.status == 0) == isTaken, "\(list.errors)")
        }
        let metrics = try consent.node.ask("GET", "/metrics").text
        let counted = metrics.split(separator: "\n").filter {
            $0.hasPrefix("tremolo_consent_changes_total") || $0.hasPrefix("tremolo_consent_lists_total")
        }
        let name = "tremolo_consent_changes_total"
        #expect(
            counted == [
                "\(name){status=\"opt-in\",source=\"api\"} 1", "\(name){status=\"opt-out\",source=\"api\"} 2",
                "\(name){status=\"opt-in\",source=\"command\"} 1", "\(name){status=\"opt-out\",source=\"command\"} 0",
                "\(name){status=\"opt-in\",source=\"unsubscribe-link\"} 0",
                "\(name){status=\"opt-out\",source=\"unsubscribe-link\"} 0",
                "\(name){status=\"opt-in\",source=\"forgetting\"} 0",
                "\(name){status=\"opt-out\",source=\"forgetting\"} 1", "tremolo_consent_lists_total 1",
            ])
    }

    @Test("Keys are renewed by a reload; one key for two sections is refused")
    func keys() throws {
        let consent = try ConsentNode()
        let printed = try consent.consent("key").output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(printed.map(\.first) == ["key", "digest"])
        let (key, digest) = (String(printed[0][1]), String(printed[1][1]))
        try consent.node.write(
            "{ workers: 2, sections: { \"1\": { hosts: [\"shop.example\"], consent: \"honourOptOut\", "
                + "apiKeys: [\"\(digest)\"] } } }")
        #expect(try consent.node.reload().status == 200)
        let good = ConsentNode.person("ann@mail.example")
        #expect(try consent.report("opt-out", good).status == 401)
        #expect(try consent.report("opt-out", good, key: key).status == 202)
        try consent.node.write(
            "{ sections: { \"1\": { apiKeys: [\"\(digest)\"] }, \"2\": { apiKeys: [\"\(digest)\"] } } }")
        #expect(try consent.node.reload().status == 422)
        #expect(try consent.report("opt-out", good, key: key).status == 202)
    }

    @Test("People who are not followed stand in no list of recipients")
    func people() throws {
        let consent = try ConsentNode()
        for person in ["ann", "bob"] { try consent.click("\(person)%40mail.example") }
        _ = try consent.node.counted()
        #expect(try consent.report("opt-out", ConsentNode.person("ann@mail.example")).status == 202)
        let list = "email\nann@mail.example\nbob@mail.example\ncy@mail.example\n"
        for (choice, expected) in [
            ("--clicked", "email\nbob@mail.example\n"), ("--neither", "email\ncy@mail.example\n"),
        ] {
            let result = try tremolo(
                [
                    "people", "--recipients", "-", "--sec", "1", choice, "--data", consent.node.data, "--config",
                    consent.node.folder.path + "/t.json5",
                ], input: list)
            #expect(result.output == expected, "\(choice): \(result.errors)")
        }
    }
}
