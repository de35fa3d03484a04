import LinuxSystem
import TestSupport
import Testing

@testable import LoadEngine

@Suite("A run counts what really happened")
struct LoopTests {
    private let target = "https://www.mywebsite.com/cart"

    @Test("A closed loop is answered, counted and acknowledged, request by request", arguments: [1, 2])
    func closed(_ threads: Int) throws {
        let answer = Answers.redirect(target)
        let (figures, ledgers) = try measure(oneLinkScenario(), threads: threads) { _, _ in .bytes(answer) }
        #expect(figures.loop.errors.total == 0)
        #expect(figures.loop.completed > 0)
        #expect(figures.loop.completed == figures.loop.sent)
        #expect(figures.loop.latency.count == figures.loop.completed)
        #expect(ledgers.map(\.acknowledgedCount).reduce(0, +) == figures.loop.completed)
        #expect(ledgers.allSatisfy { $0.acknowledgedCount == $0.sentCount })
        #expect(ledgers.count == threads)
        #expect(figures.loop.seconds.count == 1)
        #expect(figures.isRight)
    }

    @Test("An open loop sends every arrival, and none that is not due")
    func open() throws {
        let answer = Answers.redirect(target)
        let (figures, _) = try measure(oneLinkScenario(), perSecond: 500) { _, _ in .bytes(answer) }
        #expect(figures.loop.arrivals == 150)
        #expect(figures.loop.completed == 150)
        #expect(figures.loop.errors.total == 0)
    }

    @Test("A stall is seen by everyone who was due meanwhile, though few requests were sent")
    func coordinatedOmission() throws {
        let answer = Answers.redirect(target)
        var scenario = oneLinkScenario()
        scenario.durationSeconds = 1
        // 1,000 arrivals of which 200 are due while the server stalls for 200 ms; four connections are all that wait.
        let (figures, _) = try measure(scenario, perSecond: 1_000) { index, _ in
            index == 300 ? .stall(milliseconds: 200, answer) : .bytes(answer)
        }
        let latency = figures.loop.latency
        #expect(latency.count == 1_000)
        #expect(latency.value(atShare: 0.99) >= 150_000_000)
        #expect(latency.count - latency.count(upTo: 90_000_000) >= 90)
        // What a client sees that asks only after it was answered: four late answers at most.
        let (closed, _) = try measure(scenario) { index, _ in
            index == 300 ? .stall(milliseconds: 200, answer) : .bytes(answer)
        }
        let late = closed.loop.latency.count - closed.loop.latency.count(upTo: 150_000_000)
        #expect(closed.loop.latency.max >= 190_000_000)
        #expect((1...4).contains(late))
    }

    @Test("A stall that ends in an error is a stall: each arrival stands in the latencies, however it ended")
    func stallThenClose() throws {
        let answer = Answers.redirect(target)
        var scenario = oneLinkScenario()
        scenario.durationSeconds = 1
        let (figures, _) = try measure(scenario, perSecond: 500) { index, _ in
            index == 100 ? .stallThenClose(milliseconds: 200) : .bytes(answer)
        }
        #expect(figures.loop.errors.closed >= 1)
        #expect(figures.loop.latency.count == figures.loop.arrivals)
        #expect(figures.loop.latency.max >= 190_000_000)
        #expect(figures.loop.latency.value(atShare: 0.99) >= 150_000_000)
    }

    @Test("An answer that is never whole is kept for the message")
    func unfinished() throws {
        var limits = LoadLimits()
        limits.timeoutNanoseconds = 200_000_000
        let answer = Answers.redirect(target)
        let (figures, _) = try measure(oneLinkScenario(), perSecond: 100, limits: limits) { index, _ in
            index == 3 ? .bytes("HTTP/1.1 302 Found\r\nLoc") : .bytes(answer)
        }
        #expect(figures.loop.errors.timeout == 1)
        #expect(figures.loop.wrongAnswer?.mismatch == nil)
        #expect(figures.loop.wrongAnswer?.received == Array("HTTP/1.1 302 Found\r\nLoc".utf8))
    }

    @Test("Idle connections that the server closes are no success")
    func idleLost() throws {
        var scenario = oneLinkScenario()
        scenario.idle = 4
        let answer = Answers.redirect(target)
        let (kept, _) = try measure(scenario, perSecond: 100) { _, _ in .bytes(answer) }
        #expect(kept.loop.idleOpen == 4 && kept.loop.idleLost == 0 && kept.isRight)
        var lost = kept
        lost.loop.idleOpen = 3
        lost.loop.idleLost = 1
        #expect(!lost.isRight)
        var session = LoadSession(scenario, threads: 1, seed: 1, salt: 1, processor: nil)
        let gone = LoadServer(name: "gone", url: "", address: .internet(.loopback, port: 1))
        let refused = try session.run(gone, session.shape)
        #expect(refused.loop.idleLost == 4, "\(refused.loop.idleOpen) open")
    }

