import Bytes
import Foundation
import TestSupport
import Testing

extension Faults {
    @Suite("A clock that is moved under a server's feet costs no event", .enabled(if: OutsideProgram.isAskedFor))
    struct ClockTests {
        /// Where Debian has it; the folder is the machine's kind.
        private static func library() throws -> String {
            let kinds = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
            let paths = kinds.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
            return try #require(paths.first { FileManager.default.fileExists(atPath: $0) })
        }

        @Test("A day forward, and back a year: each event has the time of its clock, and all are counted")
        func moved() throws {
            let folder = try TemporaryFolder()
            let run = FaultRun(data: folder.path + "/data")
            let clock = folder.path + "/clock"
            func set(_ offset: String) throws {
                try Data((offset + "\n").utf8).write(to: URL(fileURLWithPath: clock), options: .atomic)
            }
            try set("+0d")
            // The clock that durations are measured with is the machine's own.
            let edge = try run.start(environment: [
                "LD_PRELOAD": try Self.library(), "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
            ])
            let through = SteadyClients(port: edge.port, name: "through")
            var tallies: [String: SteadyClients.Tally] = [:]
            for (name, offset) in [("now", "+0d"), ("forward", "+1d"), ("back", "-365d")] {
                try set(offset)
                let clients = SteadyClients(port: edge.port, name: name)
                try clients.awaitAnswers(60)
                tallies[name] = clients.stop()
            }
            let all = through.stop()
            #expect(try run.countedReport()["accounting"]["counted"].int ?? 0 > 0)
            try run.awaitWell(edge)
            #expect(edge.end() == 0)
            let tally = tallies.values.reduce(all, +)
            tally.expectAnswered()

            let events = try run.command("events").output.split(separator: "\n").map { try JSONDocument(String($0)) }
            let now = Date().timeIntervalSince1970
            for (name, days) in [("now", 0), ("forward", 1), ("back", -365)] {
                let ages = try events.filter { $0["expVisitId"].string?.hasPrefix(name + "-") == true }.map { event in
                    let nanoseconds = try #require(RFC3339.nanoseconds(event["time"].string ?? ""))
                    return now + Double(days) * 86_400 - Double(nanoseconds) / 1e9
                }
                #expect(ages.count == tallies[name]?.answered && ages.allSatisfy { (0..<600).contains($0) }, "\(name)")
            }
            let days = try JSONDocument(try run.command("report", "--by", "day", "--format", "json").output)
            let totals = days["rows"].elements.map {
                ($0["clicks"]["total"].int ?? 0) + ($0["opens"]["total"].int ?? 0)
            }
            #expect(totals.count >= 3 && totals.reduce(0, +) == tally.answered)
            try run.expectAccounts(tally)

            // The machine's clock is behind what the store has closed.
            let next = try run.start()
            let after = SteadyClients(port: next.port, name: "after")
            try after.awaitAnswers(50)
            let rest = after.stop()
            rest.expectAnswered()
            let counted = try run.countedReport()["accounting"]
            #expect(counted["counted"].int == tally.answered + rest.answered)
            #expect(next.end() == 0)
            try run.expectAccountsAfterRestarts(tally + rest)
            #expect(try run.command("rebuild").status == 0)
            try run.expectAccounts(tally + rest)
        }
    }
}
