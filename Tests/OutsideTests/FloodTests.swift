import Foundation
import Synchronization
import TestSupport
import Testing

extension HostileTests {
    /// In the suite of the slow attacks, so that they come one after the other: each has a bound of time to hold.
    @Suite(
        "Floods of headers, pipelines and connections cost bounded memory, and good clients are answered beside them")
    struct FloodTests {
        /// What 99% of good requests may take while a flood fills every processor of the machine, its senders beside
        /// the edge: 50 ms. Slow attacks, which leave the processors free, have 10 ms (`HostileTests`).
        private static let p99Bound = Duration.milliseconds(50)
        /// For all but what connections hold, which has its own bound of 64 MiB a worker.
        private static let memoryBoundBytes = 64 << 20
        private static let heldBoundBytes = 64 << 20
        private let folder: TemporaryFolder
        private let edge: RunningEdge

        init() throws {
            folder = try TemporaryFolder()
            try Self.raiseDescriptorLimit()
            // One worker: its bounds are the process's.
            edge = try RunningEdge(
                data: folder.path + "/data", configuration: OutsideProgram.configuration,
                environment: ["TREMOLO_WORKERS": "1"])
        }

        /// This process holds the other ends of all connections.
        private static func raiseDescriptorLimit() throws {
            var limit = rlimit()
            let found = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            let raised = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            try #require(found == 0 && raised == 0 && limit.rlim_cur > 8_000, "the flood needs 8,000 descriptors")
        }

