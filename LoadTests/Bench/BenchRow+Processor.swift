import LoadEngine
import LoadReports

/// What a request costs in processor time: closed loops, one worker, servers and load on a processor each.
extension BenchRow {
    private static let which =
        "CPU a request is the time of the threads that answer and make durable (`worker-0` and `tremolo-sync`; of a "
        + "peer everything), taken from schedstat between the ends of the measured part. Beside it stands the whole "
        + "process of the edge, until the aggregator has made figures of all of the run's events: a peer makes none."

    static let processorTime = BenchRow(
        name: "cpu", title: "CPU per keep-alive click",
        about: "64 connections, closed loop. " + which,
        columns: [.answering, .process, .perWrite, .perSecond, .errors],
        goals: [
            Goal(
                text: "CPU per keep-alive click, edge / floor", source: .ratio("cpuAnswering", of: "edge", to: "floor"),
                bound: .atMost(1.15)),
            Goal(
                text: "CPU per keep-alive click, edge / nginx with a buffered log",
                source: .ratio("cpuAnswering", of: "edge", to: "nginx, buffered log"), bound: .atMost(0.80)),
            Goal(
                text: "CPU per keep-alive click, edge / nginx with an unbuffered log",
                source: .ratio("cpuAnswering", of: "edge", to: "nginx, unbuffered log"), bound: .atMost(0.70)),
            Goal(
                text: "The same with the whole process of the edge, / floor",
                source: .ratio("cpuProcess", of: "edge", to: "floor")),
            Goal(
                text: "The same with the whole process of the edge, / nginx with a buffered log",
                source: .ratio("cpuProcess", of: "edge", to: "nginx, buffered log")),
        ]
    ) { bench in
        let call = LoadCall(seconds: bench.seconds(4))
        let servers = [
            try bench.edge(), try bench.floor(), try bench.nginx(), try bench.nginx(isBuffered: false),
        ]
        return try bench.interleave(servers.map { server in (server.name, { try bench.load(call, server) }) })
    }

    private static let batchConnections = [1, 4, 16, 64, 256]

    static let batches = BenchRow(
        name: "batch", title: "CPU per click by requests a batch",
        about: "A server's cost of a request falls with the requests that it finds ready in one turn, and a faster "
            + "server finds fewer of them under the same load. Connections of a closed loop bound the batch; "
            + "requests a write (requests divided by the worker's calls of write in /proc/PID/task/TID/io) say how "
            + "large it was. An unbuffered log writes once a request, a buffered one when its buffer is full.",
        columns: [.answering, .perWrite, .perSecond],
        goals: batchConnections.map { count in
            Goal(
                text: "CPU per click, connections: \(count), edge / floor",
                source: .ratio("cpuAnswering", of: "edge, \(count)", to: "floor, \(count)"))
        },
        chart: { row in
            let servers = ["edge", "floor", "nginx, buffered log"]
            let series = servers.enumerated().map { index, server in
                let points = batchConnections.compactMap { count in
                    row.subject("\(server), \(count)")?.spread("cpuAnswering").map { (Double(count), $0.median) }
                }
                return LineChart.Series(name: server, points: points, colour: index)
            }
            let most = series.flatMap { $0.points.map(\.y) }.max() ?? 1
            return LineChart(
                title: "CPU per click by connections",
                horizontal: .logarithmic("connections", holding: batchConnections.map(Double.init)) {
                    NumberText.decimal($0, 0)
                },
                vertical: .linear("CPU a request, µs", upTo: most) { NumberText.trimmed(NumberText.short($0)) },
                series: series)
        }
    ) { bench in
        let servers = [try bench.edge(), try bench.floor(), try bench.nginx()]
        let ways = batchConnections.flatMap { count in
            servers.map { server -> Workbench.Way in
                let call = LoadCall(connections: count, seconds: bench.seconds(2))
                return ("\(server.name), \(count)", { try bench.load(call, server) })
            }
        }
        return try bench.interleave(ways, rounds: 3)
    }

    static let softwareSHA = BenchRow(
        name: "sha", title: "CPU per click with SHA-256 in software",
        about: "`TREMOLO_CPU=no-sha` makes the edge believe that the processor has no SHA instructions, as older ones "
            + "have none. The pseudonym of a person is made of them.",
        columns: [.answering, .process, .perWrite, .perSecond],
        goals: [
            Goal(
                text: "CPU per click with SHA-256 in software, edge / floor",
                source: .ratio("cpuAnswering", of: "edge, software SHA", to: "floor")),
            Goal(
                text: "CPU per click, SHA-256 in software / by the processor",
                source: .ratio("cpuAnswering", of: "edge, software SHA", to: "edge")),
        ]
    ) { bench in
        let call = LoadCall(seconds: bench.seconds(3))
        let software = EdgeOptions(name: "edge, software SHA", environment: ["TREMOLO_CPU": "no-sha"])
        let servers = [try bench.edge(), try bench.edge(software), try bench.floor()]
        return try bench.interleave(servers.map { server in (server.name, { try bench.load(call, server) }) })
    }

    static let pixel = BenchRow(
        name: "pixel", title: "The pixel beside the click",
        about: "The same edge asked for opens and for clicks, 64 connections, closed loop.",
        columns: [.answering, .process, .perWrite, .perSecond, .errors],
        goals: [
            Goal(
                text: "CPU per request, pixel / click", source: .ratio("cpuAnswering", of: "open", to: "click"),
                bound: .atMost(1))
        ]
    ) { bench in
        let edge = try bench.edge()
        return try bench.interleave(
            ["click", "open"].map { scenario in
                let call = LoadCall(scenario: scenario, seconds: bench.seconds(3))
                return (scenario, { try bench.load(call, edge) })
            })
    }

    static let newConnections = BenchRow(
        name: "connect", title: "A new connection for each click",
        about: "64 at a time, closed loop; each request asks the server to close. The floor closes unasked.",
        columns: [.answering, .process, .perWrite, .perSecond, .errors],
        goals: [
            Goal(
                text: "CPU per click with a connection of its own, edge / nginx",
                source: .ratio("cpuAnswering", of: "edge", to: "nginx, buffered log"), bound: .atMost(1)),
            Goal(
                text: "CPU per click with a connection of its own, edge / floor",
                source: .ratio("cpuAnswering", of: "edge", to: "floor")),
        ]
    ) { bench in
        let call = LoadCall(scenario: "connect", seconds: bench.seconds(3))
        let servers = [try bench.edge(), try bench.floor(closes: true), try bench.nginx()]
        return try bench.interleave(servers.map { server in (server.name, { try bench.load(call, server) }) })
    }
}
