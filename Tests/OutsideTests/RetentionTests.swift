import Foundation
import TestSupport
import Testing

@Suite(
    "Where the disk is nearly full the oldest sealed segments go, and recording goes on",
    .enabled(if: SmallDisk.isPossible))
struct RetentionTests {
    /// The floor of a disk of 24 MiB is a tenth of it.
    private static let mebibytes = 24
    /// Far more than the disk holds: an event takes some kilobytes.
    private static let clicks = 16_000

    private static func click(_ number: Int) -> String {
        "/tremclk?cuid=p\(number % 5_000)%40mail.example&sec=1&expId=\(number / 4_000)"
            + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F\(String(repeating: "x", count: 1_800))"
    }

    private struct Failed: Error {
        let result: CommandResult
    }

    private static func run(_ arguments: [String], data: String, configuration: String) throws -> CommandResult {
        let result = try tremolo(arguments + ["--data", data, "--config", configuration])
        guard result.status == 0 else { throw Failed(result: result) }
        return result
    }

    @Test("More is clicked than the disk holds: nothing waits at the end, and the report has every click")
    func floor() throws {
        let disk = try SmallDisk(mebibytes: Self.mebibytes)
        let folder = try TemporaryFolder()
        let (data, configuration) = (disk.path + "/data", folder.path + "/tremolo.json5")
        try """
        { flushInterval: "500 ms", journal: { segmentSize: "1 MiB", syncInterval: "50 ms" },
          sections: { "1": { hosts: ["www.mywebsite.com"] } } }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let edge = try RunningEdge(data: data, configuration: configuration, arguments: ["--workers", "1"])
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<Self.clicks { #expect(try client.get(Self.click(number)).status == 302) }

        func report() throws -> JSONDocument {
            let arguments = ["report", "--by", "expId", "--format", "json"]
            return try JSONDocument(try Self.run(arguments, data: data, configuration: configuration).output)
        }
        func freeBytes() throws -> Int {
            let space = try FileManager.default.attributesOfFileSystem(forPath: disk.path)
            return try #require(space[.systemFreeSize] as? NSNumber).intValue
        }
        // What waited for room is written within a retry; what was written last is counted, and then makes room in its
        // turn: the floor is free again within 30 s.
        let deadline = Date() + 30
        let last = try eventually("everything is counted, and the floor is free or late") {
            try report()
        } until: {
            guard $0["accounting"]["pending"].int == 0, $0["accounting"]["waiting"].int == 0 else { return false }
            return try freeBytes() >= Self.mebibytes << 20 / 10 || Date() > deadline
        }
        let free = try freeBytes()
        #expect(free >= Self.mebibytes << 20 / 10, "\(free) bytes are free")
        let accounting = last["accounting"]
        #expect(accounting["lost"].int == 0 && accounting["damaged"].int == 0)
        #expect(accounting["journaled"].int == Self.clicks)
        #expect(try #require(accounting["expired"].int) > Self.clicks / 4)
        #expect(last["rows"].elements.map { $0["clicks"]["total"].int } == [4_000, 4_000, 4_000, 4_000])
        #expect(edge.end() == 0)

        let rows = try Self.run(
            ["report", "--by", "expId", "--format", "csv"], data: data, configuration: configuration)
        _ = try Self.run(["verify"], data: data, configuration: configuration)
        _ = try Self.run(["rebuild"], data: data, configuration: configuration)
        let rebuilt = try Self.run(
            ["report", "--by", "expId", "--format", "csv"], data: data, configuration: configuration)
        #expect(rebuilt.output == rows.output)
    }
}
