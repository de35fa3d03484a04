import Foundation
import TestSupport
import Testing

@Suite(
    "Whoever attacks the edge costs bounded memory, and nobody else any time",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct HostileTests {
    private static let p99Bound = Duration.milliseconds(10)
    private static let memoryBoundBytes = 96 << 20
    private let folder: TemporaryFolder
    private let edge: RunningEdge

    init() throws {
        folder = try TemporaryFolder()
        edge = try RunningEdge(data: folder.path + "/data", configuration: OutsideProgram.configuration)
    }

    private func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/\(edge.identifier)/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test(
        "Slow heads, slow bodies, ranges and slow readers by slowhttptest: good requests under 10 ms at p99",
        arguments: [
            ["-H", "-i", "1"], ["-B", "-i", "1", "-s", "8192"], ["-R", "-a", "5", "-b", "3000"],
            ["-X", "-w", "1", "-y", "64", "-n", "1", "-z", "8", "-k", "3"],
        ])
    func slow(_ mode: [String]) throws {
        let attack = SpawnedProcess()
        attack.executableURL = URL(fileURLWithPath: "/usr/bin/slowhttptest")
        attack.arguments =
            mode + [
                "-c", "1000", "-r", "500", "-l", "8", "-x", "24", "-p", "3", "-u",
                "http://127.0.0.1:\(edge.port)/tremop?sec=8781202&expId=1",
            ]
        attack.standardOutput = FileHandle.nullDevice
        attack.standardError = FileHandle.nullDevice
        try attack.run()
        let clients = SteadyClients(port: edge.port, name: "good")
        try eventually("the attack ends") {
            try clients.awaitAnswers(100)
            return !attack.isRunning
        }
        let tally = clients.stop()
        print("\(mode[0]): \(tally.answered) good requests, p99 \(tally.p99), slowest \(tally.slowest)")
        tally.expectAnswered()
        #expect(tally.p99 < Self.p99Bound, "\(tally.p99)")
        #expect(try residentBytes() < Self.memoryBoundBytes)
        #expect(edge.end() == 0)
    }

    /// Requests of each malformed kind, as they come to mind and to fuzzers.
    private static let junk: [[UInt8]] = {
        let click = "GET /tremclk?sec=1 HTTP/1.1\r\nHost: a\r\n"
        var kinds: [String] = [
            "\0", "\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\t HTTP/1.1\r\nHost: a\r\n\r\n",
            click + "Host: b\r\n\r\n", click + " folded: x\r\n\r\n", click + "No colon\r\n\r\n", click + ": x\r\n\r\n",
            click + "A\u{7F}: x\r\n\r\n", click + "A: x\0y\r\n\r\n", click + "A: x\ry\r\n\r\n",
            click + "Content-Length: -1\r\n\r\n", click + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            click + "Content-Length: 99999999999999999999\r\n\r\n", click + "Transfer-Encoding: gzip\r\n\r\n",
            click + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + click + "\r\n",
            "GET /" + String(repeating: "a", count: 70_000) + " HTTP/1.1\r\n",
            click + (0..<3_000).map { "X-\($0): y\r\n" }.joined(), String(repeating: "\r\n", count: 500),
            "GET /tremop?" + String(repeating: "%", count: 7_000) + " HTTP/1.0\r\n\r\n",
            "GET http://a:99999/ HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
        kinds += kinds.map { String($0.prefix($0.count / 2)) }
        return kinds.map { Array($0.utf8) } + [
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01], [UInt8](repeating: 0xFF, count: 20_000),
        ]
    }()

    @Test("A hundred thousand junk requests of every malformed kind, and a flood of pipelined ones")
    func junk() throws {
        let clients = SteadyClients(port: edge.port, name: "good")
        let warm = try residentBytes()
        var random = SystemRandomNumberGenerator()
        let port = edge.port
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for number in 0..<25_000 {
                guard let client = try? BlockingHTTPClient(port: port) else { continue }
                try? client.send(Self.junk[(number + thread) % Self.junk.count])
                // What it answers is no matter; that it reads it is.
                client.finishSending()
                if number % 5 == 0 { _ = client.receiveUntilClosed() }
            }
        }
        let pipeline = String(repeating: "GET /tremop?sec=1 HTTP/1.1\r\nHost: a\r\n\r\n", count: 20_000)
        let reader = try BlockingHTTPClient(port: edge.port)
        try? reader.send(pipeline)
        var noise = [UInt8](repeating: 0, count: 1 << 20)
        for index in noise.indices { noise[index] = UInt8.random(in: 0...255, using: &random) }
        try? BlockingHTTPClient(port: edge.port).send(noise)
        try clients.awaitAnswers(100)
        let tally = clients.stop()
        print(
            "junk: \(tally.answered) good requests, p99 \(tally.p99), slowest \(tally.slowest), "
                + "\(warm >> 20) to \(try residentBytes() >> 20) MiB")
        tally.expectAnswered()
        #expect(try residentBytes() < Self.memoryBoundBytes)
        #expect(edge.end() == 0)
    }
}
