import LoadEngine
import LoadReports

/// How long people wait: open loops, latencies from the moment a request was due.
extension BenchRow {
    private static let nginxName = "nginx, buffered log"

    /// Half of the highest rate of nginx, by the median of three short closed loops.
    private static func halfRate(_ bench: Workbench, _ nginx: MeasuredServer) throws -> Double {
        let call = LoadCall(seconds: bench.seconds(2))
        let rates = try (0..<3).map { _ in try bench.load(call, nginx)["perSecond"] ?? 0 }.sorted()
        bench.say("\(nginx.name): \(NumberText.decimal(rates[1], 0)) requests a second at most")
        return rates[1] / 2
    }

    private static func open(
        _ bench: Workbench, _ server: MeasuredServer, rate: Double, seconds: Double, connections: Int = 64
    ) throws -> [String: Double] {
        var figures = try bench.load(
            LoadCall(connections: connections, seconds: bench.seconds(seconds), rate: rate), server)
        figures["rate"] = rate
        return figures
    }

    private static let rate = Column(figure: "rate", heading: "arrivals/s", unit: .perSecond)
    private static let latencies: [Column] = [rate, .p50, .p99, .p999, .lag, .process, .errors]

    static let halfLoad = BenchRow(
        name: "half", title: "Latency at half the highest rate of nginx",
        about: "Poisson arrivals over 64 connections at half of what nginx reaches in a closed loop.",
        columns: latencies,
        goals: [
            Goal(
                text: "p99 at half the highest rate of nginx, edge / nginx",
                source: .ratio("p99", of: "edge", to: nginxName), bound: .atMost(1)),
            Goal(
                text: "p99.9 at half the highest rate of nginx, edge / nginx",
                source: .ratio("p999", of: "edge", to: nginxName), bound: .atMost(1)),
        ]
    ) { bench in
        let servers = [try bench.edge(), try bench.nginx()]
        let rate = try halfRate(bench, servers[1])
        return try bench.interleave(
            servers.map { server in (server.name, { try open(bench, server, rate: rate, seconds: 6) }) },
            rounds: bench.latencyRounds)
    }

    static let syncing = BenchRow(
        name: "sync", title: "What syncing costs in latency",
        about: "Two edges, the aggregator of each flushing every second; one syncs its journal every second, the other "
            + "once a minute, which is longer than a run. Poisson arrivals at half of what nginx reaches.",
        columns: latencies,
        goals: [
            Goal(
                text: "p99.9 while the aggregator flushes, syncing on / off",
                source: .ratio("p999", of: "syncing every second", to: "syncing once a minute"), bound: .atMost(1.2))
        ],
        durability: "durability \"process\", syncInterval \"1 s\" and \"1 min\", flushInterval \"1 s\""
    ) { bench in
        let nginx = try bench.nginx()
        let rate = try halfRate(bench, nginx)
        bench.stop(nginx)
        let servers = [
            try bench.edge(EdgeOptions(name: "syncing every second", flushInterval: "1 s")),
            try bench.edge(
                EdgeOptions(name: "syncing once a minute", flushInterval: "1 s", syncInterval: "1 min")),
        ]
        return try bench.interleave(
            servers.map { server in (server.name, { try open(bench, server, rate: rate, seconds: 6) }) },
            rounds: bench.latencyRounds)
    }

    static let backgroundThreads = BenchRow(
        name: "threads", title: "The background threads beside the worker",
        about: "Syncing and flushing every second at lower priority: on the worker's processor, moved to the load's "
            + "(taskset), and at rest (once a minute, once an hour).",
        columns: latencies,
        goals: [
            Goal(
                text: "p99, sync and aggregator threads on the worker's processor / at rest",
                source: .ratio("p99", of: "on the worker's processor", to: "at rest")),
            Goal(
                text: "p99.9, sync and aggregator threads on the worker's processor / at rest",
                source: .ratio("p999", of: "on the worker's processor", to: "at rest")),
        ],
        durability: "durability \"process\", syncInterval \"1 s\", at rest \"1 min\""
    ) { bench in
        let nginx = try bench.nginx()
        let rate = try halfRate(bench, nginx)
        bench.stop(nginx)
        let beside = try bench.edge(EdgeOptions(name: "on the worker's processor", flushInterval: "1 s"))
        let apart = try bench.edge(EdgeOptions(name: "on the load's processor", flushInterval: "1 s"))
        for thread in ProcessFacts.threads(of: apart.id) where ["aggregator", "tremolo-sync"].contains(thread.name) {
            _ = try ChildProcess.run(["taskset", "-p", "-c", Workbench.loadProcessor, "\(thread.id)"])
        }
        let resting = try bench.edge(EdgeOptions(name: "at rest", flushInterval: "1 h", syncInterval: "1 min"))
        return try bench.interleave(
            [beside, apart, resting].map { server in
                (server.name, { try open(bench, server, rate: rate, seconds: 5) })
            })
    }