    @Test("What is never answered stands in the latencies and in the errors")
    func overload() throws {
        var limits = LoadLimits()
        limits.timeoutNanoseconds = 300_000_000
        limits.lateSendNanoseconds = 0
        let answer = Answers.redirect(target)
        let (figures, ledgers) = try measure(oneLinkScenario(), perSecond: 200, limits: limits) { index, _ in
            index == 0 ? .stall(milliseconds: 1_000, answer) : .bytes(answer)
        }
        #expect(figures.loop.arrivals == 60)
        #expect(figures.loop.completed < 60)
        #expect(figures.loop.latency.count == 60)
        #expect(figures.loop.errors.timeout > 0)
        #expect(!figures.isRight)
        #expect(ledgers[0].acknowledgedCount < ledgers[0].sentCount)
    }

    @Test("A wrong answer is counted as what is wrong with it, and kept for the message")
    func wrong() throws {
        let right = Answers.redirect(target)
        let cases: [(String, KeyPath<ErrorCounts, UInt64>)] = [
            ("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", \.status),
            (Answers.redirect("http://evil.example/"), \.location),
            (right + "x", \.body),
        ]
        for (answer, kind) in cases {
            let (figures, ledgers) = try measure(oneLinkScenario(), perSecond: 200) { index, _ in
                .bytes(index == 5 ? answer : right)
            }
            #expect(figures.loop.errors[keyPath: kind] == 1)
            #expect(figures.loop.errors.total == 1)
            #expect(figures.loop.latency.count == figures.loop.arrivals)
            #expect(figures.loop.wrongAnswer?.received == Array(answer.utf8))
            #expect(ledgers[0].acknowledgedCount == ledgers[0].sentCount - 1)
        }
    }

    @Test("A connection that ends without an answer is an error; one that ends behind it is opened again")
    func closing() throws {
        let answer = Answers.redirect(target)
        let (lost, _) = try measure(oneLinkScenario(), perSecond: 200) { index, _ in
            index == 5 ? .close : .bytes(answer)
        }
        #expect(lost.loop.errors.closed == 1)
        #expect(lost.loop.errors.total == 1)
        #expect(lost.loop.latency.count == lost.loop.arrivals)
        let last = Answers.redirect(target, extra: "Connection: close\r\n")
        let (renewed, _) = try measure(oneLinkScenario(), perSecond: 200) { index, _ in
            index % 10 == 5 ? .lastBytes(last) : .bytes(answer)
        }
        #expect(renewed.loop.errors.total == 0)
        #expect(renewed.loop.completed == 60)
    }

    @Test("An answer in pieces is one answer")
    func pieces() throws {
        let answer = Answers.redirect(target)
        let (figures, _) = try measure(oneLinkScenario(), perSecond: 100) { index, _ in
            .pieces(String(answer.prefix(20 + index % 60)), String(answer.dropFirst(20 + index % 60)))
        }
        #expect(figures.loop.errors.total == 0)
        #expect(figures.loop.completed == 30)
    }

    @Test("Requests with a connection of their own say so, and get one")
    func ownConnections() throws {
        var scenario = oneLinkScenario()
        scenario.newConnectionShare = 0.5
        let answer = Answers.redirect(target)
        let last = Answers.redirect(target, extra: "Connection: close\r\n")
        let (figures, _) = try measure(scenario, perSecond: 300) { _, head in
            head.contains("Connection: close") ? .lastBytes(last) : .bytes(answer)
        }
        #expect(figures.loop.errors.total == 0)
        #expect(figures.loop.completed == 90)
        #expect(figures.loop.reconnects == 0)
    }

    @Test("Memory is asked for when a loop begins, and not for each request")
    func allocations() throws {
        let answer = Answers.redirect(target)
        let server = try ScriptedServer { _, _ in .bytes(answer) }
        defer { server.stop() }
        let scenario = oneLinkScenario()
        let requests = RequestPlan(scenario)
        /// Allocations of a loop on this thread that makes so many requests.
        func count(_ perSecond: Double) throws -> Int {
            let schedule = ArrivalSchedule(
                kind: .constant, perSecond: perSecond, warmupNanoseconds: 0, durationNanoseconds: 500_000_000, seed: 1)
            let plan = LoopPlan(
                address: server.address, requests: requests, depth: .full, connections: 2, idle: 0, slow: 0,
                schedule: schedule, warmupNanoseconds: 0, durationNanoseconds: 500_000_000, seed: 1, stream: 0,
                salt: 1, lane: 0, limits: LoadLimits())
            let board = LoopBoard()
            board.begin(atNanoseconds: SystemClock.monotonicNanoseconds())
            let loop = try ClientLoop(plan, board: board)
            var completed: UInt64 = 0
            let allocations = try Self.allocations(of: loop, completed: &completed)
            #expect(completed == UInt64(perSecond / 2))
            return allocations
        }
        let few = try count(400)
        let many = try count(2_000)
        // The ledger's bits double a few times.
        #expect(many - few < 20)
    }

    private static func allocations(of loop: consuming ClientLoop, completed: inout UInt64) throws -> Int {
        var waiting: ClientLoop? = consume loop
        var figures = LoopFigures()
        let allocations = try allocationCount {
            guard let loop = waiting.take() else { return }
            figures = try loop.run()
        }
        completed = figures.completed
        return allocations
    }

