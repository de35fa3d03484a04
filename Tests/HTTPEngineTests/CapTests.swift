import Glibc
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@Suite("What a flood can take is bounded, and good clients are served")
struct CapTests {
    @Test func theLongestIdleConnectionMakesRoom() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 3 }
        var clients: [TestClient] = []
        for _ in 0..<3 {
            let client = try rig.connect()
            client.send(get("/a"))
            #expect(try rig.turns { client.responses().count == 1 })
            clients.append(client)
            rig.pass(seconds: 1)
        }
        // The first one speaks again: now the second has idled longest.
        clients[0].send(get("/b"))
        #expect(try rig.turns { clients[0].responses().count == 2 })
        let newcomer = try rig.connect()
        newcomer.send(get("/c"))
        #expect(try rig.turns { newcomer.responses().count == 1 && clients[1].hasEnded })
        #expect(!clients[0].hasEnded && !clients[2].hasEnded)
        #expect(rig.value(.shed) == 1)
        #expect(rig.value(.open) == 3)
    }

    @Test func nobodyIsShedWithoutANewcomer() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 2 }
        let clients = [try rig.connect(), try rig.connect()]
        #expect(try rig.turns { rig.value(.open) == 2 })
        try rig.settle()
        #expect(rig.value(.shed) == 0)
        #expect(!clients[0].hasEnded && !clients[1].hasEnded)
    }

    @Test func trustedConnectionsStayWhileTheyIdle() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 2 }
        rig.handler.trusts = true
        let trusted = try rig.connect()
        trusted.send(get("/a"))
        #expect(try rig.turns { trusted.responses().count == 1 })
        rig.handler.trusts = false
        let first = try rig.connect()
        #expect(try rig.turns { rig.value(.open) == 2 })
        let second = try rig.connect()
        second.send(get("/b"))
        #expect(try rig.turns { second.responses().count == 1 && first.hasEnded })
        #expect(!trusted.hasEnded)
    }

    @Test func trustedConnectionsStayWhileARequestIsUnderWay() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 3 }
        rig.handler.trusts = true
        let idle = try rig.connect()
        let busy = try rig.connect()
        busy.send("GET /busy HTTP/1.1\r\n")
        #expect(try rig.turns { rig.value(.open) == 2 && rig.value(.heldBytes) > 0 })
        rig.pass(seconds: 1)
        rig.handler.trusts = false
        let first = try rig.connect()
        first.send("G")
        #expect(try rig.turns { rig.value(.open) == 3 })
        let second = try rig.connect()
        second.send(get("/b"))
        #expect(try rig.turns { second.responses().count == 1 && first.hasEnded })
        busy.send("Host: a\r\n\r\n")
        #expect(try rig.turns { busy.responses().map(\.body) == ["/busy"] })
        #expect(!idle.hasEnded)
    }

    @Test func connectionsWaitWhereNobodyCanBeShed() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 1 }
        rig.handler.trusts = true
        let trusted = try rig.connect()
        trusted.send(get("/a"))
        #expect(try rig.turns { trusted.responses().count == 1 })
        let waiting = try rig.connect()
        waiting.send(get("/b"))
        try rig.settle()
        #expect(waiting.received.isEmpty && !waiting.hasEnded)
        #expect(rig.value(.acceptPauses) == 1)
        trusted.send(get("/c", "Connection: close\r\n"))
        #expect(try rig.turns { waiting.responses().count == 1 })
        #expect(trusted.hasEnded)
    }

    @Test func unfinishedHeadsMakeRoomWhereNobodyIdles() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 2 }
        let slow = [try rig.connect(), try rig.connect()]
        for client in slow {
            client.send("GET / HTT")
            try rig.turn()
            rig.pass(seconds: 1)
        }
        #expect(try rig.turns { rig.value(.open) == 2 })
        let good = try rig.connect()
        good.send(get("/good"))
        #expect(try rig.turns { good.responses().count == 1 && slow[0].hasEnded })
        #expect(!slow[1].hasEnded)
    }

    @Test func whoHasWaitedLongestMakesRoomWhetherItIdlesOrSendsAHead() throws {
        let rig = try WorkerRig { $0.connectionCountMax = 3 }
        let slow = [try rig.connect(), try rig.connect()]
        for client in slow { client.send("GET / HTT") }
        #expect(try rig.turns { rig.value(.readingHead) == 2 })
        rig.pass(seconds: 1)
        let good = try rig.connect()
        good.send(get("/good"))
        #expect(try rig.turns { good.responses().count == 1 })
        // Whoever fills the table with halves of requests takes nobody's idle connection.
        for number in 0..<2 {
            rig.pass(seconds: 0.01)
            let flood = try rig.connect()
            flood.send("GET / HTT")
            #expect(try rig.turns { slow[number].hasEnded && rig.value(.readingHead) == 2 })
        }
        #expect(!good.hasEnded && rig.value(.shed) == 2)
        good.send(get("/again"))
        #expect(try rig.turns { good.responses().count == 2 })
    }

    @Test func whoPipelinesMoreThanTurnsTakeKeepsNobodyOut() throws {
        let rig = try WorkerRig { $0.turnOutputBytes = 16_384 }
        let greedy = try (0..<4).map { _ in try rig.connect() }
        #expect(try rig.turns { rig.value(.open) == 4 })
        let pipeline = String(repeating: get("/a"), count: 2_000)
        for client in greedy { client.send(pipeline) }
        for _ in 0..<3 { try rig.turn() }
        let newcomer = try rig.connect()
        newcomer.send(get("/new"))
        for _ in 0..<6 { try rig.turn() }
        newcomer.poll()
        #expect(newcomer.responses().map(\.body) == ["/new"])
        newcomer.send(get("/again"))
        for _ in 0..<6 { try rig.turn() }
        newcomer.poll()
        #expect(newcomer.responses().map(\.body) == ["/new", "/again"])
        // They were at it all the time.
        #expect(rig.value(.requests) < 4 * 2_000)
        #expect(try rig.turns { greedy.allSatisfy { $0.received.count > 0 } && rig.value(.requests) == 4 * 2_000 + 2 })
    }

    @Test func heldBuffersHaveABound() throws {
        let rig = try WorkerRig { $0.heldLimitBytes = 4 * $0.headLimitBytes }
        var clients: [TestClient] = []
        for _ in 0..<10 {
            let client = try rig.connect()
            client.send("GET / HTTP/1.1\r\n")
            try rig.settle()
            clients.append(client)
        }
        #expect(rig.value(.heldBytes) <= 4 * 16_384)
        #expect(clients.map(\.hasEnded) == [true, true, true, true, true, true, false, false, false, false])
        #expect(rig.value(.shed) == 6)
    }

    @Test func aFloodOfConnectionsDoesNotStopAcceptingInOneTurn() throws {
        let rig = try WorkerRig { $0.acceptsPerTurnMax = 4 }
        let clients = try (0..<10).map { _ in try rig.connect() }
        try rig.turn()
        #expect(rig.value(.accepted) == 4)
        #expect(try rig.turns { rig.value(.accepted) == 10 })
        #expect(clients.allSatisfy { !$0.hasEnded })
    }
}

