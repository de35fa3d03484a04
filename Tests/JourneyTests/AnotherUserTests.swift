import Foundation
import TestSupport
import Testing

@Suite(
    "Who may read the data folder may ask, whoever runs the server and whatever became of it",
    .enabled(if: mayBecomeNobody()))
struct AnotherUserTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    private var common: [String] { ["--data", data, "--config", shippedConfiguration()] }

    private static let explained =
        "http://127.0.0.1/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"

    /// Every reading command works for a user who owns nothing, and finds nine events.
    private func expectAnswers(_ when: String) throws {
        for source in ["store", "journal"] {
            let report = try tremoloAsNobody(["report", "--from", source, "--format", "json"] + common)
            #expect(report.status == 0, "\(when): \(report.errors)")
            #expect(try JSONDocument(report.output)["accounting"]["journaled"].int == 9, "\(when)")
        }
        let events = try tremoloAsNobody(["events"] + common)
        #expect(events.status == 0 && events.output.split(separator: "\n").count == 9, "\(when): \(events.errors)")
        let verify = try tremoloAsNobody(["verify"] + common)
        #expect(verify.status == 0 && verify.errors.isEmpty, "\(when): \(verify.errors)")
        for command in [["config", "print"], ["explain", Self.explained]] {
            let result = try tremoloAsNobody(command + common)
            #expect(result.status == 0 && !result.output.isEmpty, "\(when): \(result.errors)")
        }
    }

    private func sideFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: data).filter {
            $0.hasSuffix("-wal") || $0.hasSuffix("-shm")
        }
    }

    @Test("Beside the server, after SIGKILL with its log left behind, after a clean end, and without side files")
    func everyState() throws {
        let edge = try start()
        try click(edge)
        #expect(try counted()["accounting"]["counted"].int == 9)
        try expectAnswers("running")
        #expect(edge.end(SIGKILL) == -SIGKILL)
        let log = try FileManager.default.attributesOfItem(atPath: data + "/campaigns-1.sqlite-wal")[.size] as? Int
        #expect(log != 0)
        try expectAnswers("killed")
        #expect(try start().end() == 0)
        try expectAnswers("ended")
        for name in try sideFiles() { try FileManager.default.removeItem(atPath: data + "/" + name) }
        try expectAnswers("without side files")
        #expect(try sideFiles().isEmpty)
        // Whoever owns it looks, and the server starts again.
        #expect(try report().status == 0)
        let again = try start()
        try click(again)
        #expect(try counted()["accounting"]["counted"].int == 18)
        #expect(again.end() == 0)
    }

    @Test("A log whose index is gone can't be read by who may not make one: that is said, and nothing older is shown")
    func logWithoutIndex() throws {
        let edge = try start()
        try click(edge)
        #expect(try counted()["accounting"]["counted"].int == 9)
        #expect(edge.end(SIGKILL) == -SIGKILL)
        try FileManager.default.removeItem(atPath: data + "/campaigns-1.sqlite-shm")
        let refused = try tremoloAsNobody(["report"] + common)
        #expect(refused.status == 77 && refused.output.isEmpty, "\(refused.errors)")
        #expect(refused.errors.contains("run tremolo report once as the account that owns it"), "\(refused.errors)")
        // The journal is whole all the same; that the store was not compared is said.
        let verify = try tremoloAsNobody(["verify"] + common)
        #expect(verify.status == 77 && verify.output.contains("9 journaled = 9 whole"), "\(verify.errors)")
        #expect(try report().status == 0)
        try expectAnswers("after the owner looked")
    }

    @Test("A server's umask that keeps others out is said as no permission", arguments: ["027", "077"])
    func umask(_ mask: String) throws {
        let edge = try RunningEdge(
            data: data, configuration: shippedConfiguration(),
            wrapper: ["/bin/sh", "-c", "umask \(mask); exec \"$@\"", "sh"])
        try click(edge)
        _ = try counted()
        for isRunning in [true, false] {
            if !isRunning { #expect(edge.end() == 0) }
            for command in [["report"], ["report", "--from", "journal"], ["events"], ["verify"]] {
                let refused = try tremoloAsNobody(command + common)
                #expect(refused.status == 77 && refused.output.isEmpty, "\(command): \(refused.errors)")
                #expect(refused.errors.contains("use the account that owns it"), "\(refused.errors)")
            }
            for command in [["config", "print"], ["explain", Self.explained]] {
                #expect(try tremoloAsNobody(command + common).status == 0)
            }
        }
        // Its group may read what 027 lets it.
        let group = try tremolo(
            ["report"] + common, runner: [userSwitch, "--reuid=65534", "--regid=0", "--clear-groups"])
        #expect(group.status == (mask == "027" ? 0 : 77), "\(group.errors)")
    }
}
