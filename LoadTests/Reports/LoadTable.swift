import LoadEngine

/// A report as a table for a terminal.
package struct LoadTable: Sendable {
    private let report: LoadReport

    /// Makes the table of a report.
    package init(_ report: LoadReport) {
        self.report = report
    }

    /// The table, with a line break behind each line.
    package var text: String {
        var text = heading
        for server in report.servers { text += [""] + lines(of: server) }
        if !report.ratios.isEmpty { text += [""] + ratioLines }
        if let search = report.search { text += [""] + lines(of: search) }
        if let found = report.verification { text += [""] + lines(of: found) }
        return text.joined(separator: "\n") + "\n"
    }

    private var heading: [String] {
        let run = report.servers.first?.rounds.first
        let rate =
            run.flatMap(\.perSecond).map {
                "open loop, \(NumberText.short($0)) arrivals a second (\(report.scenario.arrivals.rawValue))"
            } ?? "closed loop"
        let first =
            "\(report.scenario.name): \(rate), \(report.scenario.connections) connections, "
            + "\(NumberText.short(run?.durationSeconds)) s measured, seed \(report.seed)"
        guard report.isSelfTest else { return [first] }
        return [
            first, "self-test: the server is a responder in this process that does next to nothing; what stands here",
            "as own cpu and latency is the tool's part of every other result on this machine",
        ]
    }

    private func lines(of server: ServerRounds) -> [String] {
        let columns =
            ["", "requests/s", "errors"] + Percentile.all.map(\.heading) + [
                "max", "cpu/request", "memory", "lag p99", "own cpu",
            ]
        var rows = [columns]
        for (index, run) in server.rounds.enumerated() {
            rows.append(row(server.rounds.count == 1 ? "" : "round \(index + 1)", run))
        }
        var lines = ["\(server.server.name)  \(server.server.url)"] + Self.grid(rows)
        for (index, run) in server.rounds.enumerated() {
            let round = server.rounds.count == 1 ? "" : "round \(index + 1): "
            lines += notes(on: run).map { "  \(round)\($0)" }
        }
        return lines
    }

    private func row(_ name: String, _ run: RunFigures) -> [String] {
        let latency = run.loop.latency
        let times = Percentile.all.map { percentile in
            Self.time(latency.microseconds { $0.value(atShare: percentile.share) })
        }
        let cost = run.server?.processorMicrosecondsPerRequest.map { NumberText.short($0) + " µs" } ?? "–"
        return [name, NumberText.decimal(run.requestsPerSecond, 0), NumberText.grouped(run.loop.errors.total)] + times
            + [
                Self.time(latency.microseconds { $0.max }), cost, NumberText.mebibytes(run.server?.peakMemoryBytes),
                Self.time(run.loop.lag.microseconds { $0.value(atShare: 0.99) }),
                run.generatorMicrosecondsPerRequest.map { NumberText.short($0) + " µs" } ?? "–",
            ]
    }

    private static func time(_ microseconds: Double?) -> String {
        microseconds.map { NumberText.time($0 * 1e3) } ?? "–"
    }

    private func notes(on run: RunFigures) -> [String] {
        let loop = run.loop
        var notes: [String] = []
        let errors = loop.errors
        if let line = Self.errorLine(errors) { notes.append(line) }
        if run.isOpen, loop.completed < loop.arrivals {
            notes.append(
                "\(NumberText.grouped(loop.arrivals - loop.completed)) of \(NumberText.grouped(loop.arrivals)) "
                    + "arrivals were not answered; they stand in the latencies with the time they had waited")
        }
        if loop.idleOpen + loop.idleLost > 0 {
            notes.append(
                "idle connections: \(loop.idleOpen) open at the end, \(loop.idleLost) refused or closed by the server")
        }
        if report.scenario.slow > 0 {
            notes.append("slow clients: \(loop.slowCompleted) answered, \(loop.slowErrors) not")
        }
        if loop.reconnects > 0 {
            notes.append(
                "\(NumberText.grouped(loop.reconnects)) connections were closed by the server between requests")
        }
        if let wrong = loop.wrongAnswer { notes += Self.describe(wrong) }
        return notes
    }

    private var shownRuns: [RunFigures] { report.servers.flatMap(\.rounds) }

    /// Errors by kind; nil when there are none.
    private static func errorLine(_ errors: ErrorCounts) -> String? {
        let kinds = [
            ("status", errors.status), ("location", errors.location), ("body", errors.body),
            ("connect", errors.connect), ("timeout", errors.timeout), ("closed", errors.closed),
        ]
        let named = kinds.filter { $0.1 > 0 }.map { "\(NumberText.grouped($0.1)) \($0.0)" }
        return named.isEmpty ? nil : "errors: \(named.joined(separator: ", "))"
    }

    private static func describe(_ wrong: WrongAnswer) -> [String] {
        let location = wrong.expected.location.map { ", Location \(String(decoding: $0, as: UTF8.self))" } ?? ""
        let what =
            switch wrong.mismatch {
            case .status: "its status, or it is no answer of HTTP/1"
            case .location: "its Location"
            case .body: "its body, its length or type, or whether the connection closes"
            case nil: "it was not whole in time"
            }
        let body =
            switch wrong.expected.body {
            case .any: ""
            case .pixel: ", a pixel of 43 bytes"
            case .page(let part): ", a page with \(Self.printable(part))"
            }
        let received = Self.printable(wrong.received)
        return [
            "the first wrong answer (\(what)); expected status \(wrong.expected.status)\(location)\(body), received:"
        ] + received.split(separator: "\n").prefix(20).map { "| \($0.prefix(160))" }
    }

    /// Line feeds, and what can be printed of the rest: a dot stands for each other byte but CR.
    private static func printable(_ bytes: [UInt8]) -> String {
        let kept = bytes.filter { $0 != 0x0D }.map { (0x20...0x7E).contains($0) || $0 == 0x0A ? $0 : 0x2E }
        return String(decoding: kept, as: UTF8.self)
    }

    private var ratioLines: [String] {
        var rows = [["ratio (median, from to)", "requests/s", "p50", "p99", "p99.9", "cpu/request"]]
        for ratio in report.ratios {
            rows.append(
                ["\(ratio.name) / \(ratio.to)"]
                    + ratio.figures.map { figure in
                        figure.spread.map {
                            "\(NumberText.decimal($0.median, 2)) (\(NumberText.decimal($0.min, 2)) to "
                                + "\(NumberText.decimal($0.max, 2)))"
                        } ?? "–"
                    })
        }
        return Self.grid(rows)
    }

    private func lines(of search: MaximumSearch) -> [String] {
        let goal = NumberText.time(Double(search.goal))
        var rows = [["arrivals/s", "p99", "answered", "errors", ""]]
        for step in search.steps {
            rows.append([
                NumberText.decimal(step.perSecond, 0), NumberText.time(Double(step.p99)),
                NumberText.decimal(step.completedShare * 100, 1) + "%", NumberText.grouped(step.errors),
                step.hasPassed ? "passed" : "failed",
            ])
        }
        let failed = search.failedPerSecond.map {
            "; \(NumberText.decimal($0, 0)) failed \(MaximumSearch.triesMax) times"
        }
        let result =
            search.maximumPerSecond.map {
                "highest rate with p99 <= \(goal): \(NumberText.decimal($0, 0)) requests a second"
            } ?? "no rate met p99 <= \(goal)"
        var lines = ["closed loop: \(NumberText.decimal(search.closedPerSecond, 0)) requests a second"]
        lines += Self.grid(rows) + [result + (failed ?? "")]
        if let errors = Self.errorLine(search.errors) { lines.append("\(errors), in all runs together") }
        // A step that is shown as the result tells of its own.
        if let wrong = search.wrongAnswer, !shownRuns.contains(where: { $0.loop.wrongAnswer != nil }) {
            lines += Self.describe(wrong)
        }
        return lines
    }

    private func lines(of found: Verification) -> [String] {
        let store: String
        if let clicks = found.storeClicks, let opens = found.storeOpens {
            store =
                "the store counts \(NumberText.grouped(clicks)) clicks and \(NumberText.grouped(opens)) opens, the "
                + "journal holds \(NumberText.grouped(found.journalClicks)) and "
                + NumberText.grouped(found.journalOpens)
                + (found.storePending > 0 ? "; \(NumberText.grouped(found.storePending)) are not counted yet" : "")
        } else {
            store = "the store was not asked"
        }
        return [
            "\(found.isRight ? "verified" : "NOT VERIFIED"): \(NumberText.grouped(found.acknowledged)) acknowledged, "
                + "\(NumberText.grouped(found.lost)) lost, \(NumberText.grouped(found.doubled)) double, "
                + "\(NumberText.grouped(found.unknown)) unknown; "
                + "\(NumberText.grouped(found.unacknowledgedFound)) recorded without an acknowledgement", store,
        ]
    }

    /// Rows as columns, the first to the left and the others to the right.
    private static func grid(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += column == 0 ? cell + padding : "  " + padding + cell
            }
            return "  " + line
        }
    }
}
