import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite("A server lives by the clock that it is given")
struct ClockJourneyTests {
    private static let second: UInt64 = 1_000_000_000
    private static let shippedRules = [
        "TREMOLO_RULES": URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent()
            .appendingPathComponent("rules").path
    ]
    /// 2020-03-01T08:00:00Z.
    private static let start: UInt64 = 1_583_049_600 * second

    @Test("Days pass in no time: no event is late, figures close, sends and days are those of the clock")
    func days() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let path = folder.path + "/clock"
        let clock = try ClockFile(making: path, nanoseconds: Self.start)
        let edge = try RunningEdge(
            data: data, configuration: shippedConfiguration(), arguments: ["--clock", path],
            environment: Self.shippedRules)
        #expect(
            edge.greeting.contains("level=warning event=clock") && edge.greeting.contains("time=2020-03-01T08:00:00"))
        let campaign = "sec=8781202&expId=17&expVer=2&va=%5B7%5D"
        let facts = ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--exp-id", "17"]
        #expect(try tremolo(["sends", "add", "--sent", "9", "--time", "2020-03-01T08:00:00Z"] + facts).status == 0)
        // A click three seconds after sending is too soon: the send counts though the command has another clock.
        let steps: [UInt64] = [3, 86_400, 90_000, 3 * 86_400]
        for step in steps {
            clock.set(nanoseconds: Self.start + step * Self.second)
            let client = try BlockingHTTPClient(port: edge.port)
            #expect(
                try client.get("/tremclk?cuid=a%40m.example&\(campaign)&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F")
                    .status == 302)
        }
        clock.set(nanoseconds: Self.start + 4 * 86_400 * Self.second)
        let report = try countedReport(["--data", data, "--config", shippedConfiguration(), "--by", "day"])
        #expect(report["accounting"]["pending"].int == 0 && report["accounting"]["counted"].int == 4)
        #expect(report["rows"].elements.map { $0["clicks"]["total"].int } == [1, 2, 1])
        let events = try tremolo(
            ["events", "--data", data, "--config", shippedConfiguration()], environment: Self.shippedRules)
        let lines = try events.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        #expect(lines.map { $0["classReason"].string } == ["too-soon", "default", "default", "default"])
        #expect(lines.map { $0["final"].bool } == [true, true, true, true])
        #expect(lines.map { $0["lateOrderTime"].string ?? "in order" } == Array(repeating: "in order", count: 4))
        #expect(
            lines.map { $0["time"].string?.prefix(20) } == [
                "2020-03-01T08:00:03.", "2020-03-02T08:00:00.", "2020-03-02T09:00:00.", "2020-03-04T08:00:00.",
            ])
        #expect(edge.end() == 0)
    }

    @Test("What is no clock is refused with its name, and a clock of odd bytes or that is cut keeps nobody waiting")
    func wrong() throws {
        let folder = try TemporaryFolder()
        let short = folder.path + "/short"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: short))
        for (path, status) in [(short, 65), (folder.path, 65), (folder.path + "/none", 66)] as [(String, Int32)] {
            let refused = try tremolo([
                "serve", "--config", shippedConfiguration(), "--data", folder.path + "/data", "--clock", path,
            ])
            #expect(refused.status == status && refused.errors.hasPrefix("tremolo: \(path): "), "\(refused.errors)")
        }
        let odd = folder.path + "/odd"
        try Data(repeating: 0xFF, count: 8).write(to: URL(fileURLWithPath: odd))
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: shippedConfiguration(), arguments: ["--clock", odd])
        let click = "/tremclk?cuid=a%40m.example&sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        #expect(try BlockingHTTPClient(port: edge.port).get(click).status == 302)
        try Data().write(to: URL(fileURLWithPath: odd), options: [])
        #expect(try BlockingHTTPClient(port: edge.port).get(click).status == 302)
        #expect(edge.end() == 0)
    }
}
