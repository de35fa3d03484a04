import Foundation
import LinuxSystem
import LoadEngine
import TestSupport
import Testing

@testable import LoadReports

@Suite("Reports show what was measured, under names that don't change")
struct LoadReportTests {
    private func run(_ scale: UInt64, isOpen: Bool = true) -> RunFigures {
        var loop = LoopFigures()
        loop.arrivals = 1_000
        loop.sent = 1_000
        loop.completed = 1_000
        loop.completedInTime = 1_000 * scale
        loop.processorNanoseconds = 5_000_000 * scale
        for value in 1...1_000 as ClosedRange<UInt64> { loop.latency.record(value * 1_000 * scale) }
        if isOpen { loop.lag.record(2_000) }
        for _ in 0..<2 {
            var second = SecondFigures()
            second.completed = 500
            second.latency = LatencyHistogram(precision: 7)
            second.latency.record(64_000)
            loop.seconds.append(second)
        }
        return RunFigures(
            loop: loop, perSecond: isOpen ? 500 : nil, durationSeconds: 2,
            server: ServerFigures(processorSeconds: 0.008, requests: 1_000, peakMemoryBytes: 3 << 20))
    }

    private func server(_ name: String) -> LoadServer {
        LoadServer(name: name, url: "http://127.0.0.1:1", address: .internet(.loopback, port: 1))
    }

    private var report: LoadReport {
        var report = LoadReport(
            command: ["tremolo-load", "http://127.0.0.1:1", "--name", "<a>"], scenario: .standard, seed: 7,
            servers: [
                ServerRounds(server: server("edge"), rounds: [run(1), run(1)]),
                ServerRounds(server: server("nginx"), rounds: [run(2), run(2)]),
            ])
        var search = MaximumSearch(goalNanoseconds: 1_000_000, closed: run(2, isOpen: false))
        search.add(run(1), perSecond: 550)
        report.search = search
        var verification = Verification()
        verification.acknowledged = 12
        verification.journalClicks = 1_726_176
        verification.storeClicks = 1_726_176
        verification.storeOpens = 0
        report.verification = verification
        return report
    }

