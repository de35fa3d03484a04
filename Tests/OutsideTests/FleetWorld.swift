import ClickHouse
import Foundation
import TestSupport
import Testing

/// Nodes of one fleet and their ClickHouse, each a process of its own.
final class FleetWorld {
    /// The server.
    let server: ClickHouseServer
    /// Between the nodes and the server.
    let proxy: CuttingProxy
    private let folder: TemporaryFolder
    private(set) var nodes: [FleetNode] = []

    /// Starts a server, and names nodes that don't run yet.
    ///
    /// - Parameters:
    ///   - makesTables: false leaves the database without any.
    ///   - more: settings beside those that tests need, in JSON5.
    init(nodes count: Int, seed: UInt64, makesTables: Bool = true, more: String = "", on place: String? = nil) throws {
        server = try ClickHouseServer(in: place)
        proxy = try CuttingProxy(to: server.port, seed: seed)
        folder = try TemporaryFolder()
        let password = folder.path + "/password"
        try "\(server.password)\n".write(toFile: password, atomically: true, encoding: .utf8)
        nodes = try (0..<count).map { number in
            let node = FleetNode(path: "\(folder.path)/node-\(number)", keys: folder.path + "/keys")
            try node.write(endpoint: "http://127.0.0.1:\(proxy.port)", password: password, more: more)
            return node
        }
        if makesTables { #expect(try nodes[0].command("store", "init").status == 0) }
    }

    /// The server as somebody sees it who goes around the proxy.
    func client() throws -> ClickHouseClient {
        ClickHouseClient(
            ClickHouseAccount(
                endpoints: [try ClickHouseEndpoint(server.endpoint)], database: "tremolo", user: "edge",
                password: server.password))
    }

    /// One number that the server answers with.
    func number(_ question: String) throws -> UInt64 {
        var rows = try client().rows(question)
        return try rows.number()
    }

    /// The events that the server has, in lines of what reports count them by; the newest row of each.
    func shippedEvents() throws -> Set<String> {
        var rows = try client().rows(
            """
            SELECT concat(lower(hex(node)), '/', lower(hex(epoch)), '/', toString(shard), '/', toString(sequence), ' ',
                toString(kind), ' ', toString(outcome), ' ', toString(class), ' ', sec, ' ', expId, ' ', va, ' ',
                ifNull(link, '-'), ' ', if(person = 'none', '-', lower(hex(subject))))
            FROM events FINAL
            """)
        var events: Set<String> = []
        while !rows.isAtEnd {
            let line = String(decoding: try rows.text(), as: UTF8.self)
            #expect(events.insert(line).inserted, "\(line) is there twice")
        }
        return events
    }

    /// The same of the nodes' journals, as `events` prints them.
    func journaledEvents() throws -> Set<String> {
        var events: Set<String> = []
        for node in nodes {
            for line in try node.command("events").output.split(separator: "\n") {
                let event = try JSONDocument(String(line))
                let id = try #require(event["id"].string).split(separator: "/")
                let identity = "\(Self.hex(id[0]))/\(Self.hex(id[1]))/\(id[2])/\(id[3])"
                let words = ["kind", "outcome", "class", "sec", "expId", "va"].map { event[$0].string ?? "" }
                let isCounted = event["outcome"].string != "refused"
                let subject = isCounted ? event["subject"].string ?? "-" : "-"
                events.insert(
                    "\(identity) \(words.joined(separator: " ")) \(event["link"].string ?? "-") \(subject)")
            }
        }
        return events
    }

    /// Hexadecimal digits without zeros in front, as the server prints a number.
    private static func hex(_ digits: Substring) -> String {
        let short = digits.drop { $0 == "0" }
        return short.count % 2 == 0 ? String(short) : "0" + short
    }
}

/// One node: a data folder, a configuration, and the server that runs on them.
final class FleetNode {
    /// The data folder.
    let data: String
    /// The configuration's file.
    let configuration: String
    /// Variables that its server gets beside those of the test.
    var environment: [String: String] = [:]
    /// The server, while one runs.
    private(set) var edge: RunningEdge?
    private let keys: String

    init(path: String, keys: String) {
        data = path + "/data"
        configuration = path + "/tremolo.json5"
        self.keys = keys
    }

    /// Writes the configuration anew.
    func write(endpoint: String, password: String, more: String = "") throws {
        let folder = URL(fileURLWithPath: configuration).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try """
        {
          clickhouse: { endpoints: ["\(endpoint)"], user: "edge", passwordFile: "\(password)" },
          keys: "\(keys)", flushInterval: "1 s", journal: { segmentSize: "1 MiB", syncInterval: "200 ms" },
          sections: {
            "one": { hosts: ["www.example.com"], otherwise: "ask" },
            "two": { hosts: ["www.example.com"], otherwise: "refuse", timezone: "America/New_York" },
          },
          \(more)
        }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    /// Starts the server.
    func start(environment: [String: String] = [:]) throws {
        edge = try RunningEdge(
            data: data, configuration: configuration, arguments: ["--workers", "2"], environment: environment)
    }

    /// Ends it.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) -> Int32 {
        let status = edge?.end(signal) ?? 0
        edge = nil
        return status
    }

    /// Runs a command on the folder.
    @discardableResult
    func command(_ words: String...) throws -> CommandResult {
        try tremolo(words + ["--config", configuration, "--data", data])
    }

    private func ask(_ path: String) throws -> HTTPReply {
        let edge = try #require(edge)
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try admin.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
        return try admin.receive()
    }

    /// Its metrics.
    func metrics() throws -> String { try ask("/metrics").text }

    /// What readiness says of a part; nil where it is well.
    func trouble(_ part: String) throws -> String? {
        let reply = try ask("/readyz")
        let body = try JSONDocument(String(decoding: reply.body, as: UTF8.self))
        return body["reasons"].elements.first { $0["part"].string == part }?["trouble"].string
    }

    /// Clicks and opens of people and machines.
    ///
    /// - Returns: how many were answered.
    @discardableResult
    func visit(_ count: Int, _ random: inout SeededGenerator) throws -> Int {
        let client = try BlockingHTTPClient(port: try #require(edge).port)
        var answered = 0
        for _ in 0..<count {
            let section = Bool.random(using: &random) ? "one" : "two"
            let person = Int.random(in: 0..<40, using: &random)
            let common = "sec=\(section)&expId=c\(person % 3)&va=v\(person % 2)&cuid=p\(person)%40mail.example"
            let host = Int.random(in: 0..<5, using: &random) == 0 ? "elsewhere.example" : "www.example.com"
            let target =
                Bool.random(using: &random)
                ? "/tremop?\(common)"
                : "/tremclk?\(common)&targetUrl=https%3A%2F%2F\(host)%2F\(Int.random(in: 0..<4, using: &random))"
            let agent = Int.random(in: 0..<4, using: &random) == 0 ? "curl/8.0" : BlockingHTTPClient.browser
            _ = try client.get(target, headers: ["User-Agent: \(agent)"])
            answered += 1
        }
        return answered
    }
}
