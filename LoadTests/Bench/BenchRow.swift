import LoadReports

/// One row of the comparison: how it is measured, what is said about it, what it is to reach.
struct BenchRow: Sendable {
    /// A column of its table.
    struct Column: Sendable {
        var figure: String
        var heading: String
        var unit: FigureUnit
        /// True when the ends over the rounds stand behind the median.
        var hasEnds = false
    }

    /// What `--only` calls it.
    var name: String
    var title: String
    /// What a reader must know to read its table, a sentence or more.
    var about: String
    var columns: [Column]
    var goals: [Goal] = []
    var durability = EdgeOptions().durabilityShown
    /// Draws its chart, whose file is called as the row is.
    var chart: (@Sendable (MeasuredRow) -> LineChart?)?
    /// Measures it.
    var measure: @Sendable (Workbench) throws -> [MeasuredRow.Subject]

    /// Every row, in the order of the page.
    static let all: [BenchRow] =
        [processorTime, batches, softwareSHA, pixel, newConnections, signed, forwarded, consent]
        + [halfLoad, syncing, backgroundThreads, loadCurve, overload, crowd]
        + [start, durability, wrk, haproxy, workers, aggregator, queries, verify]

    /// The row of a name.
    static func named(_ name: String) -> BenchRow? { all.first { $0.name == name } }
}

extension BenchRow.Column {
    static let answering = BenchRow.Column(
        figure: "cpuAnswering", heading: "CPU a request", unit: .microseconds, hasEnds: true)
    static let process = BenchRow.Column(
        figure: "cpuProcess", heading: "whole process", unit: .microseconds)
    static let perSecond = BenchRow.Column(figure: "perSecond", heading: "requests/s", unit: .perSecond)
    static let perWrite = BenchRow.Column(
        figure: "requestsPerWrite", heading: "requests a write", unit: .decimal)
    static let errors = BenchRow.Column(figure: "errors", heading: "errors", unit: .count)
    static let p50 = BenchRow.Column(figure: "p50", heading: "p50", unit: .microseconds)
    static let p99 = BenchRow.Column(figure: "p99", heading: "p99", unit: .microseconds, hasEnds: true)
    static let p999 = BenchRow.Column(figure: "p999", heading: "p99.9", unit: .microseconds, hasEnds: true)
    static let lag = BenchRow.Column(figure: "lagP99", heading: "generator late, p99", unit: .microseconds)
}
