import Campaigns
import ClickHouse
import Engagement
import Foundation
import TestSupport
import Testing
import TrackingLinks

@Suite(
    "A fleet's report and dashboard need ClickHouse and the configuration alone",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct FleetCommandTests {
    private let folder: TemporaryFolder
    private let server: ClickHouseServer
    private let configuration: String

    init() throws {
        folder = try TemporaryFolder()
        server = try ClickHouseServer()
        configuration = folder.path + "/tremolo.json5"
        try server.password.write(toFile: folder.path + "/password", atomically: true, encoding: .utf8)
        let text = """
            { dashboardStore: "clickhouse", rules: "\(OutsideProgram.rules)",
              sections: { utc: { name: "Shop" } },
              clickhouse: { endpoints: ["\(server.endpoint)"], database: "fleet", user: "edge",
                passwordFile: "\(folder.path)/password" } }
            """
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    private func report(_ arguments: String...) throws -> CommandResult {
        try tremolo(
            ["report", "--store", "clickhouse", "--config", configuration, "--data", folder.path + "/nowhere"]
                + arguments)
    }

    private func account() throws -> ClickHouseAccount {
        ClickHouseAccount(
            endpoints: [try ClickHouseEndpoint(server.endpoint)], database: "fleet", user: "edge",
            password: server.password)
    }

    /// Makes the tables, and ships three clicks of two people.
    private func ship() throws {
        let account = try account()
        _ = try FleetSetup(account, engine: .plain).make()
        let basis = FleetJournal.Basis(sections: SectionDirectory(["utc": SectionDirectory.Facts()]))
        let node = try FleetJournal(node: 7, seed: 1, basis, client: ClickHouseClient(account))
        for place in 0..<3 {
            var facts = EventFacts(timeNanoseconds: 0, kind: .click, outcome: .redirected, reason: 1)
            facts.frozenClass = .human
            node.append(
                facts,
                [
                    (.sec, "utc"), (.expId, "17"), (.target, "https://www.example.com/\(place)"),
                    (.frozenClient, "Firefox"),
                ])
        }
        try node.end()
    }

    @Test("Every form of a report, for any columns, without a data folder; a database without tables is named")
    func reports() throws {
        let early = try report()
        #expect(early.status == 78 && early.errors.contains("tremolo store init"), "\(early.errors)")
        try ship()
        let json = try JSONDocument(try report("--by", "client,link,hour", "--format", "json").output)
        #expect(json["rows"].elements.count == 3 && json["rows"].elements[0]["clicks"]["total"].int == 1)
        for (format, part) in [("table", "Shop (utc)"), ("csv", "utc,Shop,17"), ("html", "Shop")] {
            let answer = try report("--format", format)
            #expect(answer.status == 0 && answer.output.contains(part), "\(format): \(answer.output)\(answer.errors)")
        }
        #expect(try report("--sec", "utc", "--exp-id", "17", "--format", "html").status == 0)
        try "wrong".write(toFile: folder.path + "/password", atomically: true, encoding: .utf8)
        #expect(try report().status == 77)
        server.end(SIGKILL)
        let away = try report()
        #expect(away.status == 69 && away.output.isEmpty && !away.errors.contains("a-password"), "\(away.errors)")
    }

    @Test("Tables of an older version are named, with what to do, and those that are good enough are taken")
    func versions() throws {
        let account = try account()
        let made = FleetSchema.version
        _ = try FleetSetup(account, engine: .plain).make()
        let client = ClickHouseClient(account)
        try FleetSetup.check(client)
        #expect(throws: FleetError.olderSchema(made)) { try FleetSetup.check(client, for: made + 1) }
        #expect("\(FleetError.olderSchema(made - 1))".contains("needs \(made): run tremolo store init"))
        // A later program's tables, which serve this one, too.
        try client.run("INSERT INTO schema VALUES (\(made + 3), \(made + 1))")
        try FleetSetup.check(client, for: made + 1)
        #expect(throws: FleetError.newerSchema(made + 3)) { try FleetSetup.check(client) }
    }

    @Test("The dashboard shows the fleet's figures, and says within its bound that ClickHouse does not answer")
    func dashboard() throws {
        try ship()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: configuration)
        func get(_ path: String) throws -> HTTPReply {
            let admin = try BlockingHTTPClient(port: edge.adminPort)
            try admin.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
            return try admin.receive()
        }
        let table = try get("/table.json?by=client,link&since=all")
        #expect(table.status == 200)
        #expect(try JSONDocument(table.text)["rows"].elements.count == 3)
        #expect(try get("/?since=all").text.contains("Shop"))
        server.send(SIGSTOP)
        for path in ["/table?by=sec", "/"] {
            let answer = try get(path)
            #expect(answer.status == 503 && answer.text.contains("ClickHouse does not answer"), "\(answer.text)")
        }
        #expect(try get("/health").status == 200)
        server.send(SIGCONT)
        #expect(try get("/table.csv?by=sec&since=all").status == 200)
        #expect(edge.end() == 0)
    }
}
