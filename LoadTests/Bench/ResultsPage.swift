import Foundation
import LoadEngine
import LoadReports

/// `LoadTests/RESULTS.md` and its charts, made of kept measurements and nothing else.
struct ResultsPage {
    /// Rows in the page's order, with what was measured; nil: not yet.
    private let rows: [(row: BenchRow, measured: MeasuredRow?)]
    /// What a person wrote about a row, by its name.
    private let notes: [String: String]

    /// A page of what was kept.
    init(_ measured: [MeasuredRow], notes: [String: String] = [:]) {
        rows = BenchRow.all.map { row in (row, measured.first { $0.row == row.name }) }
        self.notes = notes
    }

    /// Writes the page and its charts under a folder. Notes in `results/notes/ROW.md` there go into the page.
    func write(to folder: String) throws {
        let charts = folder + "/results"
        try FileManager.default.createDirectory(atPath: charts, withIntermediateDirectories: true)
        var notes = notes
        for (row, measured) in rows {
            let note = ProcessFacts.text("\(charts)/notes/\(row.name).md")
            if !note.isEmpty { notes[row.name] = note.trimmingCharacters(in: .whitespacesAndNewlines) }
            guard let measured, let chart = row.chart?(measured) else { continue }
            try Data(chart.svg.utf8).write(to: URL(fileURLWithPath: "\(charts)/\(row.name).svg"))
        }
        let text = ResultsPage(rows.compactMap(\.measured), notes: notes).text
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/RESULTS.md"))
    }

    /// The page.
    var text: String {
        let parts = [Self.opening] + warning + machine + [targets] + rows.flatMap { section($0.row, $0.measured) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static let opening = """
        # Results

        Written by `make bench`; [README.md](README.md) says how to read it. Ratios are made of the runs of one \
        interleaved round, and stand here as the median with the ends in parentheses.
        """

    private var warning: [String] {
        let quick = rows.filter { $0.measured?.isQuick == true }.map { "`\($0.row.name)`" }
        let wrong = rows.filter { $0.measured?.subjects.contains { ($0.spread("errors")?.max ?? 0) > 0 } == true }
            .map { "`\($0.row.name)`" }
        return
            (quick.isEmpty
            ? [] : ["**Rows measured with `--quick`, a look and no result: \(quick.joined(separator: ", ")).**"])
            + (wrong.isEmpty
                ? [] : ["**Rows in which answers were wrong or missing: \(wrong.joined(separator: ", ")).**"])
    }

    // MARK: Machine

    private var machine: [String] {
        guard let newest = rows.compactMap(\.measured).max(by: { $0.date < $1.date }) else { return [] }
        let facts = newest.machine
        let lines =
            [
                ["date", newest.date], ["commit", commits],
                ["processor", "\(facts.processor), \(facts.processorCount) cores"], ["memory", facts.memory],
                ["kernel", facts.kernel], ["TCP congestion control", facts.congestionControl],
                ["file system of the journal", facts.fileSystem],
            ] + facts.versions.map { ["version", $0] }
        return ["## Machine\n\n" + Self.table([["", ""]] + lines)]
    }

    /// The commits that rows were measured at, each with its rows where there are several.
    private var commits: String {
        let measured = rows.compactMap(\.measured)
        let names = measured.map(\.machine.commit).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        guard names.count > 1 else { return names.first ?? "" }
        return names.map { name in
            "\(name) (\(measured.filter { $0.machine.commit == name }.map(\.row).joined(separator: ", ")))"
        }.joined(separator: "; ")
    }

    /// Rows that were not measured.
    var missing: [String] { rows.filter { $0.measured == nil }.map(\.row.name) }

    /// The sections of some rows, for a terminal.
    func sections(of names: [String]) -> String {
        rows.filter { names.contains($0.row.name) }.flatMap { section($0.row, $0.measured) }
            .joined(separator: "\n\n") + "\n"
    }

    // MARK: Targets

    private var targets: String {
        var lines = [["what", "target", "reached", "", "row"]]
        for (row, measured) in rows {
            for goal in row.goals {
                let reached = measured.map { goal.reachedText(in: $0) } ?? "not measured"
                let verdict = measured.map { goal.verdict(in: $0) } ?? ""
                lines.append([
                    goal.text, goal.boundText, reached, verdict.hasPrefix("missed") ? "**\(verdict)**" : verdict,
                    "[\(row.name)](#\(Self.anchor(row.title)))",
                ])
            }
        }
        return "## Targets\n\n" + Self.table(lines)
    }

    // MARK: Rows

    private func section(_ row: BenchRow, _ measured: MeasuredRow?) -> [String] {
        guard let measured else { return ["## \(row.title)", "Not measured yet (`--only \(row.name)`)."] }
        var parts = ["## \(row.title)", row.about, Self.table(Self.lines(row, measured))]
        if !row.goals.isEmpty {
            parts.append(row.goals.map { Self.sentence($0, measured) }.joined(separator: "\n"))
        }
        if row.chart?(measured) != nil { parts.append("![\(row.title)](results/\(row.name).svg)") }
        if let note = notes[row.name] { parts.append(note) }
        let rounds = measured.subjects.map(\.rounds.count).max() ?? 0
        parts.append(
            "\(measured.isQuick ? "Short runs, " : "")\(rounds) round\(rounds == 1 ? "" : "s"), \(measured.date), "
                + "commit \(measured.machine.commit), \(measured.durability):")
        parts.append((["```"] + measured.commands + ["```"]).joined(separator: "\n"))
        return parts
    }

    private static func sentence(_ goal: Goal, _ measured: MeasuredRow) -> String {
        let values = goal.rounds(in: measured)
        guard !values.isEmpty else { return "- \(goal.text): not measured" }
        let rounds = values.map { goal.unit.text($0) }.joined(separator: ", ")
        let verdict = goal.verdict(in: measured)
        return "- \(goal.text): \(goal.reachedText(in: measured)), \(goal.boundText)"
            + (verdict.isEmpty ? "" : ": \(verdict)") + ". Rounds: \(rounds)"
    }

    private static func lines(_ row: BenchRow, _ measured: MeasuredRow) -> [[String]] {
        let columns = row.columns.filter { column in
            measured.subjects.contains { !$0.values(column.figure).isEmpty }
        }
        return [[""] + columns.map(\.heading)]
            + measured.subjects.map { subject in
                [subject.name] + columns.map { cell($0, subject) }
            }
    }

    private static func cell(_ column: BenchRow.Column, _ subject: MeasuredRow.Subject) -> String {
        guard let spread = subject.spread(column.figure) else { return "–" }
        let median = column.unit.text(spread.median)
        guard column.hasEnds, spread.min < spread.max else { return median }
        return "\(median) (\(column.unit.text(spread.min)) to \(column.unit.text(spread.max)))"
    }

    // MARK: Markdown

    private static func table(_ lines: [[String]]) -> String {
        guard let head = lines.first else { return "" }
        let rule = "|" + String(repeating: "---|", count: head.count)
        func row(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        return ([row(head), rule] + lines.dropFirst().map(row)).joined(separator: "\n")
    }

    /// The place of a heading, as Markdown's readers make it.
    private static func anchor(_ title: String) -> String {
        String(title.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" })
            .replacing(" ", with: "-")
    }
}
