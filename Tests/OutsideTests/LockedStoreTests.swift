import Foundation
import TestSupport
import Testing

@Suite(
    "A store that another process holds keeps nobody waiting, and is counted when it is let go",
    .enabled(if: OutsideProgram.isAskedFor))
struct LockedStoreTests {
    /// `sqlite3` in the midst of a transaction, until the value goes away.
    private final class Holder {
        private let process = SpawnedProcess()
        private let input = Pipe()

        /// Returns once the statements have been run: they wait for whoever holds the store, and the program ends at
        /// one that fails.
        init(_ store: String, _ statements: String) throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
            process.arguments = ["-bail", "-cmd", ".timeout 60000", store]
            let output = Pipe()
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            try input.fileHandleForWriting.write(contentsOf: Data((statements + "; SELECT 'held';\n").utf8))
            var text = ""
            while !text.contains("held") {
                let chunk = output.fileHandleForReading.availableData
                try #require(!chunk.isEmpty, "\(text)")
                text += String(decoding: chunk, as: UTF8.self)
            }
        }

        func letGo() throws {
            try input.fileHandleForWriting.write(contentsOf: Data("ROLLBACK; PRAGMA locking_mode=NORMAL; .quit\n".utf8))
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    private static func click(_ edge: RunningEdge, _ count: Int) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<count {
            let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F\(number)"
            #expect(try client.get("/tremclk?sec=8781202&expId=1&cuid=p\(number)%40m.example&\(target)").status == 302)
        }
    }

    @Test("Under BEGIN EXCLUSIVE people are redirected, readiness names the lock, and all is counted once afterwards")
    func exclusive() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let arguments = ["--data", data, "--config", OutsideProgram.configuration]
        let edge = try RunningEdge(
            data: data, configuration: OutsideProgram.configuration, arguments: ["--flush-interval", "0.1"])
        try Self.click(edge, 10)
        func report() throws -> JSONDocument {
            let result = try tremolo(["report", "--format", "json"] + arguments)
            try #require(result.status == 0, "\(result.errors)")
            return try JSONDocument(result.output)
        }
        try eventually("ten clicks are counted") { try report()["accounting"]["counted"].int == 10 }

        let holder = try Holder(data + "/campaigns.sqlite", "BEGIN EXCLUSIVE")
        try Self.click(edge, 10)
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try eventually("readiness names the lock") {
            try admin.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
            let reply = try admin.receive()
            #expect(reply.status == 200)
            return reply.text.contains("another process holds it")
        }
        try Self.click(edge, 10)
        // A reader has the old figures; what was clicked since is pending.
        let during = try report()
        #expect(during["accounting"]["counted"].int == 10 && during["accounting"]["pending"].int == 20)
        try holder.letGo()
        try eventually("thirty clicks are counted") { try report()["accounting"]["counted"].int == 30 }
        #expect(try report()["rows"].elements.first?["clicks"]["total"].int == 30)
        #expect(edge.end() == 0)
        let verify = try tremolo(["verify", "--data", data])
        #expect(verify.status == 0, "\(verify.errors)")
    }
}
