import Foundation
import TestSupport
import Testing

@Suite("An import onto a full disk takes no room, says so, and goes on later", .enabled(if: SmallDisk.isPossible))
struct ImportFullDiskTests {
    private func take(
        _ source: String, into data: String, configuration: String = OutsideProgram.configuration
    ) throws -> (CommandResult, JSONDocument) {
        let result = try tremolo(
            ["import", source, "--ended", "--format", "json", "--data", data, "--config", configuration])
        return (result, try JSONDocument(result.output))
    }

    @Test("Beside a running server and without one")
    func full() throws {
        let folder = try TemporaryFolder()
        let source = folder.path + "/other"
        let made = try run([
            builtProgram("journal-maker"), "--data", source, "--events", "5000", "--people", "100", "--shards", "4",
        ])
        try #require(made.status == 0, "\(made.errors)")
        let disk = try SmallDisk(mebibytes: 16)
        let data = disk.path + "/data"
        let edge = try RunningEdge(data: data, configuration: OutsideProgram.configuration)
        let client = try BlockingHTTPClient(port: edge.port)
        let importing = data + "/journal/importing"

        try disk.fill()
        let (beside, none) = try take(source, into: data)
        #expect(beside.status == 74 && beside.errors.contains("less of the disk free than journal.minimumFree"))
        #expect(beside.errors.contains("free some space") && none["takenRecords"].int == 0, "\(beside)")
        #expect(!FileManager.default.fileExists(atPath: importing))
        #expect(try client.get("/tremop?sec=8781202&expId=1").status == 200)
        try disk.empty()
        let (later, taken) = try take(source, into: data)
        #expect(later.status == 0 && taken["takenEvents"].int == 5_000, "\(later)")
        #expect(edge.end() == 0)

        let second = try run([
            builtProgram("journal-maker"), "--data", folder.path + "/third", "--events", "5000", "--people", "100",
            "--seed", "2",
        ])
        try #require(second.status == 0, "\(second.errors)")
        try disk.fill()
        // Without a floor it is the disk that says so.
        let floorless = folder.path + "/floorless.json5"
        try """
        { journal: { minimumFree: "0 B" }, rules: "\(OutsideProgram.rules)", sections: { "8781202": {} } }
        """.write(toFile: floorless, atomically: true, encoding: .utf8)
        let (alone, nothing) = try take(folder.path + "/third", into: data, configuration: floorless)
        #expect(alone.status == 74 && nothing["takenRecords"].int == 0, "\(alone)")
        #expect(alone.errors.contains("ENOSPC") && alone.errors.contains("free some space"), "\(alone)")
        #expect(!FileManager.default.fileExists(atPath: importing))
        try disk.empty()
        #expect(try take(folder.path + "/third", into: data).1["takenEvents"].int == 5_000)
        let verify = try tremolo(["verify", "--data", data, "--config", OutsideProgram.configuration])
        // What was imported is months old: some of it has expired by now.
        #expect(verify.status == 0 && verify.output.contains("10001 journaled ="), "\(verify)")
        #expect(verify.output.contains("whole + 0 damaged") && verify.output.contains("; 0 lost"), "\(verify)")
    }
}
