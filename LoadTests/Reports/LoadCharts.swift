package import LoadEngine

/// The charts of a report.
package enum LoadCharts {
    /// Latency by percentile, one line a server, on HdrHistogram's scale: each step to the right is ten times rarer.
    package static func percentiles(_ servers: [(name: String, latency: LatencyHistogram)]) -> LineChart {
        let most = Double(servers.map(\.latency.count).max() ?? 1)
        // A share beyond the last request says nothing.
        let rarest = min(max(most, 100), 1_000_000)
        var series: [LineChart.Series] = []
        for (index, server) in servers.enumerated() {
            var points: [(x: Double, y: Double)] = []
            var rarity = 1.0
            while rarity <= min(Double(server.latency.count), rarest) * 1.0001 {
                points.append((rarity, Double(server.latency.value(atShare: 1 - 1 / rarity))))
                rarity *= 1.059_253_725_177_289  // 40 points a factor of ten
            }
            series.append(LineChart.Series(name: server.name, points: points, colour: index))
        }
        let marks: [(Double, String)] = [
            (1, "0"), (2, "50%"), (10, "90%"), (100, "99%"), (1_000, "99.9%"), (10_000, "99.99%"),
            (100_000, "99.999%"), (1_000_000, "99.9999%"),
        ]
        let ticks = marks.filter { $0.0 <= rarest }.map { ChartAxis.Tick(value: $0.0, label: $0.1) }
        return LineChart(
            title: "Latency by percentile",
            horizontal: ChartAxis(
                title: "share of the requests that were at least as fast", isLogarithmic: true, low: 1, high: rarest,
                ticks: ticks),
            vertical: .logarithmic("latency", holding: series.flatMap { $0.points.map(\.y) }, format: NumberText.mark),
            series: series)
    }

    /// The measured part second by second: p50, p99 and the slowest.
    package static func timeline(_ name: String, _ seconds: [SecondFigures]) -> LineChart {
        func line(_ label: String, stroke: Int, _ value: (SecondFigures) -> UInt64) -> LineChart.Series {
            LineChart.Series(
                name: label,
                points: seconds.enumerated().map { index, second in
                    // A second without an answer has no latency: the line breaks there.
                    (Double(index), second.latency.count > 0 ? Double(value(second)) : .nan)
                }, colour: stroke, stroke: stroke)
        }
        let series = [
            line("p50", stroke: 0) { $0.latency.value(atShare: 0.5) },
            line("p99", stroke: 1) { $0.latency.value(atShare: 0.99) }, line("slowest", stroke: 2) { $0.latency.max },
        ]
        return LineChart(
            title: "\(name): latency by second",
            horizontal: .linear("second of the measured part", upTo: Double(max(seconds.count - 1, 1))) {
                NumberText.trimmed(NumberText.short($0))
            },
            vertical: .logarithmic("latency", holding: series.flatMap { $0.points.map(\.y) }, format: NumberText.mark),
            series: series, height: 320)
    }

    /// Right answers and errors by second.
    package static func throughput(_ name: String, _ seconds: [SecondFigures]) -> LineChart {
        var series = [
            LineChart.Series(
                name: "answered as expected",
                points: seconds.enumerated().map { (Double($0.offset), Double($0.element.completed)) }, colour: 0)
        ]
        if seconds.contains(where: { $0.errors > 0 }) {
            series.append(
                LineChart.Series(
                    name: "errors",
                    points: seconds.enumerated().map { (Double($0.offset), Double($0.element.errors)) }, colour: 4,
                    stroke: 1))
        }
        let highest = Double(seconds.map { max($0.completed, $0.errors) }.max() ?? 1)
        return LineChart(
            title: "\(name): answers by second",
            horizontal: .linear("second of the measured part", upTo: Double(max(seconds.count - 1, 1))) {
                NumberText.trimmed(NumberText.short($0))
            },
            vertical: .linear("answers a second", upTo: highest) { NumberText.decimal($0, 0) }, series: series,
            height: 240)
    }

    /// One server at one load, for `latencyAgainstLoad`.
    package struct LoadPoint: Sendable {
        /// Arrivals a second, or a share of a capacity in percent.
        package var load: Double
        /// Latencies in nanoseconds, one for each line that the chart draws of a server, in the order of `lines`.
        package var latencies: [Double]

        package init(load: Double, latencies: [Double]) {
            self.load = load
            self.latencies = latencies
        }
    }

    /// Latency against load: of each server one line a percentile, all in the server's colour.
    ///
    /// - Parameters:
    ///   - lines: what the latencies of a point are, such as `["p50", "p99", "p99.9"]`, at most three.
    ///   - loadTitle: what the load is, with its unit.
    package static func latencyAgainstLoad(
        title: String, loadTitle: String, lines: [String], _ servers: [(name: String, points: [LoadPoint])]
    ) -> LineChart {
        var series: [LineChart.Series] = []
        for (colour, server) in servers.enumerated() {
            for (stroke, line) in lines.enumerated() {
                let points = server.points.sorted { $0.load < $1.load }.compactMap { point in
                    stroke < point.latencies.count ? (x: point.load, y: point.latencies[stroke]) : nil
                }
                series.append(
                    LineChart.Series(name: "\(server.name) \(line)", points: points, colour: colour, stroke: stroke))
            }
        }
        let highest = servers.flatMap { $0.points.map(\.load) }.max() ?? 1
        return LineChart(
            title: title, horizontal: .linear(loadTitle, upTo: highest) { NumberText.decimal($0, 0) },
            vertical: .logarithmic("latency", holding: series.flatMap { $0.points.map(\.y) }, format: NumberText.mark),
            series: series, height: 440)
    }
}
