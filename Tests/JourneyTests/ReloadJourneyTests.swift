import Foundation
import Synchronization
import TestSupport
import Testing

/// A server whose configuration file the test writes again.
final class ReloadedEdge {
    let folder: TemporaryFolder
    let edge: RunningEdge
    private let file: String
    private let environment: [String: String]

    var data: String { folder.path + "/data" }

    init(_ configuration: String, environment: [String: String] = [:]) throws {
        self.environment = environment
        folder = try TemporaryFolder()
        file = folder.path + "/t.json5"
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: file))
        edge = try RunningEdge(data: folder.path + "/data", configuration: file, environment: environment)
    }

    func write(_ configuration: String) throws {
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    func removeFile() throws {
        try FileManager.default.removeItem(atPath: file)
    }

    func ask(_ method: String, _ path: String = "/reload", _ lines: String = "") throws -> HTTPReply {
        let client = try BlockingHTTPClient(port: edge.adminPort)
        try client.send("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\(lines)\r\n")
        return try client.receive(toHead: method == "HEAD")
    }

    func reload() throws -> (status: Int, JSONDocument) {
        let reply = try ask("POST", "/reload", "Content-Length: 0\r\n")
        return (reply.status, try JSONDocument(reply.text))
    }

    /// How a click of a section to a host is answered.
    func click(_ section: String, _ host: String) throws -> Int {
        let client = try BlockingHTTPClient(port: edge.port)
        return try client.get("/tremclk?cuid=a%40m.example&sec=\(section)&targetUrl=https%3A%2F%2F\(host)%2F").status
    }

    /// Runs a command on the server's folder and configuration.
    func tremolo(_ arguments: [String]) throws -> CommandResult {
        try TestSupport.tremolo(arguments + ["--data", data, "--config", file], environment: environment)
    }

    func tremolo(_ arguments: String...) throws -> CommandResult { try tremolo(arguments) }

    func counted(_ arguments: String...) throws -> JSONDocument {
        try countedReport(["--data", data, "--config", file] + arguments, environment: environment)
    }
}

extension JSONDocument {
    fileprivate var texts: [String?] { elements.map(\.string) }
}

@Suite("A configuration is read again by a running server, as a whole or not at all")
struct ReloadJourneyTests {
    private static func sections(_ text: String) -> String { "{ workers: 2, sections: { \(text) } }" }

