/// The same seen by other people's tools.
extension BenchRow {
    static let wrk = BenchRow(
        name: "wrk", title: "The same closed loop by Debian's wrk",
        about: "The same requests over 64 connections, sent by `tremolo-load` and by `wrk -t1`. `tremolo-load` gives "
            + "every request a number of its own and checks every answer against what its link says; `wrk` repeats "
            + "4,096 requests, counts what is not 2xx or 3xx, and calls Lua for each. Their latencies differ because "
            + "`wrk` starts its clock when its loop comes round to write a request, not when the connection became "
            + "free: time that an answer's successor waits behind the other 63 connections in `wrk` itself counts "
            + "for nobody. In a closed loop connections divided by throughput is the whole cycle of one, and "
            + "`tremolo-load` shows nearly all of it.",
        columns: [.perSecond, .p50, .p99, .answering, .perWrite, .errors]
    ) { bench in
        let edge = try bench.edge()
        let call = LoadCall(seconds: bench.seconds(4))
        let wrk = WrkCall(seconds: bench.seconds(4), heads: try bench.heads())
        bench.show(wrk.shown)
        return try bench.interleave([
            ("tremolo-load", { try bench.load(call, edge) }),
            ("wrk", { try wrk.run(port: edge.port, watched: [("cpuAnswering", edge)]) }),
        ])
    }

    static let haproxy = BenchRow(
        name: "haproxy", title: "Through HAProxy with TLS",
        about:
            "`wrk` over TLS to HAProxy on the load's processor, which keeps connections to the edge on the "
            + "other; beside it the same `wrk` straight to the edge. The throughput through HAProxy is that of "
            + "`wrk` and HAProxy on one processor, not the edge's; what the edge pays for a request is.",
        columns: [
            .perSecond, .p50, .p99, Column(figure: "cpuAnswering", heading: "CPU of the edge", unit: .microseconds),
            Column(figure: "cpuHAProxy", heading: "CPU of HAProxy", unit: .microseconds), .errors,
        ]
    ) { bench in
        let edge = try bench.edge()
        let proxy = try bench.haproxy(before: edge)
        let heads = try bench.heads()
        let straight = WrkCall(seconds: bench.seconds(3), heads: heads)
        let through = WrkCall(seconds: bench.seconds(3), isTLS: true, heads: heads)
        bench.show(straight.shown)
        bench.show(through.shown)
        return try bench.interleave([
            ("straight", { try straight.run(port: edge.port, watched: [("cpuAnswering", edge)]) }),
            (
                "TLS, HAProxy",
                { try through.run(port: proxy.port, watched: [("cpuAnswering", edge), ("cpuHAProxy", proxy)]) }
            ),
        ])
    }
}
