import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite(
        "What somebody removes of the data folder of a busy server costs no event",
        .enabled(if: OutsideProgram.isAskedFor))
    struct RemovedFolderTests {
        private let folder: TemporaryFolder
        private let run: FaultRun

        init() throws {
            folder = try TemporaryFolder()
            run = FaultRun(data: folder.path + "/data")
        }

        /// Takes a folder away in one step; what was in it is destroyed.
        private func remove(_ path: String) throws {
            let aside = folder.path + "/removed"
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            try FileManager.default.removeItem(atPath: aside)
        }

        @Test("A shard, an epoch, the journal or all of it", arguments: ["shard", "epoch", "journal", "data"])
        func journal(_ what: String) throws {
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: what)
            try clients.awaitAnswers(100)
            _ = try run.command("report")
            let epoch = try #require(try FileManager.default.contentsOfDirectory(atPath: run.data + "/journal").first)
            let paths = [
                "shard": "/journal/\(epoch)/0", "epoch": "/journal/\(epoch)", "journal": "/journal", "data": "",
            ]
            try FileManager.default.copyItem(atPath: run.data + "/keys", toPath: folder.path + "/keys")
            try remove(run.data + (try #require(paths[what])))
            try run.awaitTrouble(edge, "segments", "was removed or moved while it was written, and is written again")
            if what == "data" {
                try run.awaitTrouble(edge, "folder", "/keys/root.key: it is missing")
                try FileManager.default.copyItem(atPath: folder.path + "/keys", toPath: run.data + "/keys")
            }
            try run.awaitWell(edge)
            try clients.awaitAnswers(100)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            #expect(edge.log.contains("event=segment-restored"))
            try run.expectAccountsAfterRestarts(tally)
        }

        @Test("The keys: the server goes on with those that it has, and the next one asks for them")
        func keys() throws {
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: "keys")
            try clients.awaitAnswers(50)
            try FileManager.default.moveItem(atPath: run.data + "/keys", toPath: folder.path + "/keys")
            try run.awaitTrouble(edge, "folder", "/keys/event-1.key: it is missing")
            try clients.awaitAnswers(50)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            #expect { _ = try run.start() } throws: { "\($0)".contains("the keys are missing, but there is a journal") }
            try FileManager.default.moveItem(atPath: folder.path + "/keys", toPath: run.data + "/keys")
            try run.expectAccountsAfterRestarts(tally)
        }

        @Test("Segments that were closed are gone with the journal: verify counts them, and a rebuild says the same")
        func closedSegments() throws {
            let run = try FaultRun(
                data: folder.path + "/data", settings: "journal: { segmentAge: \"1 s\" }", in: folder.path)
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: "closed")
            try clients.awaitAnswers(50)
            func segments() throws -> Int {
                try FileManager.default.subpathsOfDirectory(atPath: run.data + "/journal")
                    .filter { $0.split(separator: "/").count == 3 && !$0.contains("/admin/") }.count
            }
            try eventually("closed segments") { try segments() >= 6 }
            _ = try run.command("report")
            try remove(run.data + "/journal")
            try run.awaitTrouble(edge, "missing", "gone from the journal")
            // What was open stands under its name again as soon as its writer has left it.
            try eventually("new segments") {
                try FileManager.default.fileExists(atPath: run.data + "/journal") && segments() >= 6
            }
            try clients.awaitAnswers(50)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            #expect(edge.log.contains("event=segment-restored") && edge.log.contains("tremolo verify looks"))

            let recorded = try run.recordedMarks()
            let answered = tally.clicks.union(tally.opens)
            let gone = answered.subtracting(recorded.keys)
            #expect(
                !gone.isEmpty && answered.isSuperset(of: recorded.keys) && recorded.values.allSatisfy { $0.count == 1 })
            let verify = try run.command("verify")
            #expect(verify.status == 65)
            var before = try run.countedReport()["accounting"]
            #expect(before["received"].int == answered.count)
            #expect(before["counted"].int == answered.count - (before["damaged"].int ?? -1))
            let told = verify.output.split(separator: "\n").compactMap { line -> Int? in
                guard line.contains("events that the journal does not hold any more") else { return nil }
                return line.split(separator: " ").compactMap { Int($0) }.first
            }
            let damaged = verify.output.split(separator: "\n").compactMap { line -> Int? in
                line.contains(" whole + ") ? Int(line.split(separator: " ")[6]) : nil
            }
            // Every record that is gone is damage; those that were counted before are told of once more as that.
            #expect(damaged.reduce(0, +) == gone.count, "\(verify.output)")
            #expect((1...gone.count).contains(told.reduce(0, +)), "\(verify.output)")

            #expect(try run.command("rebuild").status == 0)
            before = try run.countedReport()["accounting"]
            #expect(before["counted"].int == recorded.count && before["damaged"].int == gone.count)
            #expect(before["received"].int == answered.count)
        }
    }
}
