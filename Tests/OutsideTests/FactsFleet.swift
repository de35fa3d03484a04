import Bytes
import Foundation
import TestSupport
import Testing

/// Two nodes of a fleet and their ClickHouse: one folder of keys, one configuration, a data folder each.
final class FactsFleet {
    enum Node: String, CaseIterable {
        case one, two
    }

    let server: ClickHouseServer
    let folder: TemporaryFolder
    private(set) var edges: [Node: RunningEdge] = [:]
    private static let key = "a-key-of-the-first-section"
    private static let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    init() throws {
        server = try ClickHouseServer()
        folder = try TemporaryFolder()
        try usePassword(server.password)
        let text = """
            { workers: 2, flushInterval: "200 ms", keys: "\(folder.path)/keys",
              clickhouse: { endpoints: ["\(server.endpoint)"], user: "edge",
                            passwordFile: "\(folder.path)/password" },
              sections: { "1": { hosts: ["shop.example"], consent: "honourOptOut",
                                 apiKeys: ["\(SHA256Digest.hash(Array(Self.key.utf8).span))"] } } }
            """
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        let made = try tremolo(["store", "init", "--config", configuration])
        #expect(made.status == 0, "\(made)")
    }

    private var configuration: String { folder.path + "/tremolo.json5" }

    func data(_ node: Node) -> String { folder.path + "/" + node.rawValue }

    func usePassword(_ password: String) throws {
        try password.write(toFile: folder.path + "/password", atomically: true, encoding: .utf8)
    }

    /// Starts a node; it listens, and may not be ready.
    func start(_ node: Node) throws {
        edges[node] = try RunningEdge(data: data(node), configuration: configuration)
    }

    /// Starts both nodes, and waits until they are ready.
    func startAll() throws {
        for node in Node.allCases {
            try start(node)
            try waitUntilReady(node)
        }
    }

    func end(_ node: Node, _ signal: Int32 = SIGTERM) throws {
        try edge(node).end(signal)
        edges[node] = nil
    }

    func edge(_ node: Node) throws -> RunningEdge { try #require(edges[node]) }

    func run(_ node: Node, _ arguments: String..., input: String = "") throws -> CommandResult {
        let result = try tremolo(
            arguments + ["--data", data(node), "--config", configuration], input: input)
        #expect(result.status == 0, "\(arguments): \(result)")
        return result
    }

    /// What readiness says: its status, and its reasons by part.
    func readiness(_ node: Node) throws -> (status: Int, reasons: [String: String]) {
        let reply = try ask(node, "/readyz")
        let reasons = try JSONDocument(reply.text)["reasons"].elements.map {
            ($0["part"].string ?? "", $0["trouble"].string ?? "")
        }
        return (reply.status, Dictionary(reasons) { first, _ in first })
    }

    /// Asks the admin listener.
    private func ask(_ node: Node, _ path: String) throws -> HTTPReply {
        let port = try edge(node).adminPort
        let client = try BlockingHTTPClient(port: port)
        try client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
        return try client.receive()
    }

    func waitUntilReady(_ node: Node) throws {
        try eventually("a node that is ready") { try readiness(node).status == 200 }
    }

    /// A sample of the metrics; nil where there is none.
    func metric(_ node: Node, _ name: String) throws -> UInt64? {
        let text = try ask(node, "/metrics").text
        return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { UInt64($0.dropFirst(name.count + 1)) }
    }

    /// Reports what a person said, and takes 202 for the answer.
    func say(_ node: Node, _ person: String, _ what: String) throws {
        let body = "{\"identifier\": {\"type\": \"email\", \"value\": \"\(person)@mail.example\"}}"
        let client = try BlockingHTTPClient(port: edge(node).adminPort)
        try client.send(
            "POST /v2/userdata/channels/Email/\(what) HTTP/1.1\r\nHost: admin.example\r\ndy-api-key: \(Self.key)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let reply = try client.receive()
        #expect(reply.status == 202, "\(reply.text)")
    }

    /// Clicks as a person whose click is redirected.
    func click(_ node: Node, _ person: String) throws {
        let reply = try BlockingHTTPClient(port: edge(node).port).get(
            "/tremclk?cuid=\(person)%40mail.example&sec=1&expId=7&targetUrl=https%3A%2F%2Fshop.example%2F",
            headers: ["User-Agent: \(Self.browser)"])
        #expect(reply.status == 302)
    }

    /// Whether a click now keeps its person.
    func isFollowed(_ node: Node, _ person: String) throws -> Bool {
        let before = try events(node).count
        try click(node, person)
        var found: [JSONDocument] = []
        try eventually("the click in the journal") {
            found = try events(node)
            return found.count == before + 1
        }
        return found.max { ($0["time"].string ?? "") < ($1["time"].string ?? "") }?["subject"].string != nil
    }

    func events(_ node: Node) throws -> [JSONDocument] {
        try run(node, "events").output.split(separator: "\n").map { try JSONDocument(String($0)) }
    }

    /// What `consent status` says of a person, by the journal.
    func status(_ node: Node, _ person: String) throws -> String {
        try run(
            node, "consent", "status", "--sec", "1", "--identifier", "-", input: "\(person)@mail.example"
        ).output
    }

    /// True while a pseudonym, in hexadecimal digits, stands in any file of a node's folder.
    func finds(_ subject: String, at node: Node) throws -> Bool {
        let digits = subject.split(separator: ":").last.map(String.init) ?? subject
        let bytes = Hexadecimal.decode(Array(digits.utf8).span)
        let wanted = Data(try #require(bytes))
        for name in try FileManager.default.subpathsOfDirectory(atPath: data(node)) {
            let contents = FileManager.default.contents(atPath: data(node) + "/" + name) ?? Data()
            if contents.range(of: wanted) != nil || contents.range(of: Data(digits.utf8)) != nil { return true }
        }
        return false
    }
}