    @Test("The JSON has the members that others read, with microseconds")
    func json() throws {
        let json = try JSONDocument(LoadJSON(report).text)
        #expect(json["command"].elements.count == 4)
        #expect(json["scenario"].string == "click" && json["seed"].int == 7)
        let edge = json["servers"].elements[0]
        #expect(edge["name"].string == "edge" && edge["url"].string == "http://127.0.0.1:1")
        let round = edge["rounds"].elements[0]
        #expect(
            Set(round.members.keys) == [
                "loop", "arrivals", "requestedPerSecond", "durationSeconds", "sent", "completed", "requestsPerSecond",
                "errors", "latencyMicroseconds", "lagMicroseconds", "timeline", "server", "generator", "background",
            ])
        #expect(round["loop"].string == "open" && round["requestedPerSecond"].double == 500)
        #expect(round["requestsPerSecond"].double == 500)
        #expect(
            Set(round["errors"].members.keys) == ["status", "location", "body", "connect", "timeout", "closed"])
        #expect(
            Set(round["latencyMicroseconds"].members.keys) == ["p50", "p90", "p99", "p999", "p9999", "max", "mean"])
        #expect(abs((round["latencyMicroseconds"]["p50"].double ?? 0) - 500) < 1)
        #expect(round["latencyMicroseconds"]["max"].double == 1_000)
        #expect(Set(round["lagMicroseconds"].members.keys) == ["p50", "p99", "max"])
        #expect(round["timeline"].elements.count == 2)
        #expect(
            Set(round["timeline"].elements[1].members.keys) == ["second", "completed", "errors", "p50", "p99", "max"])
        #expect(round["server"]["cpuMicrosecondsPerRequest"].double == 8)
        #expect(round["server"]["peakMemoryBytes"].int == 3 << 20)
        #expect(round["generator"]["cpuMicrosecondsPerRequest"].double == 5)
        #expect(edge["median"]["requestsPerSecond"].double == 500)
        #expect(edge["median"]["cpuMicrosecondsPerRequest"].double == 8)
        #expect(abs((edge["median"]["latencyMicroseconds"]["p99"].double ?? 0) - 990) < 1)
    }

    @Test("The JSON has ratios, the search and the verification")
    func jsonRest() throws {
        let json = try JSONDocument(LoadJSON(report).text)
        let ratio = json["ratios"].elements[0]
        #expect(ratio["name"].string == "nginx" && ratio["to"].string == "edge")
        #expect(ratio["requestsPerSecond"]["median"].double == 2)
        #expect(
            Set(ratio.members.keys) == ["name", "to", "requestsPerSecond", "p50", "p99", "p999", "cpuPerRequest"])
        #expect(json["maximum"]["requestsPerSecond"].double == 550)
        #expect(json["maximum"]["p99GoalMicroseconds"].double == 1_000)
        #expect(json["maximum"]["steps"].elements.count == 1)
        #expect(json["verified"]["right"].bool == true)
        #expect(json["verified"]["storeClicks"].int == 1_726_176)
        var closed = report
        closed.servers = [ServerRounds(server: server("edge"), rounds: [run(1, isOpen: false)])]
        closed.search = nil
        closed.verification = nil
        let other = try JSONDocument(LoadJSON(closed).text)
        #expect(other["maximum"].isMissing && other["verified"].isMissing)
        #expect(other["servers"].elements[0]["rounds"].elements[0]["requestedPerSecond"].isNull)
        #expect(other["servers"].elements[0]["rounds"].elements[0]["lagMicroseconds"]["p99"].isNull)
    }

    @Test("Of nothing that was answered nothing is known: null, a dash, and no line")
    func nothingAnswered() throws {
        var loop = LoopFigures()
        loop.seconds = [SecondFigures(), SecondFigures()]
        var report = report
        let nothing = RunFigures(loop: loop, perSecond: 500, durationSeconds: 2)
        report.servers = [ServerRounds(server: server("edge"), rounds: [nothing])]
        let round = try JSONDocument(LoadJSON(report).text)["servers"].elements[0]
        #expect(round["rounds"].elements[0]["latencyMicroseconds"]["p50"].isNull)
        #expect(round["rounds"].elements[0]["latencyMicroseconds"]["mean"].isNull)
        #expect(round["rounds"].elements[0]["timeline"].elements[0]["max"].isNull)
        #expect(round["median"]["latencyMicroseconds"]["p99"].isNull)
        #expect(!LoadTable(report).text.contains("0.00 ns"))
    }

    @Test("A second without an answer breaks the line")
    func brokenLine() {
        var answered = SecondFigures()
        answered.latency.record(64_000)
        let seconds = [answered, answered, SecondFigures(), answered, answered]
        let whole = LoadCharts.timeline("edge", [answered, answered, answered]).svg
        #expect(whole.components(separatedBy: "<polyline").count == 4)
        let broken = LoadCharts.timeline("edge", seconds).svg
        #expect(broken.components(separatedBy: "<polyline").count == 7 && !broken.contains("nan"))
    }

    @Test("The table names servers, rounds, ratios and what failed")
    func table() {
        var report = report
        report.servers[0].rounds[1].loop.errors.location = 3
        report.servers[0].rounds[1].loop.wrongAnswer = WrongAnswer(
            mismatch: .location, expected: ExpectedAnswer(status: 302, location: "https://a.example/"),
            received: Array("HTTP/1.1 302 Found\r\nLocation: \u{1B}[31mevil\r\n\r\n".utf8))
        let text = LoadTable(report).text
        #expect(text.contains("the first wrong answer (its Location); expected status 302"))
        #expect(text.contains("round 2") && text.contains("nginx / edge"))
        #expect(text.contains("3 location") && text.contains("Location https://a.example/"))
        #expect(!text.unicodeScalars.contains("\u{1B}"))
        #expect(text.contains("highest rate with p99 <= 1.00 ms: 550 requests a second"))
        report.search = nil
        let isRight = report.isRight
        #expect(!isRight)
    }

    @Test("The page is whole: charts inside, nothing from elsewhere, everything escaped")
    func page() {
        let text = LoadPage(report).text
        #expect(text.hasPrefix("<!doctype html>"))
        #expect(text.components(separatedBy: "<svg ").count == 6)
        #expect(text.contains("--name &lt;a&gt;"))
        #expect(!text.contains("<a>") && !text.contains("src=") && !text.contains("href=") && !text.contains("<script"))
        #expect(!text.contains("nan") && !text.contains("inf,"))
    }

    @Test("Latency against load draws a line for each server and percentile")
    func againstLoad() {
        let points = [10.0, 50, 100].map { LoadCharts.LoadPoint(load: $0, latencies: [1e5 * $0, 1e6 * $0, 1e7 * $0]) }
        let chart = LoadCharts.latencyAgainstLoad(
            title: "x", loadTitle: "load, % of capacity", lines: ["p50", "p99", "p99.9"],
            [("edge", points), ("nginx", points)])
        #expect(
            chart.series.map(\.name) == ["edge p50", "edge p99", "edge p99.9", "nginx p50", "nginx p99", "nginx p99.9"])
        #expect(chart.svg.components(separatedBy: "<polyline").count == 7)
        #expect(chart.svg.contains("xmlns=") && chart.svg.contains("load, % of capacity"))
    }

    @Test("No label reaches past an edge of the picture", arguments: [90.0, 140_000, 9_400_000])
    func labelsInside(load: Double) throws {
        let points = [0.1, 1].map { LoadCharts.LoadPoint(load: $0 * load, latencies: [1e5]) }
        let chart = LoadCharts.latencyAgainstLoad(title: "x", loadTitle: "load", lines: ["p50"], [("edge", points)])
        let labels = chart.svg.matches(of: /class="label" x="([0-9.]+)" y="[0-9.]+" text-anchor="([a-z]+)">([^<]*)</)
        #expect(labels.contains { $0.output.3 == chart.horizontal.ticks.last?.label ?? "none" })
        for label in labels {
            let x = try #require(Double(label.output.1))
            let width = 6.6 * Double(label.output.3.count)
            let left = label.output.2 == "end" ? x - width : label.output.2 == "middle" ? x - width / 2 : x
            #expect(left >= 0 && left + width <= 760, "\(label.output.3)")
        }
    }

    @Test("Axes have round marks that hold every value")
    func axes() {
        let linear = ChartAxis.linear("x", upTo: 87_132) { NumberText.decimal($0, 0) }
        #expect(linear.ticks.map(\.label) == ["0", "20,000", "40,000", "60,000", "80,000", "100,000"])
        let logarithmic = ChartAxis.logarithmic("x", holding: [60_000, 3_000_000], format: NumberText.mark)
        #expect(logarithmic.ticks.map(\.label) == ["50 µs", "100 µs", "200 µs", "500 µs", "1 ms", "2 ms", "5 ms"])
        let wide = ChartAxis.logarithmic("x", holding: [900, 70_000_000], format: NumberText.mark)
        #expect(wide.ticks.map(\.label) == ["100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms"])
        let empty = ChartAxis.logarithmic("x", holding: [], format: NumberText.mark)
        #expect(empty.low < empty.high)
    }

    @Test("Numbers are written as people read them")
    func numbers() {
        #expect(NumberText.decimal(1_234_567.891, 2) == "1,234,567.89")
        #expect(NumberText.decimal(-0.004, 2) == "0.00" && NumberText.decimal(0.05, 1) == "0.1")
        #expect(NumberText.decimal(nil, 1) == "–" && NumberText.decimal(.nan, 1) == "–")
        #expect(NumberText.time(823) == "823 ns" && NumberText.time(41_340) == "41.3 µs")
        #expect(NumberText.time(7_021_000) == "7.02 ms" && NumberText.time(1_204_000_000) == "1.20 s")
        #expect(NumberText.mark(10_000) == "10 µs" && NumberText.mark(100_000) == "100 µs")
        #expect(NumberText.mebibytes(3 << 20) == "3.0 MiB" && NumberText.mebibytes(nil) == "–")
        #expect(NumberText.plain(12) == "12" && NumberText.plain(12.345) == "12.35")
    }
}
