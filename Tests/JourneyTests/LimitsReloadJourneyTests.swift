import Foundation
import TestSupport
import Testing

@Suite("A running server takes limits and its log over, or says why not and stays as it was")
struct LimitsReloadJourneyTests {
    private static let sections = "sections: { \"1\": { hosts: [\"a.example\"] } }"
    private static let click = "/tremclk?cuid=a%40m.example&sec=1&targetUrl=https%3A%2F%2Fa.example%2F"

    private func changed(_ answer: JSONDocument) -> [String?] { answer["changed"].elements.map(\.string) }

    @Test("Lengths of requests, and how long a connection may idle, are those of the new file at once")
    func lengths() throws {
        let node = try ReloadedEdge("{ workers: 2, \(Self.sections) }")
        let client = try BlockingHTTPClient(port: node.edge.port)
        let long = Self.click + "&padding=" + String(repeating: "x", count: 8_500)
        #expect(try client.get(Self.click).status == 302)
        #expect(try BlockingHTTPClient(port: node.edge.port).get(long).status == 414)
        let padding = ["X-Padding: " + String(repeating: "x", count: 20_000)]
        #expect(try BlockingHTTPClient(port: node.edge.port).get(Self.click, headers: padding).status == 431)
        // Half a request that is there when the limits change.
        let half = try BlockingHTTPClient(port: node.edge.port)
        try half.send("GET \(Self.click) HTTP/1.1\r\nHost: a\r\nX-Padding: " + String(repeating: "x", count: 15_000))
        try node.write(
            """
            { workers: 2, requestLineLimit: "16 KiB", headLimit: "32 KiB", idleTimeout: "1 s", \(Self.sections) }
            """
        )
        let (status, answer) = try node.reload()
        #expect(status == 200 && changed(answer) == ["idleTimeout", "requestLineLimit", "headLimit"])
        #expect(answer["needsRestart"].elements.isEmpty)
        try half.send(String(repeating: "x", count: 10_000) + "\r\n\r\n")
        #expect(try half.receive().status == 302)
        for _ in 0..<4 {
            let other = try BlockingHTTPClient(port: node.edge.port)
            #expect(try other.get(long).status == 302)
            #expect(try other.get(Self.click, headers: padding).status == 302)
        }
        // It has idled long enough by now, or will have.
        #expect(client.receiveUntilClosed().isEmpty)
        try node.write("{ workers: 2, requestLineLimit: \"16 KiB\", \(Self.sections) }")
        let (refused, problem) = try node.reload()
        #expect(refused == 422)
        #expect(problem["problems"].elements.first?.string?.contains("headLimit: it must be more than") == true)
        #expect(try BlockingHTTPClient(port: node.edge.port).get(long).status == 302)
        #expect(node.edge.end() == 0)
    }

    @Test("Limits of an address begin and end with a reload; what they leave out is counted, and everybody is answered")
    func addresses() throws {
        let node = try ReloadedEdge("{ workers: 1, \(Self.sections) }")
        let client = try BlockingHTTPClient(port: node.edge.port)
        for _ in 0..<5 { #expect(try client.get(Self.click).status == 302) }
        let limits = "limits: { connectionsPerAddress: 2, requestsPerAddress: \"1/h\", requestBurst: 3 }"
        try node.write("{ workers: 1, \(limits), \(Self.sections) }")
        let (_, answer) = try node.reload()
        #expect(
            changed(answer) == ["limits.connectionsPerAddress", "limits.requestsPerAddress", "limits.requestBurst"])
        for _ in 0..<10 { #expect(try client.get(Self.click).status == 302) }
        // The third one takes the place of the first, which idles longest.
        let second = try BlockingHTTPClient(port: node.edge.port)
        #expect(try second.get("/").status == 200)
        let third = try BlockingHTTPClient(port: node.edge.port)
        #expect(try third.get("/").status == 200)
        #expect(client.receiveUntilClosed().isEmpty)
        // Another address has its own share and connections.
        let elsewhere = try BlockingHTTPClient(port: node.edge.port, source: 0x7F00_0002)
        #expect(try elsewhere.get(Self.click).status == 302)
        #expect(try node.counted()["accounting"]["received"].int == 5 + 3 + 1)
        let metrics = try node.ask("GET", "/metrics").text
        #expect(metrics.contains("\ntremolo_limited_requests_total{resource=\"click\"} 7\n"))
        #expect(metrics.contains("\ntremolo_connections_total{event=\"address_limit\"} 1\n"))

        try node.write(
            "{ workers: 1, limits: { requestsPerAddress: \"1/h\", requestBurst: 1, beyond: \"refuse\" }, "
                + "\(Self.sections) }")
        #expect(try node.reload().status == 200)
        #expect(try (0..<4).map { _ in try second.get(Self.click).status } == [302, 429, 429, 429])
        try node.write("{ workers: 1, limits: { requestsPerAddress: \"often\" }, \(Self.sections) }")
        let (status, problem) = try node.reload()
        #expect(status == 422)
        #expect(
            problem["problems"].elements.first?.string?.contains("limits.requestsPerAddress: it is no rate") == true)
        #expect(try second.get(Self.click).status == 429)
        try node.write("{ workers: 1, \(Self.sections) }")
        #expect(try node.reload().status == 200)
        for _ in 0..<5 { #expect(try second.get(Self.click).status == 302) }
        #expect(node.edge.end() == 0)
    }

    @Test("The log goes on in the new file and form; one that can't be opened refuses the whole reload")
    func log() throws {
        let node = try ReloadedEdge("{ workers: 1, \(Self.sections) }")
        let (first, second) = (node.folder.path + "/first.log", node.folder.path + "/second.log")
        func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        try node.write("{ workers: 1, log: { file: \"\(first)\" }, \(Self.sections) }")
        let (status, answer) = try node.reload()
        #expect(status == 200 && changed(answer) == ["log.file"])
        #expect(try text(first).contains("level=info event=reloaded by=\"POST /reload\" changed=log.file\n"))

        let missing = node.folder.path + "/missing/x.log"
        try node.write(
            "{ workers: 1, log: { file: \"\(missing)\" }, sections: { \"1\": { hosts: [\"b.example\"] } } }")
        let (failed, problem) = try node.reload()
        #expect(failed == 500)
        let reason = problem["problems"].elements.first?.string ?? ""
        #expect(
            reason.hasPrefix("\(missing): No such file or directory (ENOENT): ") && reason.contains("folder exists"))
        #expect(try node.click("1", "a.example") == 302 && node.click("1", "b.example") == 200)
        #expect(try text(first).contains("event=reload-failed"))

        try node.write("{ workers: 1, log: { file: \"\(second)\", format: \"json\" }, \(Self.sections) }")
        #expect(try node.reload().status == 200)
        #expect(try text(first).hasSuffix("event=log-goes-on file=\(second)\n"))
        #expect(try JSONDocument(text(second))["event"].string == "reloaded")
        // The old file is closed.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(node.edge.identifier)/fd").filter {
            let path = "/proc/\(node.edge.identifier)/fd/\($0)"
            return (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == first
        }
        #expect(open.isEmpty)
        #expect(node.edge.end() == 0)
        #expect(try text(second).contains("\"event\":\"stopped\""))
        #expect(node.edge.log.contains("event=log-goes-on file=\(first)\n") && !node.edge.log.contains("reload-failed"))
    }
}
