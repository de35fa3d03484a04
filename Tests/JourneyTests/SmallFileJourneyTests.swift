import Foundation
import TestSupport
import Testing

@Suite("Small files are read at the start and at a reload, all of them or none")
struct SmallFileJourneyTests {
    private let files: TemporaryFolder

    init() throws {
        files = try TemporaryFolder()
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: files.path + "/" + name))
    }

    /// A configuration with these hosts and files.
    private func configuration(hosts: String, _ names: [String: String]) -> String {
        let members = names.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\(files.path)/\($0.value)\"" }
        return """
            { workers: 2, static: { \(members.joined(separator: ", ")) },
              sections: { "1": { hosts: ["\(hosts)"], otherwise: "refuse" } } }
            """
    }

    private func get(_ node: ReloadedEdge, _ path: String) throws -> HTTPReply {
        try BlockingHTTPClient(port: node.edge.port).get(path)
    }

    @Test("What a reload can't read changes nothing, and is named; what it can is served by every worker")
    func reload() throws {
        let apple = "/.well-known/apple-app-site-association"
        let android = "/.well-known/assetlinks.json"
        try write("a", "[1]")
        try write("b", "[2]")
        let node = try ReloadedEdge(configuration(hosts: "a.example", [apple: "a"]))
        #expect(try get(node, apple).text == "[1]" && get(node, android).status == 404)
        #expect(try node.ask("GET", apple).status == 404, "the admin listener has none of them")

        // A file that is missing, and one that is too large, keep the other file and the host out, too.
        try write("large", String(repeating: "x", count: 128 * 1_024 + 1))
        for (file, words) in [("none", "ENOENT"), ("large", "larger than 128 KiB")] {
            try write("a", "[3]")
            try node.write(configuration(hosts: "b.example", [apple: "a", android: file]))
            let (status, answer) = try node.reload()
            let problem = answer["problems"].elements.first?.string ?? ""
            #expect(status == 500 && problem.hasPrefix("\(files.path)/\(file): ") && problem.contains(words))
            #expect(try get(node, apple).text == "[1]" && get(node, android).status == 404)
            #expect(try node.click("1", "b.example") == 404 && node.click("1", "a.example") == 302)
            let check = try node.tremolo("config", "check")
            #expect(check.status == 78 && check.errors.contains("\(files.path)/\(file): "), "\(check.errors)")
        }

        try node.write(configuration(hosts: "b.example", [apple: "a", android: "b"]))
        let (status, answer) = try node.reload()
        let changed = answer["changed"].elements.compactMap(\.string)
        #expect(status == 200)
        #expect(
            changed.sorted() == [
                "sections.1.hosts", "static.\(apple) (its content)", "static.\(android) (added)",
            ], "\(changed)")
        // Each new connection may come to another worker.
        for _ in 0..<8 {
            #expect(try get(node, apple).text == "[3]" && get(node, android).text == "[2]")
        }
        #expect(try node.click("1", "b.example") == 302)

        try node.write(configuration(hosts: "b.example", [android: "b"]))
        #expect(try node.reload().0 == 200)
        #expect(try get(node, apple).status == 404 && get(node, android).text == "[2]")
        #expect(try node.counted()["accounting"]["counted"].int == 5, "files are no events")
        #expect(node.edge.end() == 0)
    }

    @Test("A server does not start with a file that it can't serve")
    func start() throws {
        let path = files.path + "/t.json5"
        try Data(configuration(hosts: "a.example", ["/a.txt": "none"]).utf8).write(to: URL(fileURLWithPath: path))
        let result = try tremolo([
            "serve", "--config", path, "--data", files.path + "/data", "--listen", "127.0.0.1:0", "--admin",
            "127.0.0.1:0",
        ])
        #expect(result.status == 78 && result.errors.contains("\(files.path)/none: "), "\(result.errors)")
    }
}
