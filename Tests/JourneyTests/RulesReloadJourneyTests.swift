import Foundation
import TestSupport
import Testing

@Suite("Classification rules change without a restart, and the past with a rebuild")
struct RulesReloadJourneyTests {
    private static func networks(_ label: String, _ rest: String = "") -> String {
        "{ networks: [{ label: \"\(label)\", ranges: [\"127.0.0.1/32\"]\(rest) }] }"
    }

    @Test("A network's label is found by the whole address; new rules label and judge what comes, a rebuild the past")
    func networks() throws {
        let rules = try TemporaryFolder()
        let file = URL(fileURLWithPath: rules.path + "/rules.json5")
        try Data(Self.networks("before").utf8).write(to: file)
        let server = try ReloadedEdge(
            "{ rules: \"\(rules.path)\", sections: { \"1\": { hosts: [\"www.example.com\"] } } }",
            environment: ["TREMOLO_RULES": ""])
        #expect(try server.click("1", "www.example.com") == 302)
        #expect(try events(server).map { $0["network"].string } == ["before"])

        try Data(Self.networks("after", ", class: \"machine\", reason: \"gateway\"").utf8).write(to: file)
        let reply = try server.reload()
        #expect(reply.status == 200)
        let changed = reply.1["changed"].elements.compactMap(\.string)
        #expect(changed.count == 1 && changed[0].hasPrefix("rules: version "), "\(changed)")
        #expect(try server.click("1", "www.example.com") == 302)
        // The first event's label is not listed any more, and its address is cut: 127.0.0.0/24 is more than the range.
        let both = try events(server)
        #expect(both.map { $0["network"].string } == ["before", "after"])
        #expect(both.map { $0["classReason"].string } == ["default", "gateway"])
        #expect(try classes(server) == ["human": 1, "machine": 1])

        // Reloading what is in force changes nothing.
        #expect(try server.reload().1["changed"].elements.isEmpty)

        // Now the whole of what is kept lies in the range.
        try Data(
            "{ networks: [{ label: \"all\", ranges: [\"127.0.0.0/8\"], class: \"machine\", reason: \"all\" }] }".utf8
        )
        .write(to: file)
        #expect(try server.reload().status == 200)
        #expect(try classes(server) == ["human": 1, "machine": 1])
        #expect(try server.tremolo("rebuild").status == 0)
        #expect(try classes(server) == ["machine": 2])

        try Data("{ networks: [{ label: \"a@b\" }] }".utf8).write(to: file)
        let refused = try server.reload()
        #expect(refused.status >= 400)
        #expect(refused.1["problems"].elements[0].string?.contains("rules.json5:1:") == true)
        #expect(try server.click("1", "www.example.com") == 302)
    }

    @Test("When the shipped folder is gone, a running server keeps the rules that it has, at a reload and a rebuild")
    func shippedFolderGone() throws {
        let folder = try TemporaryFolder()
        let rules = folder.path + "/Config/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: true)
        try Data(Self.networks("here").utf8).write(to: URL(fileURLWithPath: rules + "/rules.json5"))
        let configuration = folder.path + "/t.json5"
        try "{ sections: { \"1\": { hosts: [\"www.example.com\"] } } }"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: configuration, environment: ["TREMOLO_RULES": ""],
            wrapper: ["/usr/bin/env", "-C", folder.path])
        try FileManager.default.moveItem(atPath: rules, toPath: rules + ".away")
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try admin.send("POST /reload HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\nContent-Length: 0\r\n\r\n")
        let reply = try admin.receive()
        #expect(reply.status == 500 && reply.text.contains("Config/rules"), "\(reply.text)")
        let rebuilt = try tremolo(["rebuild", "--data", folder.path + "/data", "--config", configuration])
        #expect(rebuilt.status != 0 && rebuilt.errors.contains("Config/rules"), "\(rebuilt.errors)")
        try FileManager.default.moveItem(atPath: rules + ".away", toPath: rules)
        try admin.send("POST /reload HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\nContent-Length: 0\r\n\r\n")
        // What it kept are those of the folder: nothing changes.
        #expect(try JSONDocument(try admin.receive().text)["changed"].elements.isEmpty)
        #expect(edge.end() == 0)
    }

    private func events(_ server: ReloadedEdge) throws -> [JSONDocument] {
        _ = try server.counted()
        let events = try server.tremolo("events")
        return try events.output.split(separator: "\n").map { try JSONDocument(String($0)) }
    }

    private func classes(_ server: ReloadedEdge) throws -> [String: Int] {
        let rows = try server.counted("--by", "class")["rows"].elements
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0["class"].string ?? "", $0["clicks"]["total"].int ?? 0) })
    }
}
