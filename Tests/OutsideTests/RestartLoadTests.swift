import Foundation
import TestSupport
import Testing

@Suite("The binary is replaced under tremolo-load", .enabled(if: OutsideProgram.isAskedFor))
struct RestartLoadTests {
    /// What tremolo-load waits for an answer: 5 s. Between two servers a request waits no longer than that.
    @Test("Ten times at 500 requests a second: none fails, none is lost, and none is there twice")
    func replaced() throws {
        let folder = try TemporaryFolder(inMemory: true)
        let supervisor = try Supervisor(in: folder)
        try supervisor.replaceBinary()
        var edge = try supervisor.start(OutsideProgram.configuration)
        let run = FaultRun(data: folder.path + "/data")
        let output = folder.path + "/output"
        #expect(FileManager.default.createFile(atPath: output, contents: nil))
        let load = SpawnedProcess()
        load.executableURL = URL(fileURLWithPath: try builtProgram("tremolo-load"))
        let scenario = OutsideProgram.root.appendingPathComponent("LoadTests/scenarios/campaign.json5").path
        load.arguments = [
            "http://127.0.0.1:\(edge.port)", "--scenario", scenario, "--json", "--rate", "500", "--duration", "25s",
            "--warmup", "0s", "--connections", "16", "--verify-data", run.data, "--tremolo", tremoloBinary(),
        ]
        load.standardOutput = FileHandle(forWritingAtPath: output)
        load.standardError = FileHandle.nullDevice
        try load.run()
        defer { load.terminate() }
        for round in 0..<10 {
            // Each server answers some before it is replaced.
            let metrics = try BlockingHTTPClient(port: edge.adminPort)
            try eventually("requests in round \(round)") {
                try metrics.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
                let lines = try metrics.receive().text.split(separator: "\n")
                let clicks = lines.first { $0.hasPrefix("tremolo_requests_total{resource=\"click\",code=\"302\"") }
                return (clicks?.split(separator: " ").last.flatMap { Int($0) } ?? 0) > 100
            }
            try supervisor.replaceBinary()
            #expect(edge.end() == 0)
            edge = try supervisor.start(OutsideProgram.configuration)
        }
        #expect(load.isRunning, "ten replacements fit into the run")
        load.waitUntilExit()
        #expect(load.terminationStatus == 0)
        let result = try JSONDocument(String(contentsOfFile: output, encoding: .utf8))
        let round = result["servers"].elements[0]["rounds"].elements[0]
        for error in ["status", "location", "body", "connect", "timeout", "closed"] {
            #expect(round["errors"][error].int == 0, "\(error)")
        }
        let verified = result["verified"]
        #expect(verified["acknowledged"].int == round["completed"].int && round["completed"].int ?? 0 > 10_000)
        for member in ["lost", "doubled", "unknown"] { #expect(verified[member].int == 0, "\(member)") }
        #expect(verified["right"].bool == true && verified["storeAgrees"].bool == true)
        let accounting = try run.countedReport()["accounting"]
        #expect(accounting["counted"].int == verified["found"].int)
        for member in ["waiting", "lost", "damaged"] { #expect(accounting[member].int == 0, "\(member)") }
        #expect(edge.end() == 0)
        #expect(try run.command("verify").status == 0)
    }
}
