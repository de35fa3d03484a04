import LinuxSystem
import LoadEngine
import LoadReports
import Testing

@testable import TremoloBench

@Suite("Peers get the configuration that was meant, and are read as they report")
struct PeerTests {
    @Test("A template takes exactly the values that it asks for")
    func template() throws {
        let template = Template(text: "listen {{PORT}};\nlog {{FOLDER}}/a {{PORT}}")
        #expect(try template.filled(["PORT": "1", "FOLDER": "/x"]) == "listen 1;\nlog /x/a 1")
        #expect(throws: BenchFailure.self) { try template.filled(["PORT": "1"]) }
        #expect(throws: BenchFailure.self) { try template.filled(["PORT": "1", "FOLDER": "", "MORE": ""]) }
        #expect(throws: BenchFailure.self) { try Template(text: "a {{PORT").filled(["PORT": "1"]) }
        #expect(try Template(text: "{{A}}").filled(["A": "{{B}}"]) == "{{B}}")
    }

    @Test("nginx leads each link where the scenario says, by the target as it stands in requests")
    func links() {
        let lines = NginxLinks.lines(.standard).split(separator: "\n")
        #expect(lines.count == 4)
        let product = #""https%3A%2F%2Fwww.mywebsite.com%2Fproduct%3Fid%3D7" "https://www.mywebsite.com/product?id=7";"#
        #expect(lines[1].drop { $0 == " " } == product)
    }

    @Test("wrk's report is read with its units")
    func wrk() throws {
        let report = """
            Running 4s test @ http://127.0.0.1:8080
              1 threads and 64 connections
              Latency Distribution
                 50%  420.00us
                 99%    1.25ms
              482133 requests in 4.10s, 100.00MB read
              Socket errors: connect 0, read 2, write 0, timeout 1
              Non-2xx or 3xx responses: 4
            Requests/sec: 117593.41
            """
        let figures = try #require(WrkCall.figures(report))
        #expect(figures["p50"] == 420 && figures["p99"] == 1_250)
        #expect(figures["perSecond"] == 117_593.41 && figures["requests"] == 482_133 && figures["errors"] == 7)
        #expect(WrkCall.figures("unable to connect") == nil)
    }

    @Test("What tremolo-load prints becomes figures: answering threads apart from the whole process")
    func load() throws {
        var loop = LoopFigures()
        loop.arrivals = 1_000
        loop.completed = 1_000
        loop.completedInTime = 1_000
        loop.latency.record(50_000)
        let server = ServerFigures(
            processorSeconds: 0.01, requests: 1_000, peakMemoryBytes: 1 << 20,
            threads: [
                ThreadFigures(name: "aggregator", processorSeconds: 0.003, writeCalls: 5),
                ThreadFigures(name: "tremolo-sync", processorSeconds: 0.001, writeCalls: 0),
                ThreadFigures(name: "worker-0", processorSeconds: 0.006, writeCalls: 20),
            ])
        let run = RunFigures(loop: loop, durationSeconds: 0.5, server: server)
        let edge = LoadServer(name: "edge", url: "http://127.0.0.1:1", address: .internet(.loopback, port: 1))
        let report = LoadReport(
            command: [], scenario: .standard, seed: 1, servers: [ServerRounds(server: edge, rounds: [run])])
        let figures = try #require(LoadOutput.read(LoadJSON(report).text)?.figures)
        #expect(figures["cpuAnswering"] == 7 && figures["cpuWorker"] == 6 && figures["cpuProcess"] == 10)
        #expect(figures["requestsPerWrite"] == 50 && figures["perSecond"] == 2_000 && figures["errors"] == 0)
        #expect(LoadOutput.read("no JSON") == nil)
    }

    @Test("A call of tremolo-load says what it measures, and the page shows it without ports and processes")
    func call() {
        let call = LoadCall(connections: 8, seconds: 1.5, rate: 20_000.7, idle: 3)
        #expect(
            call.shown(checksStatusAlone: true)
                == ".build/release/tremolo-load http://127.0.0.1:PORT --json "
                + "--scenario LoadTests/scenarios/click.json5 --connections 8 --duration 1500ms "
                + "--warmup 500ms --server-pid PID --cpu 1 --rate 20000 --arrivals poisson --idle 3 --expect status")
    }
}
