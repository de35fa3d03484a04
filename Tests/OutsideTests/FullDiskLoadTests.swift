import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("A disk that fills up under load, and has room again", .enabled(if: LoopDisk.isPossible))
    struct FullDiskLoadTests {
        private func fill(_ run: FaultRun, _ fill: () throws -> Void, _ empty: () throws -> Void) throws {
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: "full")
            try clients.awaitAnswers(50)
            try fill()
            try run.awaitTrouble(edge, "journal", "events wait in memory: the journal can't be written (No space left")
            // The store stands on the same disk.
            try run.awaitTrouble(edge, "store", "campaigns")
            try clients.awaitAnswers(100)
            try empty()
            try run.awaitWell(edge)
            try clients.awaitAnswers(50)
            let tally = clients.stop()
            tally.expectAnswered()
            #expect(edge.end() == 0)
            try run.expectAccountsAfterRestarts(tally)
        }

        @Test("In memory")
        func memory() throws {
            let disk = try SmallDisk(mebibytes: 16)
            try fill(FaultRun(data: disk.path + "/data"), disk.fill, disk.empty)
        }

        @Test("On a medium")
        func medium() throws {
            let disk = try LoopDisk(mebibytes: 16)
            try fill(FaultRun(data: disk.path + "/data"), disk.fill, disk.empty)
        }

        @Test("Killed while it is full: the next start answers on the full disk, and says that events may be missing")
        func killed() throws {
            let disk = try LoopDisk(mebibytes: 16)
            let run = FaultRun(data: disk.path + "/data")
            let edge = try run.start()
            let before = SteadyClients(port: edge.port, name: "before")
            try before.awaitAnswers(50)
            let whole = before.stop()
            #expect(try run.countedReport()["accounting"]["counted"].int == whole.answered)
            try disk.fill()
            let during = SteadyClients(port: edge.port, name: "during")
            try run.awaitTrouble(edge, "journal", "events wait in memory: the journal can't be written (No space left")
            try during.awaitAnswers(50)
            let full = during.stop()
            full.expectAnswered()
            #expect(edge.end(SIGKILL) == -SIGKILL)
            // Some found room behind the last record; the others are nowhere, and nobody can count them.
            let waited = full.answered - (try run.recordedMarks().count - whole.answered)
            #expect(waited > 0)

            let next = try run.start()
            #expect(
                next.greeting.contains("event=ended-without-stopping")
                    && next.greeting.contains("events that waited in that server's memory, if any, are lost"))
            let after = SteadyClients(port: next.port, name: "after")
            try run.awaitTrouble(next, "journal", "events wait in memory")
            try after.awaitAnswers(50)
            try disk.empty()
            try run.awaitWell(next)
            let rest = after.stop()
            rest.expectAnswered()
            #expect(next.end() == 0)
            let words = "a server ended without stopping (epoch "
            #expect(try run.command("verify").output.contains(words))
            #expect(try run.command("report").output.contains(words))
            try run.expectAccountsAfterRestarts(whole + full + rest, missing: waited)
        }
    }
}
