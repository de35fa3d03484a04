import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("What was acknowledged survives SIGKILL and is counted exactly once")
struct KillTests {
    /// The clicks that were answered, and who is killed at which of them.
    private final class Tally: Sendable {
        private let state = Mutex<(marks: [String], victim: Int32, threshold: Int)>(([], 0, .max))

        var marks: [String] { state.withLock { $0.marks } }

        func aim(at victim: Int32, after count: Int) {
            state.withLock { ($0.victim, $0.threshold) = (victim, $0.marks.count + count) }
        }

        /// Counts an answered click. The moment of the kill is a number of clicks, not a time.
        func acknowledge(_ mark: String) {
            state.withLock { state in
                state.marks.append(mark)
                if state.marks.count == state.threshold { kill(state.victim, SIGKILL) }
            }
        }
    }

    /// Clicks until the connection breaks.
    private static func load(port: Int, thread: Int, round: Int, tally: Tally) {
        guard let client = try? BlockingHTTPClient(port: port) else { return }
        for number in 0... {
            let mark = "r\(round)t\(thread)n\(number)"
            let answered = try? client.get(
                "/tremclk?cuid=\(mark)%40mail.example&sec=8781202&expId=5&expVer=1&expVisitId=\(mark)&va="
                    + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fp\(number % 7)"
            )
            guard let answered, answered.status == 302 else { return }
            tally.acknowledge(mark)
        }
    }

    /// Rebuilds until the server is gone.
    private static func rebuild(data: String) {
        while let result = try? tremolo(["rebuild", "--data", data, "--config", shippedConfiguration()]),
            result.status == 0
        {}
    }

    @Test("Killed at random moments under load, in the midst of rebuilds too, and restarted, five times over")
    func killedUnderLoad() throws {
        let seed = ProcessInfo.processInfo.environment["TREMOLO_SEED"].flatMap { UInt64($0) } ?? 5_2026
        var generator = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder(inMemory: true)
        let data = folder.path + "/data"
        let tally = Tally()
        for round in 0..<5 {
            // A short flush interval, so that some kills fall between a commit and the next.
            let edge = try RunningEdge(
                data: data, configuration: shippedConfiguration(),
                arguments: ["--workers", "2", "--flush-interval", "0.05"])
            tally.aim(at: edge.identifier, after: Int.random(in: 200...2_000, using: &generator))
            let port = edge.port
            let group = DispatchGroup()
            for number in 0..<4 {
                group.enter()
                let thread = Thread {
                    Self.load(port: port, thread: number, round: round, tally: tally)
                    group.leave()
                }
                thread.start()
            }
            if round % 2 == 1 {
                group.enter()
                let thread = Thread {
                    Self.rebuild(data: data)
                    group.leave()
                }
                thread.start()
            }
            group.wait()
            #expect(edge.end(SIGKILL) == -SIGKILL)
        }

        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        let report = try countedReport(["--data", data])
        let events = try tremolo(["events", "--data", data])
        #expect(edge.end() == 0)
        var recorded: [String: Int] = [:]
        for line in events.output.split(separator: "\n") {
            recorded[try #require(try JSONDocument(String(line))["expVisitId"].string), default: 0] += 1
        }
        let marks = tally.marks
        #expect(marks.count >= 1_000, "seed \(seed)")
        let lost = marks.filter { recorded[$0] == nil }
        #expect(lost.isEmpty, "acknowledged and not in the journal: \(lost.prefix(5)), seed \(seed)")
        let doubled = recorded.filter { $0.value != 1 }
        #expect(doubled.isEmpty, "in the journal more than once: \(doubled.prefix(5)), seed \(seed)")
        let row = try #require(report["rows"].elements.first)
        #expect(row["clicks"]["total"].int == recorded.count, "seed \(seed)")
        #expect(row["clicks"]["unique"].int == recorded.count, "seed \(seed)")
        let accounting = report["accounting"]
        #expect(accounting["journaled"].int == recorded.count && accounting["counted"].int == recorded.count)
        #expect(accounting["pending"].int == 0 && accounting["damaged"].int == 0 && accounting["lost"].int == 0)
    }
}