    private static let shares = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]

    static let loadCurve = BenchRow(
        name: "curve", title: "Latency against load",
        about:
            "Each server at 10 to 100% of what it reaches in a closed loop with 64 connections; Poisson arrivals, so "
            + "at 100% a queue is expected. The chart's horizontal axis is arrivals a second, the same for both.",
        columns: [rate, .p50, .p99, .p999, .lag],
        chart: { row in
            let servers = ["edge", nginxName].map { server in
                let points = shares.compactMap { share -> LoadCharts.LoadPoint? in
                    guard let subject = row.subject("\(server), \(share)%"), let rate = subject.spread("rate") else {
                        return nil
                    }
                    let latencies = ["p50", "p99", "p999"].compactMap { subject.spread($0)?.median }
                    return LoadCharts.LoadPoint(load: rate.median, latencies: latencies.map { $0 * 1e3 })
                }
                return (name: server, points: points)
            }
            return LoadCharts.latencyAgainstLoad(
                title: "Latency against load, \(row.durability)", loadTitle: "arrivals a second",
                lines: ["p50", "p99", "p99.9"], servers)
        }
    ) { bench in
        let servers = [try bench.edge(), try bench.nginx()]
        let halves = try servers.map { try halfRate(bench, $0) }
        let ways = shares.flatMap { share in
            zip(servers, halves).map { server, half -> Workbench.Way in
                let rate = half * 2 * Double(share) / 100
                return ("\(server.name), \(share)%", { try open(bench, server, rate: rate, seconds: 2) })
            }
        }
        return try bench.interleave(ways, rounds: bench.isQuick ? 1 : bench.rounds)
    }

    static let overload = BenchRow(
        name: "overload", title: "Twice the highest rate",
        about:
            "The peak is a closed loop of 64 connections. Twice as many arrivals a second come over 1,000 "
            + "connections. All of these soon wait for the edge, whose worker has no idle moment: what is due then "
            + "waits in the generator and counts in the latency, as it would in a client's queue. More than 1,000 "
            + "requests at once can't reach the edge, however many are due, and to make and send twice the peak "
            + "would take the generator more than its processor has.",
        columns: [
            rate, .perSecond, .p50, .p99,
            Column(figure: "workerBusyShare", heading: "worker busy", unit: .share),
            Column(figure: "answeredShare", heading: "answered", unit: .share), .errors,
        ],
        goals: [
            Goal(
                text: "Completed at twice the highest rate / peak",
                source: .ratio("perSecond", of: "twice the peak", to: "peak"), bound: .atLeast(0.9))
        ]
    ) { bench in
        let edge = try bench.edge()
        var peak = 0.0
        return try bench.interleave([
            (
                "peak",
                {
                    let figures = try bench.load(LoadCall(seconds: bench.seconds(3)), edge)
                    peak = figures["perSecond"] ?? 0
                    return figures
                }
            ),
            ("twice the peak", { try open(bench, edge, rate: 2 * peak, seconds: 3, connections: 1_000) }),
        ])
    }

    static let crowd = BenchRow(
        name: "crowd", title: "Slow clients and idle connections",
        about:
            "Poisson arrivals at half of the edge's peak over 64 connections, alone, beside 1,000 clients that "
            + "send a byte every 90 ms, and beside 15,000 connections that say nothing. As many connections to another "
            + "server, which the measured one knows nothing of, show what they cost the machine; the kernel's floor at "
            + "the same rate shows how little of it a server can help. Memory is the growth of VmRSS from before they "
            + "were opened until all were accepted, on an edge that has answered a load before.",
        columns: [
            rate, .p50, .p99, .p999, .lag, .errors,
            Column(figure: "bytesPerIdle", heading: "memory a connection", unit: .bytes),
        ],
        goals: [
            Goal(
                text: "p99 beside 1,000 slow clients / alone",
                source: .ratio("p99", of: "1,000 slow clients", to: "alone"), bound: .atMost(1.3)),
            Goal(
                text: "p99 beside 15,000 idle connections / alone",
                source: .ratio("p99", of: "15,000 idle connections", to: "alone"), bound: .atMost(1.3)),
            Goal(
                text: "p99 beside 15,000 idle connections / beside as many to another server",
                source: .ratio("p99", of: "15,000 idle connections", to: "15,000 to another server")),
            Goal(
                text: "The kernel's floor: p99 beside 15,000 idle connections / alone",
                source: .ratio("p99", of: "floor, 15,000 idle connections", to: "floor, alone")),
            Goal(
                text: "Memory of an idle connection", source: .figure("bytesPerIdle", of: "memory"),
                bound: .atMost(300), unit: .bytes),
        ]
    ) { bench in
        let edge = try bench.edge()
        let floor = try bench.floor()
        let bystander = try bench.floor()
        let rate = try halfRate(bench, edge)
        func run(_ server: MeasuredServer, idle: Int = 0, slow: Int = 0) throws -> [String: Double] {
            let call = LoadCall(seconds: bench.seconds(4), rate: rate, idle: idle, slow: slow)
            var figures = try bench.load(call, server)
            figures["rate"] = rate
            return figures
        }
        let subjects = try bench.interleave([
            ("alone", { try run(edge) }), ("1,000 slow clients", { try run(edge, slow: 1_000) }),
            ("15,000 idle connections", { try run(edge, idle: 15_000) }),
            (
                "15,000 to another server",
                {
                    let connections = try IdleConnections(to: bystander, count: 15_000)
                    defer { connections.close() }
                    return try run(edge)
                }
            ),
            ("floor, alone", { try run(floor) }),
            ("floor, 15,000 idle connections", { try run(floor, idle: 15_000) }),
        ])
        let memory = try bench.interleave([
            (
                "memory",
                {
                    // A table of connections that grew once stays: each round needs an edge of its own.
                    let fresh = try bench.edge()
                    defer { bench.stop(fresh) }
                    _ = try bench.load(LoadCall(seconds: 0.5, warmupSeconds: 0.1), fresh, isShown: false)
                    return ["bytesPerIdle": try IdleConnections.bytesPerConnection(of: fresh, count: 15_000)]
                }
            )
        ])
        return subjects + memory
    }
}