@Suite("A worker ends without failing a request")
struct DrainTests {
    private func drain(_ rig: WorkerRig, after delay: Double, by limit: Double) {
        rig.worker.control.drain(
            closeListenersAt: rig.time.monotonicNanoseconds + UInt64(delay * 1e9),
            finishBy: rig.time.monotonicNanoseconds + UInt64(limit * 1e9))
    }

    @Test func answersSayThatTheConnectionEndsAndNewOnesAreStillServed() throws {
        let rig = try WorkerRig()
        let early = try rig.connect()
        early.send(get("/a"))
        #expect(try rig.turns { early.responses().count == 1 })
        #expect(early.responses()[0].headers["Connection"] == nil)
        drain(rig, after: 5, by: 10)
        try rig.settle()
        early.send(get("/b"))
        let late = try rig.connect()
        late.send(get("/c"))
        #expect(try rig.turns { early.hasEnded && late.hasEnded })
        #expect(early.responses().last?.headers["Connection"] == "close")
        #expect(late.responses().map(\.body) == ["/c"])
        #expect(late.responses().first?.headers["Connection"] == "close")
        #expect(rig.isRunning)
    }

    @Test func whoWaitsAtASocketThatAnotherProcessHoldsIsLeftToTheNext() throws {
        let held = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        func made() throws -> HTTPWorker<TestHandler> {
            let copy = dup(held.rawValue)
            try #require(copy >= 0)
            let listener = HTTPListener(try ListenerSocket(inheriting: copy), outlivesProcess: true)
            return try HTTPWorker(handler: TestHandler(), listeners: [listener])
        }
        func request(_ path: String) throws -> TestClient {
            let client = try TestClient(held.address)
            client.send(get(path))
            return client
        }
        var worker: HTTPWorker<TestHandler>? = try made()
        // One that is there when the worker is told to end, one while it ends, one when nobody serves.
        var clients = [try request("/a")]
        let now = SystemClock.monotonicNanoseconds()
        worker?.control.drain(closeListenersAt: now, finishBy: now + 60_000_000_000)
        try worker?.runOneTurn(waitingAtMost: 0)
        clients.append(try request("/b"))
        try eventually("the worker ends") { try worker?.runOneTurn(waitingAtMost: 1) != true }
        worker = nil
        clients.append(try request("/c"))
        for client in clients.dropFirst() {
            client.poll()
            #expect(client.received.isEmpty && !client.hasEnded && client.failure == nil)
        }
        let next = try made()
        for client in clients {
            try eventually("an answer, or an end") {
                try next.runOneTurn(waitingAtMost: 1)
                client.poll()
                return !client.responses().isEmpty || client.hasEnded || client.failure != nil
            }
        }
        #expect(clients.map { $0.responses().map(\.body) } == [["/a"], ["/b"], ["/c"]])
    }

