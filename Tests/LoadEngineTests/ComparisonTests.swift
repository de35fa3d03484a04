import LinuxSystem
import Testing

@testable import LoadEngine

@Suite("Servers are compared round by round, and the search halves what is left")
struct ComparisonTests {
    private func run(_ perSecond: UInt64, latency: UInt64, cpu: Double? = nil) -> RunFigures {
        var loop = LoopFigures()
        loop.completedInTime = perSecond
        loop.completed = perSecond
        loop.arrivals = perSecond
        for _ in 0..<100 { loop.latency.record(latency) }
        return RunFigures(
            loop: loop, perSecond: nil, durationSeconds: 1,
            server: cpu.map {
                ServerFigures(
                    processorSeconds: $0 * 1e-6 * Double(perSecond), requests: perSecond, peakMemoryBytes: nil)
            })
    }

    private func server(_ name: String) -> LoadServer {
        LoadServer(name: name, url: "", address: .internet(.loopback, port: 1))
    }

    @Test("Rounds take each server once: A B C, A B C")
    func interleaving() {
        #expect(Interleaving.order(servers: 3, rounds: 2) == [0, 1, 2, 0, 1, 2])
        #expect(Interleaving.order(servers: 1, rounds: 3) == [0, 0, 0])
    }

    @Test("A ratio is made of the two runs of one round; then the median and the ends are taken")
    func ratios() throws {
        let one = ServerRounds(
            server: server("edge"),
            rounds: [
                run(100, latency: 10_000, cpu: 4), run(200, latency: 20_000, cpu: 5), run(400, latency: 10_000, cpu: 4),
            ])
        let other = ServerRounds(
            server: server("nginx"),
            rounds: [
                run(50, latency: 20_000, cpu: 8), run(200, latency: 20_000, cpu: 5), run(100, latency: 40_000, cpu: 6),
            ])
        let ratio = ServerRatio(other, to: one)
        #expect(ratio.requestsPerSecond == Spread([0.5, 1, 0.25]))
        #expect(ratio.requestsPerSecond?.median == 0.5)
        #expect(ratio.requestsPerSecond?.min == 0.25)
        #expect(ratio.requestsPerSecond?.max == 1)
        let p99 = try #require(ratio.p99)
        #expect(abs(p99.median - 2) < 0.01 && abs(p99.min - 1) < 0.01 && abs(p99.max - 4) < 0.01)
        let cpu = try #require(ratio.processorPerRequest)
        #expect(abs(cpu.median - 1.5) < 1e-9 && abs(cpu.max - 2) < 1e-9)
        #expect(
            ServerRatio(ServerRounds(server: server("x"), rounds: [run(1, latency: 1)]), to: one).processorPerRequest
                == nil)
    }

    @Test("A spread's median of an even count is the mean of the middle two; of nothing there is none")
    func spreads() {
        #expect(Spread([4, 1, 3, 2])?.median == 2.5)
        #expect(Spread([]) == nil)
        #expect(Spread([.nan]) == nil)
    }

    @Test("The search finds the rate at which the goal begins to fail", arguments: [3_000.0, 40_000, 99_000, 104_000])
    func search(_ limit: Double) throws {
        var search = MaximumSearch(goalNanoseconds: 1_000_000, closed: run(100_000, latency: 100_000))
        while let rate = search.nextPerSecond {
            var figures = run(UInt64(rate), latency: rate <= limit ? 500_000 : 5_000_000)
            figures.perSecond = rate
            search.add(figures, perSecond: rate)
        }
        let found = try #require(search.maximumPerSecond)
        #expect(found <= limit)
        #expect(found > limit * 0.96)
        #expect(search.steps.count <= MaximumSearch.ratesMax * MaximumSearch.triesMax)
        if let failed = search.failedPerSecond { #expect(failed > limit) }
    }

    @Test("A rate that fails is tried again, and counts when one run of three passes")
    func tries() {
        var search = MaximumSearch(goalNanoseconds: 1_000_000, closed: run(1_000, latency: 100_000))
        let first = search.nextPerSecond
        search.add(run(550, latency: 9_000_000), perSecond: 550)
        search.add(run(550, latency: 9_000_000), perSecond: 550)
        #expect(search.nextPerSecond == first && search.failedPerSecond == nil)
        search.add(run(550, latency: 100_000), perSecond: 550)
        #expect(search.maximumPerSecond == 550 && search.nextPerSecond ?? 0 > 550)
        for _ in 0..<MaximumSearch.triesMax { search.add(run(800, latency: 9_000_000), perSecond: 800) }
        #expect(search.failedPerSecond == 800 && search.nextPerSecond ?? 0 < 800)
    }

    @Test("A wrong answer of any run of a search is told, whichever run is shown")
    func searchKeepsErrors() {
        var wrong = run(550, latency: 100_000)
        wrong.loop.errors.location = 1
        wrong.loop.wrongAnswer = WrongAnswer(
            mismatch: .location, expected: ExpectedAnswer(status: 302), received: [])
        var search = MaximumSearch(goalNanoseconds: 1_000_000, closed: run(1_000, latency: 100_000))
        search.add(wrong, perSecond: 550)
        search.add(run(550, latency: 100_000), perSecond: 550)
        #expect(search.errors.location == 1 && search.wrongAnswer != nil && !search.isRight)
        var closed = run(1_000, latency: 100_000)
        closed.loop.errors.status = 2
        #expect(!MaximumSearch(goalNanoseconds: 1_000_000, closed: closed).isRight)
    }

    @Test("A step fails by its p99, by one error, or by arrivals without an answer")
    func steps() {
        var search = MaximumSearch(goalNanoseconds: 1_000_000, closed: run(1_000, latency: 100_000))
        search.add(run(500, latency: 900_000), perSecond: 500)
        search.add(run(500, latency: 1_100_000), perSecond: 500)
        var failing = run(500, latency: 900_000)
        failing.loop.errors.closed = 1
        search.add(failing, perSecond: 500)
        var unanswered = run(500, latency: 900_000)
        unanswered.loop.arrivals = 510
        unanswered.perSecond = 510
        search.add(unanswered, perSecond: 500)
        #expect(search.steps.map(\.hasPassed) == [true, false, false, false])
    }

    @Test("A URL names a host by its address, with a port or 80, and nothing behind")
    func urls() {
        #expect(LoadServer.address(of: "http://127.0.0.1:8080") == .internet(.loopback, port: 8080))
        #expect(LoadServer.address(of: "http://localhost/") == .internet(.loopback, port: 80))
        #expect(LoadServer.address(of: "HTTP://[::1]:81/") == .internet(.ipv6(high: 0, low: 1), port: 81))
        #expect(LoadServer.address(of: "http://[::1]") == .internet(.ipv6(high: 0, low: 1), port: 80))
        for wrong in [
            "https://127.0.0.1", "http://", "http://example.com", "http://127.0.0.1/x", "127.0.0.1:80", "http://:80",
            "http://*:80", "http://a@127.0.0.1",
        ] {
            #expect(LoadServer.address(of: wrong) == nil, "\(wrong)")
        }
    }
}
