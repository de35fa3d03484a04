import Foundation
import TestSupport
import Testing

@testable import TremoloBench

@Suite("RESULTS.md says what was measured, and whether it is what was asked")
struct ResultsPageTests {
    private func measured() throws -> MeasuredRow {
        let data = try Data(contentsOf: URL(fileURLWithPath: fixture("bench/cpu.json")))
        return try JSONDecoder().decode(MeasuredRow.self, from: data)
    }

    @Test("A ratio is made of each round's own runs: the median of ratios, not a ratio of medians")
    func ratios() throws {
        let goal = Goal(text: "", source: .ratio("cpuAnswering", of: "edge", to: "floor"), bound: .atMost(1.15))
        #expect(goal.rounds(in: try measured()) == [1.2, 1.2, 1.25])
        #expect(goal.reachedText(in: try measured()) == "1.20 (1.20 to 1.25)")
        #expect(goal.verdict(in: try measured()) == "missed by 4.35%")
    }

    @Test("A difference is made of each round's own runs, whichever of the two cost more")
    func differences() throws {
        let goal = Goal(
            text: "", source: .difference("cpuAnswering", of: "edge", less: "floor"), bound: .atMost(1.5),
            unit: .microseconds)
        #expect(goal.rounds(in: try measured()) == [1, 2, 1])
        let opposite = Goal(text: "", source: .difference("cpuAnswering", of: "floor", less: "edge"))
        #expect(opposite.rounds(in: try measured()) == [-1, -2, -1])
        #expect(goal.boundText == "at most 1.50 µs")
        #expect(goal.reachedText(in: try measured()) == "1.00 µs (1.00 µs to 2.00 µs)")
        #expect(goal.verdict(in: try measured()) == "met, rounds on both sides")
        let missing = Goal(text: "", source: .difference("cpuAnswering", of: "edge", less: "nobody"))
        #expect(missing.rounds(in: try measured()).isEmpty)
    }

    @Test(
        "A bound is met on its right side, the bound itself included",
        arguments: [
            (Goal.Bound.atMost(1.2), "met"), (.atMost(1.0), "missed by 20.0%"), (.atLeast(1.2), "met"),
            (.atLeast(2.4), "missed by 50.0%"), (.atMost(1.24), "met, rounds on both sides"),
            (.atLeast(1.24), "missed by 3.23%, rounds on both sides"),
        ])
    func verdicts(_ bound: Goal.Bound, _ verdict: String) throws {
        let goal = Goal(text: "", source: .ratio("cpuAnswering", of: "edge", to: "floor"), bound: bound)
        #expect(goal.verdict(in: try measured()) == verdict)
    }

    @Test("What nothing was asked of is shown, what was not measured is said")
    func withoutVerdict() throws {
        let row = try measured()
        let shown = Goal(text: "", source: .ratio("cpuProcess", of: "edge", to: "floor"), bound: nil)
        #expect(shown.boundText == "shown" && shown.verdict(in: row) == "")
        let missing = Goal(text: "", source: .ratio("p99", of: "edge", to: "nobody"), bound: .atMost(1))
        #expect(missing.verdict(in: row) == "not measured" && missing.reachedText(in: row) == "not measured")
    }

    @Test("The page has machine, targets, table, rounds and commands")
    func page() throws {
        let text = ResultsPage([try measured()], notes: ["cpu": "The profile says so."]).text
        for part in [
            "| processor | Made-up 9000, 2 cores |", "| file system of the journal | ext4 |", "| commit | abc1234 |",
            "| CPU per keep-alive click, edge / floor | at most 1.15 | 1.20 (1.20 to 1.25) | **missed by 4.35%** | "
                + "[cpu](#cpu-per-keep-alive-click) |",
            "| at most 0.80 | 0.75 (0.63 to 0.75) | met |", "| at most 0.70 | not measured | not measured |",
            "| edge | 6.00 µs (5.00 µs to 12.0 µs) | 8.00 µs | 48.0 | 100,000 | 0 |", "Rounds: 1.20, 1.20, 1.25",
            "3 rounds, 2026-02-03, commit abc1234, durability \"process\", syncInterval \"1 s\":",
            "taskset -c 0 .build/release/tremolo serve --config EDGE.json5", "The profile says so.",
            "Not measured yet (`--only queries`).",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("**Rows"))
    }

    @Test("Short runs and wrong answers are said before anything else")
    func warnings() throws {
        var row = try measured()
        row.isQuick = true
        row.subjects[1].rounds[2]["errors"] = 3
        let text = ResultsPage([row]).text
        #expect(text.contains("**Rows measured with `--quick`, a look and no result: `cpu`.**"))
        #expect(text.contains("**Rows in which answers were wrong or missing: `cpu`.**"))
    }

    @Test("What was kept is what is read, and a page and its charts are files")
    func folder() throws {
        let folder = try TemporaryFolder()
        let kept = MeasurementFolder(path: folder.path + "/kept")
        #expect(try kept.read().isEmpty)
        var curve = try measured()
        curve.row = "curve"
        curve.subjects = [10, 100].map { share in
            MeasuredRow.Subject(
                name: "edge, \(share)%", rounds: [["rate": 1_000 * Double(share), "p50": 40, "p99": 100, "p999": 300]])
        }
        for row in [try measured(), curve] { try kept.keep(row) }
        #expect(try kept.read() == [try measured(), curve])
        try ResultsPage(try kept.read()).write(to: folder.path)
        let page = try String(contentsOfFile: folder.path + "/RESULTS.md", encoding: .utf8)
        #expect(page.contains("![Latency against load](results/curve.svg)"))
        let chart = try String(contentsOfFile: folder.path + "/results/curve.svg", encoding: .utf8)
        #expect(chart.contains("edge p99.9") && !chart.contains("nan"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/results/batch.svg"))
    }

    @Test("A page knows what it lacks, and shows the rows that are there")
    func missing() throws {
        let page = ResultsPage([try measured()])
        #expect(!page.missing.contains("cpu") && page.missing.count == BenchRow.all.count - 1)
        let sections = page.sections(of: ["cpu"])
        #expect(sections.hasPrefix("## CPU per keep-alive click\n") && !sections.contains("# Results"))
    }

    @Test("Rows of several commits are told apart")
    func commits() throws {
        var other = try measured()
        other.row = "pixel"
        other.machine.commit = "fff0000"
        let text = ResultsPage([try measured(), other]).text
        #expect(text.contains("| commit | abc1234 (cpu); fff0000 (pixel) |"))
    }

    @Test("Rows have names of their own, and headings that lead to one place")
    func rows() {
        #expect(Set(BenchRow.all.map(\.name)).count == BenchRow.all.count)
        #expect(Set(BenchRow.all.map(\.title)).count == BenchRow.all.count)
    }
}
