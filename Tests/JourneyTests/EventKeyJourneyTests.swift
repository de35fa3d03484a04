import Bytes
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite("Another event key: old events end with the old one, refusals stay")
struct EventKeyJourneyTests {
    private static func configuration(_ retention: String, keys: String? = nil) -> String {
        """
        { workers: 2, identityRetention: "\(retention)"\(keys.map { ", keys: \"\($0)\"" } ?? ""), sections: {
            "1": { hosts: ["shop.example"], consent: "honourOptOut" } } }
        """
    }

    private static func click(_ person: String, port: Int) throws {
        let reply = try BlockingHTTPClient(port: port).get(
            "/tremclk?cuid=\(person)%40mail.example&sec=1&expId=7&targetUrl=https%3A%2F%2Fshop.example%2F")
        #expect(reply.status == 302)
    }

    /// The subjects of all events, in the order of time.
    private static func subjects(_ node: ReloadedEdge) throws -> [String?] {
        _ = try node.counted()
        return try node.tremolo("events").output.split(separator: "\n").map { try JSONDocument(String($0)) }
            .sorted { ($0["time"].string ?? "") < ($1["time"].string ?? "") }.map { $0["subject"].string }
    }

    private static func ofPerson(_ person: String, _ node: ReloadedEdge) throws -> Int {
        let result = try TestSupport.tremolo(
            [
                "events", "--cuid", "-", "--sec", "1", "--data", node.data, "--config", node.folder.path + "/t.json5",
            ], input: "\(person)@mail.example")
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").count { $0.contains("\"kind\":\"click\"") }
    }

    private static func keyFiles(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("event-") }.sorted()
    }

    /// The secret of a key file, as it stands there.
    private static func secret(_ path: String) throws -> String {
        let line = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("secret ") }
        return String(try #require(line).dropFirst(7))
    }

    @Test("Rotated twice: each key makes its own pseudonyms, only the last finds anybody, and refusals are in force")
    func twice() throws {
        let node = try ReloadedEdge(Self.configuration("0 s"))
        let keys = node.data + "/keys"
        let file = node.folder.path + "/t.json5"
        let refused = try TestSupport.tremolo(
            ["consent", "set", "--sec", "1", "--identifier", "-", "--status", "opt-out"]
                + ["--data", node.data, "--config", file], input: "bob@mail.example")
        #expect(refused.status == 0, "\(refused.errors)")
        var secrets: [String] = []
        for round in 1...3 {
            // Four connections come to both workers.
            for _ in 0..<4 { try Self.click("ann", port: node.edge.port) }
            try Self.click("bob", port: node.edge.port)
            #expect(try Self.ofPerson("ann", node) == 4)
            #expect(try Self.keyFiles(keys) == ["event-\(round).key"])
            secrets.append(try Self.secret("\(keys)/event-\(round).key"))
            guard round < 3 else { continue }
            let rotated = try node.tremolo("privacy", "rotate")
            #expect(rotated.status == 0 && rotated.output.isEmpty)
            #expect(rotated.errors.contains("event key \(round + 1) is in use\n"), "\(rotated.errors)")
            #expect(rotated.errors.contains("event key \(round) is destroyed"), "\(rotated.errors)")
        }
        #expect(Set(secrets).count == 3)
        let subjects = try Self.subjects(node)
        #expect(Set(subjects.compactMap { $0 }).count == 3)
        for round in 0..<3 {
            let own = subjects[(5 * round)..<(5 * round + 5)]
            #expect(Set(own.prefix(4)).count == 1 && own.first != .some(nil), "one pseudonym on both workers")
            #expect(own.last == .some(nil), "a refusal holds under any key")
        }
        // Nothing of the old keys is left, and neither what they were made of.
        for name in try FileManager.default.subpathsOfDirectory(atPath: node.data) {
            guard let contents = FileManager.default.contents(atPath: "\(node.data)/\(name)") else { continue }
            for secret in secrets.prefix(2) { #expect(contents.firstRange(of: Data(secret.utf8)) == nil, "\(name)") }
        }
        try Self.expectTold(node)
        let rebuild = try node.tremolo("rebuild")
        #expect(rebuild.status == 0, "\(rebuild.errors)")
        try Self.expectTold(node)
        let verified = try node.tremolo("verify")
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        #expect(node.edge.end() == 0)
        #expect(node.edge.log.contains("event=event-key-changed key=3") && node.edge.log.contains("destroyed key=2"))
    }

    /// One person counts three times, and every report whose range holds a change says so.
    private static func expectTold(_ node: ReloadedEdge) throws {
        let report = try node.counted()
        #expect(report["rows"].elements.first?["clicks"]["unique"].int == 3)
        #expect(report["rows"].elements.first?["clicks"]["total"].int == 15)
        #expect(report["eventKeyChanges"].elements.count == 2)
        let fromJournal = try JSONDocument(node.tremolo("report", "--from", "journal", "--format", "json").output)
        #expect(fromJournal["eventKeyChanges"].elements.count == 2)
        let table = try node.tremolo("report")
        #expect(
            table.output.replacing("\n", with: " ").contains("the event key was changed 2 times, last on "),
            "\(table.output)")
        // A range before it, and a question that tells no people.
        for flags in [["--until", "2026-01-01"], ["--by", "mech"]] {
            let report = try node.tremolo(["report", "--format", "json"] + flags)
            #expect(try JSONDocument(report.output)["eventKeyChanges"].elements.isEmpty, "\(flags)")
        }
        let page = try node.ask("GET", "/campaign?sec=1&expId=7")
        #expect(page.text.contains("The event key was changed 2 times"))
    }

    @Test("The old key finds its events for as long as identityRetention says, and ends then")
    func retention() throws {
        let folder = try TemporaryFolder()
        let day: UInt64 = 86_400_000_000_000
        let start: UInt64 = 1_583_049_600_000_000_000
        let clock = try ClockFile(making: folder.path + "/clock", nanoseconds: start)
        let file = folder.path + "/t.json5"
        try Data(Self.configuration("30 days").utf8).write(to: URL(fileURLWithPath: file))
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: file, arguments: ["--clock", folder.path + "/clock"])
        let shared = ["--data", folder.path + "/data", "--config", file]
        func found() throws -> Int {
            try tremolo(["events", "--cuid", "-", "--sec", "1"] + shared, input: "ann@mail.example").output
                .split(separator: "\n").count { $0.contains("\"kind\":\"click\"") }
        }
        try Self.click("ann", port: edge.port)
        clock.set(nanoseconds: start + day)
        let rotated = try tremolo(["privacy", "rotate"] + shared)
        #expect(
            rotated.errors.contains(
                "event key 1 finds what was recorded under it until 2020-04-01T08:00:00Z, and is destroyed then"),
            "\(rotated.errors)")
        try Self.click("ann", port: edge.port)
        #expect(try found() == 2)
        let keys = folder.path + "/data/keys"
        for (days, names) in [(30, ["event-1.key", "event-2.key"]), (31, ["event-2.key"])] {
            clock.set(nanoseconds: start + UInt64(days) * day + (days == 31 ? 1 : 0))
            let admin = try BlockingHTTPClient(port: edge.adminPort)
            try admin.send("POST /reload HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\nContent-Length: 0\r\n\r\n")
            #expect(try admin.receive().status == 200)
            #expect(try Self.keyFiles(keys) == names)
            #expect(try found() == names.count)
        }
        let record = try JSONDocument(tremolo(["privacy", "--format", "json"] + shared).output)
        #expect(record["eventKeys"].elements.map { $0["id"].int } == [2])
        #expect(edge.end() == 0)
    }

    @Test("Keys that have had their time are not missed, the one in use is, and one that somebody took is told once")
    func missed() throws {
        let node = try ReloadedEdge(Self.configuration("0 s"))
        let keys = node.data + "/keys"
        let ready = try node.ask("GET", "/readyz").text
        #expect(try node.tremolo("privacy", "rotate").status == 0)
        #expect(try Self.keyFiles(keys) == ["event-2.key"])
        try FileManager.default.moveItem(atPath: keys + "/event-2.key", toPath: node.folder.path + "/kept")
        try eventually("the key in use is missed") {
            try node.ask("GET", "/readyz").text.contains("keys/event-2.key: it is missing")
        }
        #expect(try !node.ask("GET", "/readyz").text.contains("event-1.key"))
        try FileManager.default.moveItem(atPath: node.folder.path + "/kept", toPath: keys + "/event-2.key")
        try eventually("nothing is missed") { try node.ask("GET", "/readyz").text == ready }

        try node.write(Self.configuration("30 days"))
        #expect(try node.reload().status == 200)
        #expect(try node.tremolo("privacy", "rotate").status == 0)
        try FileManager.default.removeItem(atPath: keys + "/event-2.key")
        #expect(try node.reload().status == 200)
        #expect(try node.ask("GET", "/readyz").text == ready)
        #expect(node.edge.end() == 0)
        #expect(node.edge.log.contains("event=event-key-gone key=2") && !node.edge.log.contains("event-1.key"))
    }

    @Test("Without a server the next start goes on with the new key, and journals since when it is there")
    func withoutServer() throws {
        let node = try ReloadedEdge(Self.configuration("90 days"))
        try Self.click("ann", port: node.edge.port)
        #expect(node.edge.end() == 0)
        let rotated = try node.tremolo("privacy", "rotate")
        #expect(rotated.status == 0)
        #expect(rotated.errors.contains("event key 2 is in use (no server runs: it counts from the next start on)"))
        let made = try JSONDocument(node.tremolo("privacy", "--format", "json").output)["eventKeys"].elements
        #expect(made.map { $0["id"].int } == [1, 2] && made[0]["destroyed"].string != nil)
        // The first one that starts is killed: what it journaled is not journaled again.
        for signal in [SIGKILL, SIGTERM] {
            let edge = try RunningEdge(data: node.data, configuration: node.folder.path + "/t.json5")
            try Self.click("ann", port: edge.port)
            let report = try node.counted()
            #expect(report["eventKeyChanges"].elements.map(\.string) == [made[1]["made"].string])
            #expect(report["rows"].elements.first?["clicks"]["unique"].int == 2)
            _ = edge.end(signal)
        }
        #expect(try Self.ofPerson("ann", node) == 3)
    }

    @Test("A node that shares the key folder follows at a reload, and destroys nothing that it does not know")
    func sharedFolder() throws {
        let shared = try TemporaryFolder()
        let configuration = Self.configuration("0 s", keys: shared.path + "/keys")
        let (first, second) = (try ReloadedEdge(configuration), try ReloadedEdge(configuration))
        for node in [first, second] { try Self.click("ann", port: node.edge.port) }
        #expect(try first.tremolo("privacy", "rotate").status == 0)
        try Self.click("ann", port: second.edge.port)
        let (status, answer) = try second.reload()
        #expect(status == 200)
        #expect(answer["changed"].elements.map(\.string) == ["event key 1 → 2"])
        for node in [first, second] { try Self.click("ann", port: node.edge.port) }
        let subjects = [try Self.subjects(first), try Self.subjects(second)]
        #expect(Set(subjects[0]).count == 2 && subjects[1].count == 3)
        #expect(subjects[0].last == subjects[1].last && subjects[1][0] == subjects[1][1])
        #expect(try second.counted()["eventKeyChanges"].elements.count == 1)
        // A folder that lost its keys changes nothing, and is told.
        let key = shared.path + "/keys/event-2.key"
        let contents = try Data(contentsOf: URL(fileURLWithPath: key))
        try FileManager.default.removeItem(atPath: key)
        #expect(try second.tremolo("privacy", "rotate").status != 0)
        #expect(try second.reload().0 == 200)
        try Self.click("ann", port: second.edge.port)
        try contents.write(to: URL(fileURLWithPath: key))
        #expect(try Self.subjects(second).last == subjects[1].last)
        #expect(first.edge.end() == 0 && second.edge.end() == 0)
        #expect(second.edge.log.contains("event=event-keys reason="), "\(second.edge.log)")
    }

    @Test("Whoever died while a key was destroyed leaves a folder that a start takes, and nothing of the key")
    func halfDestroyed() throws {
        let node = try ReloadedEdge(Self.configuration("0 s"))
        let keys = node.data + "/keys"
        try Self.click("ann", port: node.edge.port)
        let first = try Data(contentsOf: URL(fileURLWithPath: keys + "/event-1.key"))
        #expect(try node.tremolo("privacy", "rotate").status == 0)
        #expect(node.edge.end() == 0)
        let left = ["event-1.key.destroyed", "event-1.key.1f.new"]
        for contents in [first, Data(count: first.count), Data()] {
            for name in left { try contents.write(to: URL(fileURLWithPath: "\(keys)/\(name)")) }
            // Somebody makes the next one at this moment.
            try contents.write(to: URL(fileURLWithPath: keys + "/event-3.key.2e.new"))
            let record = try node.tremolo("privacy", "--format", "json")
            #expect(record.status == 0, "\(record.errors)")
            #expect(try JSONDocument(record.output)["eventKeys"].elements.count == 1)
            let edge = try RunningEdge(data: node.data, configuration: node.folder.path + "/t.json5")
            try Self.click("ann", port: edge.port)
            #expect(edge.end() == 0)
            #expect(try Self.keyFiles(keys) == ["event-2.key", "event-3.key.2e.new"])
        }
        // What is no key is told, and not taken for one that may not be read.
        try Data(count: 9).write(to: URL(fileURLWithPath: keys + "/event-2.key"))
        let damaged = try node.tremolo("privacy")
        #expect(damaged.status == 65 && damaged.errors.contains("event-2.key: it is no key file"), "\(damaged)")
    }

    @Test("A command without a server is no server that ended without stopping")
    func orderly() throws {
        let node = try ReloadedEdge(Self.configuration("90 days"))
        #expect(node.edge.end() == 0)
        let refused = try TestSupport.tremolo(
            ["consent", "set", "--sec", "1", "--identifier", "-", "--status", "opt-out"]
                + ["--data", node.data, "--config", node.folder.path + "/t.json5"], input: "bob@mail.example")
        #expect(refused.status == 0, "\(refused.errors)")
        let edge = try RunningEdge(data: node.data, configuration: node.folder.path + "/t.json5")
        #expect(edge.end() == 0)
        #expect(!edge.log.contains("ended-without-stopping"), "\(edge.log)")
    }

    @Test("255 keys are all there are: then it says so and changes nothing")
    func last() throws {
        let node = try ReloadedEdge(Self.configuration("90 days"))
        let keys = node.data + "/keys"
        let secret = Array(repeating: UInt8(7), count: 16)
        let hash = SHA256Digest.hash(
            Array("tremolo/v1/key-check/event/255/".utf8 + secret).span
        ).description
        let text =
            "tremolo key 1\npurpose event\nid 255\ncreated 1754006400000000000\nsecret "
            + String(repeating: "07", count: 16) + "\ncheck \(hash.prefix(8))\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: keys + "/event-255.key"))
        let rotated = try node.tremolo("privacy", "rotate")
        #expect(rotated.status != 0 && rotated.errors.contains("no id is left behind it"), "\(rotated.errors)")
        #expect(try Self.keyFiles(keys) == ["event-1.key", "event-255.key"])
        #expect(node.edge.end() == 0)
    }
}