    @Test("SIGHUP lists another host while clients hammer: no error, no closed connection, nothing lost")
    func hangUp() throws {
        let node = try ReloadedEdge(Self.sections("\"1\": { hosts: [\"a.example\"] }"))
        let isOver = Atomic(false)
        let answered = Atomic(0)
        let troubles = Mutex<[String]>([])
        let seen = Mutex<Set<Int>>([])
        let port = node.edge.port
        let (isWarm, hasEnded) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        for number in 0..<4 {
            Thread {
                do {
                    let client = try BlockingHTTPClient(port: port)
                    var last = 200
                    var count = 0
                    while !isOver.load(ordering: .relaxed) || last == 200 {
                        let target = "/tremclk?cuid=\(number)%40m.example&sec=1&targetUrl=https%3A%2F%2Fb.example%2F"
                        let reply = try client.get(target)
                        answered.wrappingAdd(1, ordering: .relaxed)
                        // A connection stays with its worker, which does not go back.
                        if reply.status != last, last != 200 { throw HTTPClientFailure.malformed("\(reply.status)") }
                        if reply.headers["connection"] == "close" { throw HTTPClientFailure.closed }
                        last = reply.status
                        seen.withLock { _ = $0.insert(reply.status) }
                        count += 1
                        if count == 25 { isWarm.signal() }
                    }
                } catch {
                    troubles.withLock { $0.append("client \(number): \(error)") }
                    isWarm.signal()
                }
                hasEnded.signal()
            }.start()
        }
        for _ in 0..<4 { isWarm.wait() }
        try node.write(Self.sections("\"1\": { hosts: [\"a.example\", \"b.example\"] }"))
        kill(node.edge.identifier, SIGHUP)
        try eventually("the other host is listed") {
            let status = try node.click("1", "b.example")
            answered.wrappingAdd(1, ordering: .relaxed)
            return status == 302
        }
        isOver.store(true, ordering: .relaxed)
        for _ in 0..<4 { hasEnded.wait() }
        #expect(troubles.withLock { $0 } == [])
        #expect(seen.withLock { $0 } == [200, 302])
        let report = try node.counted("--by", "outcome")
        let total = report["rows"].elements.reduce(0) { $0 + ($1["clicks"]["total"].int ?? 0) }
        #expect(total == answered.load(ordering: .relaxed))
        #expect(node.edge.end() == 0)
        #expect(
            node.edge.log.contains("level=info event=reloaded by=SIGHUP changed=sections.1.hosts\n"),
            "\(node.edge.log)")
    }

    @Test("With a problem in the file nothing changes, and every problem is told in the log and the answer")
    func refused() throws {
        let node = try ReloadedEdge(Self.sections("\"1\": { hosts: [\"a.example\"] }"))
        let file = node.folder.path + "/t.json5"
        try node.write(
            "{ sections: { \"1\": { hosts: [\"b.example\", \"*.*\"], links: { kill: [\"a.example\", \"x y\"] } } },\n"
                + " lissten: 1 }"
        )
        let (status, answer) = try node.reload()
        #expect(status == 422 && answer["reloaded"].bool == false)
        let problems = answer["problems"].texts.map { $0 ?? "" }
        let starts = [
            "1:43: sections.1.hosts[1]: ", "1:80: sections.1.links.kill[1]: ", "2:2: lissten: there is no such",
        ]
        #expect(problems.count == starts.count, "\(problems)")
        for (problem, start) in zip(problems, starts) { #expect(problem.hasPrefix("\(file):\(start)"), "\(problem)") }
        #expect(try node.click("1", "a.example") == 302)
        #expect(try node.click("1", "b.example") == 200)

        // A file that was cut to nothing would be one of defaults.
        for text in ["", "{ workers: 2 }"] {
            try node.write(text)
            let none = try node.reload()
            #expect(none.0 == 422)
            #expect(none.1["problems"].texts.first??.hasPrefix("sections: there is none any more") == true)
        }

        // Half a file, by signal: what follows shows that the server has looked at it.
        try node.write("{ sections: {")
        kill(node.edge.identifier, SIGHUP)
        try node.removeFile()
        let gone = try node.reload()
        #expect(gone.0 == 500)
        #expect(gone.1["problems"].texts.first??.hasPrefix("\(file): No such file") == true)
        #expect(try node.click("1", "a.example") == 302)
        #expect(try node.ask("GET", "/readyz").status == 200)
        #expect(node.edge.end() == 0)
        let log = node.edge.log
        #expect(
            log.contains(
                "level=error event=reload-refused by=\"POST /reload\" problems=3 what=\"nothing was changed\"\n"))
        for problem in problems { #expect(log.contains("event=reload-problem what=\"\(problem.prefix(40))"), "\(log)") }
        #expect(log.contains("level=error event=reload-failed by=\"POST /reload\" reason=\"\(file): No such file"))
        #expect(log.contains("by=SIGHUP"))
    }

    @Test("However many problems a file has, the log tells every one of them")
    func manyProblems() throws {
        let node = try ReloadedEdge(Self.sections("\"1\": {}"))
        let names = (0..<50).map { "nothing\($0)" }
        try node.write("{ \(names.map { "\($0): 1" }.joined(separator: ", ")) }")
        #expect(try node.reload().0 == 422)
        #expect(node.edge.end() == 0)
        let log = node.edge.log
        for name in names { #expect(log.contains(": \(name): there is no such setting"), "\(log)") }
        #expect(!log.contains("event=lines-left-out"))
    }

    @Test("What the log left out is said when that is over, though nothing else happens, and at the end")
    func leftOut() throws {
        let node = try ReloadedEdge(Self.sections("\"1\": {}"))
        let told = "event=lines-left-out kind=reloaded lines="
        for _ in 0..<30 { #expect(try node.reload().0 == 200) }
        try eventually("what was left out is told") { node.edge.logSoFar.contains(told) }
        for _ in 0..<30 { #expect(try node.reload().0 == 200) }
        #expect(node.edge.end() == 0)
        #expect(node.edge.log.split(separator: told, omittingEmptySubsequences: false).count == 3)
    }

    @Test("What needs a restart is named and stays as it was; what does not is in force when the answer comes")
    func restart() throws {
        let node = try ReloadedEdge(
            """
            { flushInterval: "1 s", sections: {
              "1": { hosts: ["a.example"], timezone: "UTC" }, "2": { otherwise: "refuse" }, "3": {} } }
            """)
        #expect(try node.click("2", "b.example") == 404)
        try node.write(
            """
            { flushInterval: "2 s", listen: "127.0.0.1:1", journal: { retention: "7 days" }, identity: "none",
              unknownSections: { otherwise: "refuse" }, sections: {
              "1": { hosts: ["b.example"], timezone: "Asia/Tokyo", otherwise: "fallback", name: "One",
                     fallback: "https://f.example/", linkQuery: ["id"] }, "4": { hosts: ["b.example"] }, "3": {} } }
            """)
        let (status, answer) = try node.reload()
        #expect(status == 200 && answer["reloaded"].bool == true)
        #expect(
            answer["changed"].texts == [
                "unknownSections.otherwise", "sections.1.name", "sections.1.hosts", "sections.1.otherwise",
                "sections.1.fallback", "sections.1.linkQuery", "sections.4 (added)", "sections.2 (removed)",
            ])
        // The flag of `listen` beats the file, now as at the start.
        #expect(answer["needsRestart"].texts == ["flushInterval", "identity", "journal.retention"])
        #expect(answer["needsRebuild"].texts == ["sections.1.timezone"])
        #expect(try node.click("1", "b.example") == 302)
        #expect(try node.click("1", "a.example") == 302)
        #expect(try node.click("2", "b.example") == 404)
        #expect(try node.click("4", "b.example") == 302)
        // The same again changes nothing, and names what still waits.
        let again = try node.reload()
        #expect(again.1["changed"].texts == [] && again.1["needsRestart"].texts.count == 3)
        #expect(again.1["needsRebuild"].texts == ["sections.1.timezone"])
        #expect(node.edge.end() == 0)
        let log = node.edge.log
        #expect(
            log.contains(
                "level=warning event=reload-needs-restart settings=\"flushInterval, identity, journal.retention\""))
        #expect(log.contains("level=warning event=reload-needs-rebuild settings=sections.1.timezone"))
    }

    @Test("A token that became known is worth nothing after a reload, and one that can't be read changes nothing")
    func tokens() throws {
        let files = try TemporaryFolder()
        let file = files.path + "/token"
        func put(_ token: String) throws { try token.write(toFile: file, atomically: true, encoding: .utf8) }
        func status(_ node: ReloadedEdge, _ token: String) throws -> (Int, String) {
            let reply = try node.ask("POST", "/reload", "Authorization: Bearer \(token)\r\nContent-Length: 0\r\n")
            return (reply.status, reply.text)
        }
        let (first, second, third) = ("first-0123456789", "second-0123456789", "third-0123456789")
        try put(first)
        let node = try ReloadedEdge("{ adminTokenFile: \"\(file)\", sections: { \"1\": {} } }")
        try put(second)
        let taken = try status(node, first)
        #expect(taken.0 == 200 && taken.1.contains("\"changed\":[\"adminTokenFile (its content)\"]"), "\(taken)")
        #expect(try status(node, first).0 == 401)
        for bad in ["short", ""] {
            try put(bad)
            let refused = try status(node, second)
            #expect(refused.0 == 500 && refused.1.contains("\(file): it holds no token"), "\(refused)")
        }
        // By the setting, with viewers beside it, who may not do so.
        try node.write(
            "{ adminToken: \"\(third)\", viewerToken: \"viewer-0123456789\", sections: { \"1\": {} } }")
        #expect(try status(node, second).0 == 200)
        #expect(try status(node, second).0 == 401)
        #expect(try status(node, "viewer-0123456789").0 == 403)
        let again = try status(node, third)
        #expect(again.0 == 200 && again.1.contains("\"changed\":[]"), "\(again)")
        #expect(node.edge.end() == 0)
        #expect(!node.edge.log.contains("0123456789"))
    }

    @Test("A section that is added is counted under its name at once, one that is removed as unknown")
    func counting() throws {
        let node = try ReloadedEdge(Self.sections("\"1\": { hosts: [\"a.example\"] }"))
        #expect(try node.click("1", "a.example") == 302)
        #expect(try node.click("2", "a.example") == 200)
        func clicks(_ section: String) throws -> Int? {
            try node.counted("--by", "sec")["rows"].elements.first { $0["sec"].string == section }?["clicks"]["total"]
                .int
        }
        #expect(try clicks("1") == 1 && clicks("(unknown)") == 1)
        try node.write(Self.sections("\"2\": { hosts: [\"a.example\"], timezone: \"Asia/Tokyo\" }"))
        #expect(try node.reload().status == 200)
        #expect(try node.click("1", "a.example") == 200)
        #expect(try node.click("2", "a.example") == 302)
        #expect(try clicks("1") == 1 && clicks("2") == 1 && clicks("(unknown)") == 2)
        // A rebuild counts all of them under the sections that are in force.
        let rebuild = try tremolo(["rebuild", "--data", node.data, "--config", node.folder.path + "/t.json5"])
        #expect(rebuild.status == 0, "\(rebuild.errors)")
        #expect(try clicks("1") == nil && clicks("2") == 2 && clicks("(unknown)") == 2)
        #expect(node.edge.end() == 0)
    }

    @Test("Only who may ask is answered, and only POST reads anything")
    func guarded() throws {
        let token = "0123456789abcdef0123456789abcdef"
        let first = "{ adminToken: \"\(token)\", sections: { \"1\": { hosts: [\"a.example\"] } } }"
        let node = try ReloadedEdge(first)
        let bearer = "Authorization: Bearer \(token)\r\nContent-Length: 0\r\n"
        try node.write(first.replacingOccurrences(of: "a.example", with: "b.example"))
        for (method, status) in [("GET", 405), ("HEAD", 405), ("PUT", 405)] {
            let reply = try node.ask(method, "/reload", bearer)
            #expect(reply.status == status && reply.headers["allow"] == "POST", "\(method)")
        }
        #expect(try node.ask("POST", "/reload", "Content-Length: 0\r\n").status == 401)
        #expect(try node.ask("POST", "/reload", bearer + "Origin: http://evil.example\r\n").status == 403)
        #expect(try node.ask("POST", "/metrics", bearer).status == 405)
        #expect(try BlockingHTTPClient(port: node.edge.port).get("/reload", method: "HEAD").status == 404)
        #expect(try node.click("1", "b.example") == 200)
        #expect(try node.ask("POST", "/reload", bearer).status == 200)
        #expect(try node.click("1", "b.example") == 302)
        #expect(node.edge.end() == 0)
    }
}