    @Test("Slow clients are answered and idle connections stay open, beside the others")
    func background() throws {
        var scenario = oneLinkScenario()
        scenario.slow = 3
        scenario.idle = 5
        scenario.durationSeconds = 1
        var limits = LoadLimits.patient
        limits.dripNanoseconds = 2_000_000
        let answer = Answers.redirect(target)
        let pixel = Array(Answers.pixelHead.utf8) + Answers.pixelBytes
        let (figures, ledgers) = try measure(scenario, perSecond: 50, limits: limits) { _, head in
            head.hasPrefix("GET /tremop") ? .raw(pixel) : .bytes(answer)
        }
        #expect(figures.loop.slowErrors == 0)
        #expect(figures.loop.slowCompleted >= 1)
        #expect(figures.loop.idleOpen == 5)
        #expect(figures.loop.completed == 50)
        #expect(ledgers.count == 2)
    }

    @Test("A thread that can't open its connections ends the run before it begins")
    func noConnections() throws {
        var scenario = oneLinkScenario()
        scenario.idle = 1
        scenario.durationSeconds = 3_600
        var session = LoadSession(scenario, threads: 2, seed: 1, salt: 1, processor: nil)
        // Nobody listens on a folder.
        let nowhere = LoadServer(name: "nowhere", url: "", address: .unix(path: "/"))
        #expect(throws: SystemError.self) { try session.run(nowhere, session.shape) }
    }

    @Test("Nobody there is an error of connecting")
    func nobody() throws {
        let server = try ScriptedServer { _, _ in .close }
        server.stop()
        var session = LoadSession(oneLinkScenario(), threads: 1, seed: 1, salt: 1, processor: nil)
        let gone = LoadServer(name: "gone", url: "", address: .internet(.loopback, port: 1))
        let figures = try session.run(gone, session.shape)
        #expect(figures.loop.errors.connect > 0)
        #expect(figures.loop.errors.connect == figures.loop.errors.total)
        #expect(figures.loop.completed == 0)
    }

    @Test("The responder of the self-test answers everything that it is asked, as expected")
    func selfTest() throws {
        let responder = try SelfTestResponder()
        defer { responder.stop() }
        var scenario = oneLinkScenario(target: "https://www.mywebsite.com/product?id=7")
        scenario.opens = 1
        scenario.newConnectionShare = 0.2
        scenario.machines = [Scenario.Agent(userAgent: "Scanner/1")]
        scenario.machineShare = 0.3
        scenario.headShare = 0.5
        var session = LoadSession(scenario, threads: 1, seed: 1, salt: 1, processor: nil)
        let figures = try session.run(
            LoadServer(name: "self-test", url: "", address: responder.address), session.shape)
        #expect(figures.isRight)
    }

    @Test("The server's process is looked at: this one has threads, time and memory")
    func process() throws {
        let before = try #require(ProcessSample.take(Host.processID))
        let begin = SystemClock.threadProcessorNanoseconds()
        while SystemClock.threadProcessorNanoseconds() - begin < 20_000_000 {}
        let after = try #require(ProcessSample.take(Host.processID))
        #expect(after.processorSeconds(since: before) >= 0.015)
        #expect(try #require(after.peakMemoryBytes) > 1_000_000)
        #expect(before.threadNames.values.contains { !$0.isEmpty })
        #expect(ProcessSample.take(0x7FFF_FFF0) == nil)
    }

    @Test("Named threads are told from the rest of the process, those of one name together")
    func namedThreads() {
        let before = ProcessSample(
            threadNanoseconds: ["1": 0, "2": 7], ticks: 0, peakMemoryBytes: nil, threadWrites: ["1": 10])
        let after = ProcessSample(
            threadNanoseconds: ["1": 2_000_000_000, "2": 1_000_000_007, "3": 500_000_000], ticks: 0,
            peakMemoryBytes: nil, threadNames: ["1": "worker-0", "2": "aggregator", "3": "aggregator"],
            threadWrites: ["1": 35])
        #expect(
            after.threads(since: before) == [
                ThreadFigures(name: "aggregator", processorSeconds: 1.5, writeCalls: nil),
                ThreadFigures(name: "worker-0", processorSeconds: 2, writeCalls: 25),
            ])
    }

    @Test("Threads that ended are accounted for by the process's ticks")
    func endedThreads() {
        let before = ProcessSample(threadNanoseconds: ["1": 5, "2": 7], ticks: 100, peakMemoryBytes: nil)
        let goesOn = ProcessSample(
            threadNanoseconds: ["1": 1_000_000_005, "2": 7, "3": 500_000_000], ticks: 300, peakMemoryBytes: nil)
        let ended = ProcessSample(threadNanoseconds: ["1": 1_000_000_005], ticks: 350, peakMemoryBytes: nil)
        #expect(goesOn.processorSeconds(since: before) == 1.5)
        #expect(ended.processorSeconds(since: before) == 2.5)
    }
}
