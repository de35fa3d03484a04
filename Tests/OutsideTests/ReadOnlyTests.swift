import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("A disk that can't be written any more keeps nobody waiting", .enabled(if: LoopDisk.isPossible))
    struct ReadOnlyTests {
        @Test("Mounted read-only and writable again: what waited is written, and nothing is missing")
        func remount() throws {
            let disk = try LoopDisk(mebibytes: 32)
            let folder = try TemporaryFolder()
            let run = try FaultRun(
                data: disk.path + "/data", settings: "journal: { segmentAge: \"1 s\" }", in: folder.path)
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: "remount")
            try clients.awaitAnswers(50)
            try disk.mountReadOnly()
            // The open segment takes events until its age is reached: then no new one can be made.
            try run.awaitTrouble(
                edge, "journal", "events wait in memory: the journal can't be written (Read-only file system")
            try clients.awaitAnswers(100)
            let waiting = try JSONDocument(try run.command("report", "--format", "json").output)
            #expect(waiting["accounting"]["waiting"].int ?? 0 > 0)
            try disk.mountWritable()
            try run.awaitWell(edge)
            try clients.awaitAnswers(50)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            try run.expectAccountsAfterRestarts(tally)
        }

        @Test(
            "A file system that has found an error in itself: the server counts what it gives up at its end"
        )
        func error() throws {
            let disk = try LoopDisk(mebibytes: 32)
            let run = FaultRun(data: disk.path + "/data")
            let edge = try run.start()
            let before = SteadyClients(port: edge.port, name: "before")
            try before.awaitAnswers(50)
            let whole = before.stop()
            // What is recorded is on the medium before it can't be.
            #expect(try run.countedReport()["accounting"]["counted"].int == whole.answered)
            try disk.breakFileSystem()
            let during = SteadyClients(port: edge.port, name: "during")
            try during.awaitAnswers(50)
            try run.awaitTrouble(
                edge, "journal", "events wait in memory: the journal can't be written (Read-only file system")
            try run.awaitTrouble(edge, "store", "campaigns")
            try during.awaitAnswers(50)
            let given = during.stop()
            let tally = whole + given
            tally.expectAnswered()
            #expect(edge.end() == 74)
            #expect(edge.log.contains("event=given-up events=\(given.answered)"), "\(edge.log.suffix(400))")

            try disk.repair()
            let next = try run.start()
            #expect(next.greeting.contains("event=ended-without-stopping"))
            try run.awaitWell(next)
            #expect(next.end() == 0)
            try run.expectAccountsAfterRestarts(tally, missing: given.answered)
        }
    }
}
