import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite(
        "A disk that hangs keeps nobody waiting, and what was answered is counted",
        .enabled(if: LoopDisk.isPossible))
    struct HangingDiskTests {
        /// How long an answer may take while the disk hangs, in seconds: the worker that is held must be noticed and
        /// taken over within it.
        private static let answerLimit = 0.3

        private static func click(_ number: Int) -> String {
            "/tremclk?cuid=p\(number)%40mail.example&sec=8781202&expId=17"
                + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale"
        }

        private static func report(_ data: String) throws -> JSONDocument {
            let result = try tremolo([
                "report", "--format", "json", "--data", data, "--config", OutsideProgram.configuration,
            ])
            try #require(result.status == 0, "\(result.errors)")
            return try JSONDocument(result.output)
        }

        private static func troubles(_ edge: RunningEdge) throws -> String {
            let client = try BlockingHTTPClient(port: edge.adminPort)
            try client.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
            return try client.receive().text
        }

        /// Clicks on new and on kept connections while a disk is frozen.
        private struct Clicks {
            let port: Int
            var kept: [BlockingHTTPClient]
            var answered = 0
            var slowest = 0.0

            init(port: Int) throws {
                self.port = port
                // Enough for every worker to have some.
                kept = try (0..<8).map { _ in try BlockingHTTPClient(port: port) }
            }

            mutating func click(_ client: BlockingHTTPClient) throws {
                let start = ProcessInfo.processInfo.systemUptime
                let reply = try client.get(HangingDiskTests.click(answered))
                slowest = max(slowest, ProcessInfo.processInfo.systemUptime - start)
                try #require(reply.status == 302)
                answered += 1
            }

            mutating func round() throws {
                for client in kept { try click(client) }
                for _ in 0..<8 { try click(BlockingHTTPClient(port: port)) }
            }
        }

        private func writeConfiguration(_ folder: TemporaryFolder, durability: String) throws -> String {
            let path = folder.path + "/tremolo.json5"
            try """
            { workers: 2, journal: { durability: "\(durability)" }, rules: "\(OutsideProgram.rules)",
              sections: { "8781202": { hosts: ["www.mywebsite.com"] } } }
            """.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test("For thirty seconds, and again", arguments: [("process", 30.0), ("disk", 5.0)])
        func freeze(durability: String, seconds: Double) throws {
            let disk = try LoopDisk(mebibytes: 64)
            let data = disk.path + "/data"
            let folder = try TemporaryFolder()
            let configuration = try writeConfiguration(folder, durability: durability)
            let edge = try RunningEdge(data: data, configuration: configuration)
            var clicks = try Clicks(port: edge.port)
            try clicks.round()
            #expect(try Self.troubles(edge).contains("\"ready\":true,\"reasons\":[]"))

            for seconds in [seconds, 2.0] {
                clicks.slowest = 0
                try disk.freeze()
                let end = ProcessInfo.processInfo.systemUptime + seconds
                // No faster than what the buffers hold: 30 seconds of 160 clicks a second.
                while ProcessInfo.processInfo.systemUptime < end {
                    let next = Date(timeIntervalSinceNow: 0.1)
                    try clicks.round()
                    Thread.sleep(until: next)
                }
                let troubles = try Self.troubles(edge)
                try disk.thaw()
                #expect(clicks.slowest < Self.answerLimit)
                #expect(
                    troubles.contains("does not answer") && troubles.contains("events wait in memory"), "\(troubles)")
                let report = try eventually("every click is counted") {
                    try Self.report(data)
                } until: {
                    $0["accounting"]["counted"].int == clicks.answered
                }
                #expect(report["accounting"]["waiting"].int == 0 && report["accounting"]["lost"].int == 0)
                try eventually("no trouble") { try Self.troubles(edge).contains("\"reasons\":[]") }
            }
            #expect(edge.end() == 0)
            let report = try Self.report(data)
            #expect(report["rows"].elements.first?["clicks"]["unique"].int == clicks.answered)
            let verified = try tremolo(["verify", "--data", data, "--config", configuration])
            #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        }

        @Test("A server that is told to stop meanwhile ends when the disk answers, and gives nothing up")
        func stop() throws {
            let disk = try LoopDisk(mebibytes: 64)
            let data = disk.path + "/data"
            let edge = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
            var clicks = try Clicks(port: edge.port)
            try clicks.round()
            try disk.freeze()
            for _ in 0..<3 { try clicks.round() }
            kill(edge.identifier, SIGTERM)
            try eventually("nobody listens") { (try? BlockingHTTPClient(port: edge.port)) == nil }
            try disk.thaw()
            #expect(edge.end() == 0)
            #expect(try Self.report(data)["rows"].elements.first?["clicks"]["unique"].int == clicks.answered)
        }

        @Test("One that is killed meanwhile loses no more than what waited")
        func killed() throws {
            let disk = try LoopDisk(mebibytes: 64)
            let data = disk.path + "/data"
            let first = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
            var clicks = try Clicks(port: first.port)
            try clicks.round()
            let before = clicks.answered
            try disk.freeze()
            for _ in 0..<3 { try clicks.round() }
            kill(first.identifier, SIGKILL)
            try disk.thaw()
            #expect(first.end(SIGKILL) == -SIGKILL)
            let second = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
            #expect(second.end() == 0)
            let report = try Self.report(data)
            let counted = try #require(report["accounting"]["counted"].int)
            #expect((before...clicks.answered).contains(counted))
            #expect(report["rows"].elements.first?["clicks"]["unique"].int == counted)
            let verified = try tremolo(["verify", "--data", data, "--config", OutsideProgram.configuration])
            #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        }
    }
}
