import Foundation
import TestSupport
import Testing

@Suite(
    "A full disk keeps nobody waiting, and nothing is lost or counted twice for it", .enabled(if: SmallDisk.isPossible))
struct FullDiskTests {
    private static func click(_ number: Int) -> String {
        "/tremclk?cuid=p\(number)%40mail.example&sec=8781202&expId=17&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale"
    }

    private static func run(_ command: String..., data: String) throws -> CommandResult {
        try tremolo(command + ["--data", data, "--config", OutsideProgram.configuration])
    }

    private static func report(_ data: String) throws -> JSONDocument {
        let result = try run("report", "--format", "json", data: data)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDocument(result.output)
    }

    @Test("A server starts on it, answers and keeps what it answered, and a refused command is not counted")
    func start() throws {
        let disk = try SmallDisk(mebibytes: 16)
        let data = disk.path + "/data"
        let first = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
        var client = try BlockingHTTPClient(port: first.port)
        for number in 0..<20 { #expect(try client.get(Self.click(number)).status == 302) }
        #expect(first.end() == 0)

        try disk.fill()
        let edge = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
        client = try BlockingHTTPClient(port: edge.port)
        for number in 20..<50 { #expect(try client.get(Self.click(number)).status == 302) }
        let add = ["sends", "add", "--sec", "8781202", "--exp-id", "17", "--sent", "1000"]
        let arguments = add + ["--data", data, "--config", OutsideProgram.configuration]
        for _ in 0..<2 {
            let refused = try tremolo(arguments)
            #expect(refused.status == 69 && refused.errors.contains("nothing was recorded"), "\(refused.errors)")
        }

        try disk.empty()
        let added = try tremolo(arguments)
        #expect(added.status == 0, "\(added.errors)")
        // What waited is written within a retry, and counted once its window has closed.
        let report = try eventually("fifty clicks are counted") {
            try Self.report(data)
        } until: {
            $0["accounting"]["counted"].int == 50
        }
        let row = try #require(report["rows"].elements.first)
        #expect(row["clicks"]["total"].int == 50 && row["clicks"]["unique"].int == 50)
        #expect(row["sent"].int == 1_000)
        let accounting = report["accounting"]
        #expect(accounting["waiting"].int == 0 && accounting["lost"].int == 0 && accounting["damaged"].int == 0)
        #expect(edge.end() == 0)
        #expect(try Self.report(data)["rows"].elements.first?["sent"].int == 1_000)
    }

    @Test("A rebuild that finds no room leaves the old store in use, and the room that it took")
    func rebuild() throws {
        let disk = try SmallDisk(mebibytes: 16)
        let data = disk.path + "/data"
        let edge = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<200 { #expect(try client.get(Self.click(number)).status == 302) }
        try eventually("two hundred clicks are counted") {
            try Self.report(data)["accounting"]["counted"].int == 200
        }
        func stores() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: data).filter { $0.hasPrefix("campaigns-2") }
        }

        try disk.fill()
        let beside = try Self.run("rebuild", data: data)
        #expect(beside.status == 69, "\(beside.errors)")
        #expect(try stores() == [])
        #expect(edge.end() == 0)
        let alone = try Self.run("rebuild", data: data)
        #expect(alone.status == 74, "\(alone.errors)")
        #expect(try stores() == [])

        try disk.empty()
        #expect(try Self.report(data)["rows"].elements.first?["clicks"]["unique"].int == 200)
        let rebuilt = try Self.run("rebuild", data: data)
        #expect(rebuilt.status == 0, "\(rebuilt.errors)")
        let after = try Self.report(data)
        #expect(after["rows"].elements.first?["clicks"]["unique"].int == 200)
        #expect(after["accounting"]["counted"].int == 200)
    }
}
