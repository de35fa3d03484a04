import Foundation
import TestSupport
import Testing

@Suite(
    "Forgetting on a full disk says so, leaves every event whole, and goes on later", .enabled(if: SmallDisk.isPossible)
)
struct ForgettingFullDiskTests {
    private let disk: SmallDisk
    private let folder: TemporaryFolder
    private var data: String { disk.path + "/data" }

    init() throws {
        disk = try SmallDisk(mebibytes: 32)
        folder = try TemporaryFolder()
    }

    /// A configuration with that floor.
    private func configuration(minimumFree: String) throws -> String {
        let path = folder.path + "/\(minimumFree.filter(\.isNumber)).json5"
        try """
        { workers: 1, journal: { minimumFree: "\(minimumFree)" }, rules: "\(OutsideProgram.rules)",
          sections: { "1": { hosts: ["shop.example"] } } }
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func ask(_ command: String, _ file: String, _ arguments: String...) throws -> CommandResult {
        try tremolo(
            [command, "--sec", "1", "--cuid", "-", "--data", data, "--config", file] + arguments,
            input: "ann@mail.example")
    }

    /// How many events are the person's.
    private func held(_ file: String) throws -> Int {
        let result = try ask("events", file)
        try #require(result.status == 0, "\(result.errors)")
        return result.output.components(separatedBy: "\"kind\":\"click\"").count - 1
    }

    private func click(_ edge: RunningEdge, people: Int) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<people {
            let person = number % 20 == 0 ? "ann" : "p\(number)"
            let reply = try client.get(
                "/tremclk?cuid=\(person)%40mail.example&sec=1&expId=7&targetUrl=https%3A%2F%2Fshop.example%2Fa",
                headers: ["User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"])
            #expect(reply.status == 302)
        }
    }

    @Test(
        "Refused above the floor's reach, and without a floor ended by the disk: later it is done, and it is as whole")
    func full() throws {
        let (floor, none) = (try configuration(minimumFree: "1 GiB"), try configuration(minimumFree: "0 B"))
        let edge = try RunningEdge(data: data, configuration: floor)
        try click(edge, people: 3_000)
        #expect(edge.end() == 0)
        #expect(try held(floor) == 150)

        // A tenth of the disk is to stay free: 3.2 MiB.
        try disk.fill(leaving: 1 << 20)
        let refused = try ask("forget", floor)
        #expect(refused.status == 74 && refused.errors.contains("free some space"), "\(refused)")
        #expect(refused.errors.contains("the opt-out comes first"), "\(refused)")
        #expect(try held(floor) == 150)
        try disk.empty()

        for left in [0, 100_000, 400_000] as [UInt64] {
            try disk.fill(leaving: left)
            let ended = try ask("forget", none, "--keep-consent")
            #expect(ended.status == 74 && ended.errors.contains("ENOSPC"), "\(left): \(ended)")
            #expect(!ended.errors.contains("mail.example"))
            try disk.empty()
            #expect([0, 150].contains(try held(none)), "\(left)")
            let verified = try tremolo(["verify", "--data", data, "--config", none])
            #expect(verified.status == 0 && verified.output.contains("3000 journaled ="), "\(verified)")
        }

        let done = try ask("forget", none, "--format", "json")
        #expect(done.status == 0, "\(done)")
        #expect(try held(none) == 0)
        #expect(!FileManager.default.fileExists(atPath: data + "/forgetting/plan"))
        let report = try tremolo(["report", "--format", "json", "--data", data, "--config", none])
        let clicks = try JSONDocument(report.output)["rows"].elements[0]["clicks"]
        #expect(clicks["total"].int == 3_000 && clicks["unique"].int == 2_851, "\(report)")
        let verified = try tremolo(["verify", "--data", data, "--config", none])
        #expect(verified.status == 0 && verified.output.contains("; 0 lost"), "\(verified)")
    }
}
