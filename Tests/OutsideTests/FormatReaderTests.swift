import Foundation
import TestSupport
import Testing

/// FORMAT.md says enough to write a reader from: this one is written in another language, from these pages alone.
@Suite(
    "A reader that was written from the format's pages reads what the server wrote",
    .enabled(if: OutsideProgram.isAskedFor))
struct FormatReaderTests {
    private static let members = [
        "id", "time", "kind", "outcome", "method", "sec", "expId", "expVer", "expVisitId", "mech", "smech", "va",
        "cuidType", "target", "link", "location", "userAgent", "subject",
    ]

    /// Links in every state.
    private static let targets = [
        "/tremclk?cuid=jane%40mail.example&cuidType=ihe&sec=8781202&expId=17&expVer=1&expVisitId=-3&mech=1&smech=0"
            + "&va=%5B1%5D&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1",
        "/tremclk?sec=8781202&targetUrl=https%3A%2F%2Felsewhere.example%2F", "/tremclk?sec=8781202",
        "/tremclk?sec=8781202&expId=&va=%C3%A4%FF%0A&targetUrl=javascript%3Aa()", "/tremop?cuid=a%40b.example&sec=1",
        "/tremop", "/tremclk?sec=8781202&expId=%22%5C&targetUrl=http://www.mywebsite.com/a?b=1&c=2",
    ]

    @Test("Every event has the same words in both, before and after a record is damaged")
    func agrees() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(
            data: data, configuration: OutsideProgram.configuration, arguments: ["--workers", "2"])
        for number in 0..<40 {
            let client = try BlockingHTTPClient(port: edge.port)
            _ = try client.get(Self.targets[number % Self.targets.count], headers: ["User-Agent: Reader/\(number)"])
        }
        edge.end(SIGKILL)
        let whole = try compare(data)
        #expect(whole.events == 40 && whole.damages == 0)

        let segment = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: data + "/journal").filter {
                $0.hasSuffix("/00000000000000000000")
            }
            .map { data + "/journal/" + $0 }
            .max { try size(of: $0) < size(of: $1) })
        var bytes = try Data(contentsOf: URL(fileURLWithPath: segment))
        bytes[8_192 + 30] ^= 1
        try bytes.write(to: URL(fileURLWithPath: segment))
        let damaged = try compare(data)
        #expect(damaged.events == 39 && damaged.damages == 1)
    }

    @Test("What has expired is no damage in either, and a beginning that is missing is")
    func expiry() throws {
        let folder = try TemporaryFolder()
        let (data, configuration) = (folder.path + "/data", folder.path + "/small.json5")
        try """
        { flushInterval: "100 ms", journal: { segmentSize: "1 MiB", sizeCap: "4 MiB", syncInterval: "50 ms" },
          rules: "\(OutsideProgram.rules)", sections: { "8781202": { hosts: ["www.mywebsite.com"] } } }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        let edge = try RunningEdge(data: data, configuration: configuration, arguments: ["--workers", "1"])
        let client = try BlockingHTTPClient(port: edge.port)
        let target = "/tremclk?cuid=a%40b.example&sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        for number in 0..<4_000 {
            _ = try client.get(target + "\(number)" + String(repeating: "x", count: 1_800))
        }
        func expired() throws -> Int {
            let report = try tremolo(["report", "--format", "json", "--data", data, "--config", configuration])
            return try JSONDocument(report.output)["accounting"]["expired"].int ?? 0
        }
        try eventually("events have expired") { try expired() > 0 }
        #expect(edge.end() == 0)
        let gone = try expired()
        let whole = try compare(data)
        #expect(whole.events == 4_000 - gone && whole.damages == 0)

        let segment = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: data + "/journal")
                .filter { $0.contains("/0/0") && !$0.hasSuffix("/00000000000000000000") }.min())
        try FileManager.default.removeItem(atPath: data + "/journal/" + segment)
        let without = try compare(data)
        #expect(without.events < whole.events && without.damages == 1)
    }

    private func size(of path: String) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: path)).count
    }

    /// Compares the two readers' events, and gives how many there are and how many damages the other one told of.
    private func compare(_ data: String) throws -> (events: Int, damages: Int) {
        let reader = try OutsideProgram.run(
            "/usr/bin/python3", [fixture("readers/read_journal.py"), data + "/journal"])
        #expect(reader.status == 0)
        let lines = try reader.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        let own = try tremolo([
            "events", "--format", "ndjson", "--data", data, "--config", OutsideProgram.configuration,
        ])
        let events = try own.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        func words(_ event: JSONDocument) -> [String?] { Self.members.map { event[$0].string } }
        let found = lines.filter { $0["damaged"].isMissing }.map(words)
        let expected = events.map(words)
        #expect(Set(found) == Set(expected) && found.count == expected.count)
        return (found.count, lines.count - found.count)
    }
}
