import Foundation
import LinuxSystem

/// The process itself: how soon it is there, what strict durability costs, how two workers share.
extension BenchRow {
    static let start = BenchRow(
        name: "start", title: "Start and rest",
        about: "A data folder with a journal of a million events behind it, made by `journal-maker` and counted by "
            + "`tremolo rebuild`. From the spawning of the process to its first answered click; then its VmRSS when "
            + "nothing works in it.",
        columns: [
            Column(figure: "startMilliseconds", heading: "to the first answer", unit: .milliseconds, hasEnds: true),
            Column(figure: "restBytes", heading: "VmRSS at rest", unit: .mebibytes, hasEnds: true),
        ],
        goals: [
            Goal(
                text: "Start with a million events behind it", source: .figure("startMilliseconds", of: "edge"),
                bound: .atMost(100), unit: .milliseconds),
            Goal(
                text: "Memory at rest", source: .figure("restBytes", of: "edge"), bound: .atMost(20 * 1_048_576),
                unit: .mebibytes),
        ]
    ) { bench in
        let journal = try AggregatorRun(bench, events: 1_000_000, people: 1_000_000, days: 1, campaigns: 20)
        _ = try journal.rebuild()
        return try bench.interleave([
            (
                "edge",
                {
                    let prepared = try bench.prepareEdge(EdgeOptions(data: journal.data))
                    let begin = SystemClock.monotonicNanoseconds()
                    let child = try ChildProcess(
                        [".build/release/tremolo", "serve", "--config", prepared.configuration],
                        processor: Workbench.serverProcessor, log: prepared.log)
                    let server = bench.add(
                        try MeasuredServer(
                            "edge", child, port: prepared.port, adminPort: prepared.adminPort,
                            configuration: prepared.configuration))
                    defer { bench.stop(server) }
                    let answer = try Asking.get(
                        "/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart", port: prepared.port)
                    let end = SystemClock.monotonicNanoseconds()
                    guard answer.hasPrefix("HTTP/1.1 302 ") else {
                        throw BenchFailure.unavailable("edge", why: "its first answer is no redirect")
                    }
                    server.settle()
                    return [
                        "startMilliseconds": Double(end - begin) / 1e6,
                        "restBytes": Double(ProcessFacts.residentBytes(server.id) ?? 0),
                    ]
                }
            )
        ])
    }

    static let durability = BenchRow(
        name: "durability", title: "Strict durability",
        about:
            "`durability: \"disk\"`: a batch is synced before its responses leave. With one connection each "
            + "request has a sync of its own; 64 connections share them. Closed loops.",
        columns: [.perSecond, .perWrite, .p50, .p99, .process, .errors],
        goals: [
            Goal(
                text: "Throughput at strict durability, 64 connections / a sync for each request",
                source: .ratio("perSecond", of: "64 connections", to: "1 connection"), bound: .atLeast(20))
        ],
        durability: "durability \"disk\""
    ) { bench in
        let edge = try bench.edge(EdgeOptions(durability: "disk"))
        return try bench.interleave(
            [(64, "64 connections"), (1, "1 connection")].map { count, name in
                let call = LoadCall(connections: count, seconds: bench.seconds(3))
                return (name, { try bench.load(call, edge) })
            })
    }

    static let workers = BenchRow(
        name: "workers", title: "Two workers behind a balancer's connections",
        about:
            "Two workers with a listener each (SO_REUSEPORT), servers and load on both processors. The kernel "
            + "gives a new connection to a listener by a hash of its addresses and ports, not to the one that has "
            + "fewest: so few connections as a balancer keeps fall unevenly, and stay where they fell. With 2 "
            + "connections both are at one worker half of the time. The share is of the events in /metrics; 50% is "
            + "even.",
        columns: [
            Column(figure: "busiestShare", heading: "share of the busier worker", unit: .share, hasEnds: true),
            .perSecond, .p50, .p99, .process, .errors,
        ]
    ) { bench in
        let edge = try bench.edge(EdgeOptions(workers: 2, processor: nil))
        func events() throws -> [Double] {
            try Asking.metrics(of: edge).filter { $0.name == "tremolo_journaled_events_total" }.map(\.value)
        }
        return try bench.interleave(
            [2, 8, 64].map { count in
                let call = LoadCall(connections: count, seconds: bench.seconds(2), processor: nil)
                return (
                    "\(count) connections",
                    {
                        let before = try events()
                        var figures = try bench.load(call, edge)
                        let each = zip(try events(), before).map { $0 - $1 }
                        let sum = each.reduce(0, +)
                        if sum > 0, let most = each.max() { figures["busiestShare"] = most / sum }
                        return figures
                    }
                )
            })
    }
}
