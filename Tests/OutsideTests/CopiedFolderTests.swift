import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("A data folder that is copied while its server writes", .enabled(if: OutsideProgram.isAskedFor))
    struct CopiedFolderTests {
        @Test("Both run, each counts its own once, and no identity is given twice")
        func both() throws {
            let folder = try TemporaryFolder()
            let run = FaultRun(data: folder.path + "/data")
            let copied = FaultRun(data: folder.path + "/copy")
            let edge = try run.start()
            let clients = SteadyClients(port: edge.port, name: "first")
            try clients.awaitAnswers(100)
            #expect(try OutsideProgram.run("/usr/bin/cp", ["-a", run.data, copied.data]).status == 0)
            let second = try copied.start()
            let others = SteadyClients(port: second.port, name: "second")
            try others.awaitAnswers(100)
            try clients.awaitAnswers(100)
            let (tally, otherTally) = (clients.stop(), others.stop())
            tally.expectAnswered()
            otherTally.expectAnswered()
            try run.awaitWell(edge)
            // The store's file was copied at several moments, while it was written to.
            let rebuilt = try copied.command("rebuild")
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
            try copied.awaitWell(second)
            #expect(edge.end() == 0 && second.end() == 0)
            try run.expectAccountsAfterRestarts(tally)

            let (mine, theirs) = (try run.recordedMarks(), try copied.recordedMarks())
            let common = theirs.filter { $0.key.hasPrefix("first-") }
            #expect(!common.isEmpty && common.count < mine.count && common.allSatisfy { mine[$0.key] == $0.value })
            let own = theirs.filter { !$0.key.hasPrefix("first-") }
            #expect(Set(own.keys) == otherTally.clicks.union(otherTally.opens))
            #expect(Set(own.values.joined()).isDisjoint(with: mine.values.joined()))
            // The copy holds what had been answered when it was made, and what it has answered itself.
            let known = SteadyClients.Tally(
                clicks: otherTally.clicks.union(tally.clicks.intersection(common.keys)),
                opens: otherTally.opens.union(tally.opens.intersection(common.keys)))
            try copied.expectAccountsAfterRestarts(known)
        }
    }
}
