import Foundation
import LoadEngine
import Settings

/// What it costs that an operator chose something: clients that proxies name, people's consent.
extension BenchRow {
    private static let named = "edge, clients named by the proxy"
    private static let unnamed = "edge, its peer is the client"

    static let forwarded = BenchRow(
        name: "forwarded", title: "Clients that a proxy names",
        about:
            "4,096 clicks, each of another visit, 64 connections, by `wrk`. The heads are the same for both edges "
            + "and have `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`, each request another address. "
            + "One edge trusts its peer, reads them and cuts and hashes the client's address anew for every request; "
            + "the other one does not, and knows the address since the connection came.",
        columns: [.answering, .perWrite, .perSecond, .errors],
        goals: [
            Goal(
                text: "CPU per click, client named by a trusted proxy / the peer is the client",
                source: .ratio("cpuAnswering", of: named, to: unnamed)),
            Goal(
                text: "CPU per click, client named by a trusted proxy less the peer is the client",
                source: .difference("cpuAnswering", of: named, less: unnamed), unit: .microseconds),
        ]
    ) { bench in
        let heads = RequestHeads.made(of: .standard).enumerated().map { number, head in
            let client = "198.51.\(100 + number / 256).\(number % 256)"
            return String(head.dropLast(2)) + "X-Forwarded-For: \(client)\r\nX-Forwarded-Proto: https\r\n"
                + "X-Forwarded-Host: trem.brand.example\r\n\r\n"
        }
        let call = WrkCall(seconds: bench.seconds(3), heads: try bench.file(ofHeads: heads))
        bench.show(call.shown)
        let servers = [
            try bench.edge(EdgeOptions(name: named, trustedProxies: ["127.0.0.1"])),
            try bench.edge(EdgeOptions(name: unnamed)),
        ]
        return try bench.interleave(
            servers.map { server in
                (server.name, { try call.run(port: server.port, watched: [("cpuAnswering", server)]) })
            })
    }

    private static let listed = "edge, a list of people"
    private static let unlisted = "edge, no list"

    static let consent = BenchRow(
        name: "consent", title: "People's consent",
        about:
            "Clicks of ten million people in no order, 64 connections, closed loop. One edge looks each of them up in "
            + "a list that names all of them (`consent: \"honourOptOut\"`), so that both keep the same of every "
            + "event. 0.1 million people with `QUICK=1`.",
        columns: [.answering, .process, .perWrite, .perSecond, .errors],
        goals: [
            Goal(
                text: "CPU per click, a list of ten million people / no list",
                source: .ratio("cpuAnswering", of: listed, to: unlisted), bound: .atMost(1.03))
        ]
    ) { bench in
        let call = LoadCall(scenario: bench.isQuick ? "click" : "everybody", seconds: bench.seconds(4))
        let edge = try bench.edge(EdgeOptions(name: listed, consent: "honourOptOut"))
        try bench.importPeople(bench.isQuick ? 100_000 : 10_000_000, into: edge)
        let servers = [edge, try bench.edge(EdgeOptions(name: unlisted))]
        return try bench.interleave(
            servers.map { server in (server.name, { try bench.load(call, server) }) }, rounds: bench.latencyRounds)
    }
}

extension Workbench {
    /// Has an edge take in a list of everybody whom `tremolo-load` asks for.
    fileprivate func importPeople(_ count: Int, into edge: MeasuredServer) throws {
        guard let configuration = edge.configuration else {
            throw BenchFailure.unavailable(edge.name, why: "it has no configuration")
        }
        let path = try scratch("people") + "/data.csv"
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw BenchFailure(.cannotCreate, Message(path, why: "it can't be written")) }
        try file.write(contentsOf: Data("email\n".utf8))
        for start in stride(from: 0, to: count, by: 100_000) {
            let rows = (start..<min(count, start + 100_000)).map { number in
                let digits = String(number)
                return "r\(String(repeating: "0", count: 7 - digits.count))\(digits)@mail.example\n"
            }
            try file.write(contentsOf: Data(rows.joined().utf8))
        }
        try file.close()
        show(".build/release/tremolo consent import PEOPLE.csv --config EDGE.json5 --sec 8781202")
        let outcome = try ChildProcess.run(
            [".build/release/tremolo", "consent", "import", path, "--config", configuration, "--sec", "8781202"])
        guard outcome.status == 0 else {
            throw BenchFailure.unavailable("tremolo consent import", why: "it ended with \(outcome.status)")
        }
    }
}
