import Foundation
import TestSupport
import Testing

@Suite("An operator sees how the server is, from the edge's own port and from its log")
struct WatchingJourneyTests {
    @Test("Probes on the edge's port say the status alone, and not ready from the moment it is told to stop")
    func probes() throws {
        let folder = try TemporaryFolder()
        let configuration = folder.path + "/t.json5"
        try """
        { probes: { live: "/alive", ready: "/ready" }, sections: { "1": { hosts: ["www.shop.example"] } } }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let edge = try RunningEdge(data: folder.path + "/data", configuration: configuration, drainDelay: "2 s")
        let client = try BlockingHTTPClient(port: edge.port)
        let expected = [("/alive", 200), ("/ready", 200), ("/ready?x=1", 200), ("/healthz", 404), ("/alive/", 404)]
        for (path, status) in expected {
            #expect(try client.get(path).status == status, "\(path)")
        }
        #expect(try client.get("/ready", method: "POST").status == 405)
        let ready = try client.get("/ready", method: "HEAD")
        #expect(ready.status == 200 && ready.body.isEmpty && ready.headers["cache-control"] == "no-store, private")
        kill(edge.identifier, SIGTERM)
        try eventually("it is not ready") { try BlockingHTTPClient(port: edge.port).get("/ready").status == 503 }
        let draining = try BlockingHTTPClient(port: edge.port)
        #expect(try draining.get("/alive").status == 200)
        kill(edge.identifier, SIGTERM)
        _ = edge.log
    }

    @Test("The log is a file of JSON lines, which is opened again at SIGUSR1")
    func logFile() throws {
        let folder = try TemporaryFolder()
        let (configuration, log) = (folder.path + "/t.json5", folder.path + "/tremolo.log")
        try """
        { log: { format: "json", file: "\(log)" }, sections: { "1": { hosts: ["www.shop.example"] } } }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: tremoloBinary())
        process.arguments = [
            "serve", "--config", configuration, "--data", folder.path + "/data", "--listen", "127.0.0.1:0", "--admin",
            "127.0.0.1:0",
        ]
        process.environment = ["TREMOLO_DRAIN_DELAY": "0 s"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try awaitLine("\"event\":\"listening\"", in: log)
        try FileManager.default.moveItem(atPath: log, toPath: log + ".1")
        kill(process.processIdentifier, SIGUSR1)
        try awaitLine("\"event\":\"log-reopened\"", in: log)
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for path in [log, log + ".1"] {
            for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                #expect(object?["time"] != nil && object?["level"] != nil && object?["event"] != nil, "\(line)")
            }
        }
    }

    private func awaitLine(_ text: String, in path: String) throws {
        let deadline = Date() + 120
        while (try? String(contentsOfFile: path, encoding: .utf8))?.contains(text) != true {
            try #require(Date() < deadline, "\(path) never has \(text)")
            usleep(20_000)
        }
    }
}