    @Test func listenersAreAcceptedDry() throws {
        let rig = try WorkerRig { $0.acceptsPerTurnMax = 1 }
        let clients = try (0..<20).map { _ in try rig.connect() }
        for client in clients { client.send(get("/a")) }
        drain(rig, after: 0, by: 10)
        #expect(try rig.turns { clients.allSatisfy { $0.hasEnded } })
        #expect(clients.allSatisfy { $0.responses().map(\.body) == ["/a"] && $0.failure == nil })
        #expect(throws: SystemError.self) { try TestClient(rig.address) }
    }

    @Test func whatIsInFlightFinishes() throws {
        let rig = try WorkerRig()
        let slow = try rig.connect()
        slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n")
        let idle = try rig.connect()
        idle.send(get("/a"))
        #expect(try rig.turns { idle.responses().count == 1 })
        drain(rig, after: 0, by: 10)
        #expect(try rig.turns { idle.hasEnded })
        #expect(idle.failure == nil)
        #expect(rig.isRunning)
        slow.send("\r\n")
        #expect(try rig.turns { slow.hasEnded })
        #expect(slow.responses().map(\.body) == ["/slow"])
        // The clients close as well: nothing is left to linger for.
        try slow.endSending()
        #expect(try rig.turns { !rig.isRunning })
    }

    @Test func aConnectionThatHasSentNothingYetGetsAMoment() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        drain(rig, after: 0, by: 10)
        try rig.settle()
        #expect(!client.hasEnded)
        client.send(get("/a"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().count == 1)
        let silent = try WorkerRig()
        let never = try silent.connect()
        drain(silent, after: 0, by: 10)
        try silent.settle()
        silent.pass(seconds: 1)
        #expect(try silent.turns { never.hasEnded && !silent.isRunning })
    }

    @Test func theDeadlineHolds() throws {
        let rig = try WorkerRig()
        let slow = try rig.connect()
        slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n")
        try rig.settle()
        drain(rig, after: 0, by: 3)
        try rig.settle()
        #expect(rig.isRunning)
        rig.pass(seconds: 3)
        #expect(try rig.turns { !rig.isRunning })
        #expect(try rig.turns { slow.hasEnded || slow.failure != nil })
    }

    /// The whole life on a thread of its own, by the system's clocks.
    @Test func aThreadRunsUntilItHasDrained() throws {
        let listener = HTTPListener(try ListenerSocket(listeningOn: .internet(.loopback, port: 0)))
        let address = listener.address
        let worker = try HTTPWorker(handler: TestHandler(), listeners: [listener])
        let thread = try SystemThread.start(name: "worker") { try? worker.run() }
        let client = try ClientSocket(connectingTo: address, timeoutMilliseconds: 10_000)
        try client.sendAll(Array(get("/a", "Connection: close\r\n").utf8).span)
        var received = 0
        while case .bytes(let count) = receive(client.rawValue) { received += count }
        #expect(received > 0)
        worker.control.drain(closeListenersAt: 0, finishBy: .max - 1)
        thread.join()
        #expect(worker.counters.value(.requests) == 1)
    }

    private func receive(_ socket: Int32) -> ReceiveOutcome {
        unsafe withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 1) {
            unsafe Sockets.receive(from: socket, into: $0)
        }
    }
}