        private func residentBytes() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/\(edge.identifier)/statm", encoding: .utf8).split(
                separator: " ")
            return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        }

        private func metric(_ name: String) throws -> Int {
            let admin = try BlockingHTTPClient(port: edge.adminPort)
            try admin.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
            let page = try admin.receive().text
            let line = page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            return try #require(line.flatMap { Int($0.split(separator: " ").last ?? "") }, "\(name)")
        }

        /// Good clients are answered while a flood goes on, and behind it; memory stays within its bound throughout.
        private func expectGoodClients(
            beside name: String, memory bound: Int, flood: (_ look: () throws -> Void) throws -> Void
        ) throws {
            let clients = SteadyClients(port: edge.port, name: "good")
            try clients.awaitAnswers(20)
            let before = try residentBytes()
            var most = before
            try flood { most = max(most, try residentBytes()) }
            try clients.awaitAnswers(200)
            most = max(most, try residentBytes())
            let tally = clients.stop()
            print(
                "\(name): \(tally.answered) good requests, p99 \(tally.p99), slowest \(tally.slowest), "
                    + "\(before >> 20) to \(most >> 20) MiB")
            tally.expectAnswered()
            #expect(tally.p99 < Self.p99Bound, "\(tally.p99)")
            #expect(most < bound, "\(most >> 20) MiB")
        }

        @Test("Heads of every size that is too large, and 6,000 that fill their buffer and never end")
        func headers() throws {
            let line = "GET /tremop?sec=1 HTTP/1.1\r\nHost: a\r\n"
            let full = Array((line + "X-Fill: " + String(repeating: "f", count: 16_384 - line.count - 20)).utf8)
            let fields = line + (0..<60).map { "X-Field-\($0): \(String(repeating: "v", count: 190))\r\n" }.joined()
            let whole = Array((fields + "\r\n").utf8)
            let many = Array((line + (0..<5_000).map { "X-\($0): y\r\n" }.joined() + "\r\n").utf8)
            let huge = Array((line + "X-Huge: " + String(repeating: "h", count: 1 << 20) + "\r\n\r\n").utf8)
            let names = Array((line + String(repeating: "n", count: 60_000) + ": 1\r\n\r\n").utf8)
            let refusedBefore = try metric("tremolo_rejected_requests_total{rule=\"tooManyHeaders\",code=\"431\"}")
            let (port, kinds) = (edge.port, [whole, many, huge, names])
            try expectGoodClients(beside: "headers", memory: Self.memoryBoundBytes + Self.heldBoundBytes) { look in
                // 96 MiB of half heads: more than connections may hold.
                var held: [BlockingHTTPClient] = []
                for number in 0..<6_000 {
                    let client = try BlockingHTTPClient(port: port)
                    try? client.send(full)
                    held.append(client)
                    if number % 500 == 0 { try look() }
                }
                #expect(try metric("tremolo_connection_buffer_bytes") <= Self.heldBoundBytes)
                // The edge may be behind with those that came last.
                try eventually("a thousand connections are shed") {
                    try look()
                    return try metric("tremolo_connections_total{event=\"shed\"}") > 1_000
                }
                DispatchQueue.concurrentPerform(iterations: 4) { thread in
                    for number in 0..<500 {
                        guard let client = try? BlockingHTTPClient(port: port) else { continue }
                        try? client.send(kinds[(number + thread) % kinds.count])
                        client.finishSending()
                        _ = client.receiveUntilClosed()
                    }
                }
                try look()
                held.removeAll()
            }
            #expect(
                try metric("tremolo_rejected_requests_total{rule=\"tooManyHeaders\",code=\"431\"}") - refusedBefore
                    == 500)
            #expect(try metric("tremolo_rejected_requests_total{rule=\"headTooLong\",code=\"431\"}") >= 1_000)
            #expect(edge.end() == 0)
        }

        @Test("Sixty-four clients that pipeline 50,000 requests each and never read, and eight that read all answers")
        func pipelines() throws {
            let request = "GET /tremop?cuid=p%40m.example&sec=1 HTTP/1.1\r\nHost: a\r\n\r\n"
            let chunk = Array(String(repeating: request, count: 500).utf8)
            let port = edge.port
            let read = Atomic(0)
            try expectGoodClients(beside: "pipelines", memory: Self.memoryBoundBytes + Self.heldBoundBytes) { look in
                var deaf: [BlockingHTTPClient] = []
                for _ in 0..<64 {
                    let client = try BlockingHTTPClient(port: port, timeoutSeconds: 1)
                    // It goes in until the edge reads no more, which is what bounds it.
                    for _ in 0..<100 {
                        do throws(HTTPClientFailure) { try client.send(chunk, atMostSeconds: 1) } catch { break }
                    }
                    deaf.append(client)
                    try look()
                }
                #expect(try metric("tremolo_connection_buffer_bytes") <= Self.heldBoundBytes)
                let readers = DispatchGroup()
                for _ in 0..<8 {
                    readers.enter()
                    Thread {
                        defer { readers.leave() }
                        guard let client = try? BlockingHTTPClient(port: port) else { return }
                        for _ in 0..<100 {
                            guard (try? client.send(chunk)) != nil else { return }
                            for _ in 0..<500 where (try? client.receive())?.status == 200 {
                                read.wrappingAdd(1, ordering: .relaxed)
                            }
                        }
                    }.start()
                }
                readers.wait()
                try look()
                deaf.removeAll()
            }
            #expect(read.load(ordering: .relaxed) == 8 * 50_000)
            #expect(edge.end() == 0)
        }

        @Test(
            "Many times as many connections as there are descriptors: idle, with half a request, and new all the time"
        )
        func connections() throws {
            let result = try OutsideProgram.run(
                "/usr/bin/prlimit", ["--pid", "\(edge.identifier)", "--nofile=1024:1024"])
            #expect(result.status == 0)
            let port = edge.port
            try expectGoodClients(beside: "connections", memory: Self.memoryBoundBytes) { look in
                var held: [BlockingHTTPClient] = []
                for number in 0..<3_000 {
                    let client = try BlockingHTTPClient(port: port)
                    switch number % 3 {
                    case 0: break
                    case 1: try? client.send("GET /tremop?sec=1 HTTP/1.1\r\nHo")
                    default: _ = try? client.get("/")
                    }
                    held.append(client)
                }
                try look()
                let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(edge.identifier)/fd").count
                #expect(open > 512 && open <= 1_024, "\(open)")
                DispatchQueue.concurrentPerform(iterations: 3) { _ in
                    for _ in 0..<3_000 { _ = try? BlockingHTTPClient(port: port) }
                }
                try look()
                held.removeAll()
            }
            #expect(try metric("tremolo_connections_total{event=\"shed\"}") > 1_000)
            #expect(try metric("tremolo_lost_events_total{shard=\"0\"}") == 0)
            #expect(edge.end() == 0)
        }
    }
}
