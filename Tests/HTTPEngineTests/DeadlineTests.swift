import HTTPEngine
import LinuxSystem
import Testing

@Suite("Everything that a client can keep waiting has a deadline")
struct DeadlineTests {
    @Test func anIdleConnectionIsClosed() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
        rig.pass(seconds: 74.9)
        try rig.settle()
        #expect(!client.hasEnded)
        client.send(get("/b"))
        #expect(try rig.turns { client.responses().count == 2 })
        rig.pass(seconds: 74.9)
        try rig.settle()
        #expect(!client.hasEnded)
        rig.pass(seconds: 0.2)
        #expect(try rig.turns { client.hasEnded })
        #expect(rig.value(.idleTimeouts) == 1)
        #expect(client.responses().count == 2)
    }

    @Test func oneThatNeverSendsIsIdle() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        #expect(try rig.turns { rig.value(.open) == 1 })
        rig.pass(seconds: 75)
        #expect(try rig.turns { client.hasEnded })
        #expect(client.received.isEmpty)
    }

    /// An empty line belongs to no request: it doesn't buy time, and many of them are no way to speak HTTP.
    @Test(arguments: [["\r\n"], ["\r", "\n"]]) func emptyLinesKeepNobodyFromIdling(_ pieces: [String]) throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
        var expected = rig.value(.receivedBytes)
        for _ in 0..<7 {
            for piece in pieces {
                rig.pass(seconds: 5)
                client.send(piece)
                expected += UInt64(piece.utf8.count)
                #expect(try rig.turns { rig.value(.receivedBytes) == expected })
            }
        }
        #expect(!client.hasEnded)
        client.send("\r\n\r\n")
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [200, 400])

        let patient = try rig.connect()
        patient.send("\r\n")
        #expect(try rig.turns { rig.value(.accepted) == 2 })
        rig.pass(seconds: 40)
        patient.send("\r\n")
        try rig.settle()
        #expect(!patient.hasEnded)
        rig.pass(seconds: 36)
        #expect(try rig.turns { patient.hasEnded })
        #expect(patient.received.isEmpty)
    }

    /// A line that has become too long is refused when it has, not when its time is over.
    @Test func aLineThatGrowsTooLongIsRefusedAtOnce() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("GET /" + String(repeating: "a", count: 5_000))
        try rig.settle()
        client.send(String(repeating: "a", count: 5_000))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [414])
    }

    /// A byte now and then doesn't buy time.
    @Test func aHeadHasItsTimeInAll() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
        rig.pass(seconds: 60)
        client.send("GET /slow HTTP/1.1\r\nHost: a\r\n")
        try rig.settle()
        for second in 1...9 {
            rig.pass(seconds: 1)
            client.send("X\(second): y\r\n")
            try rig.settle()
        }
        #expect(!client.hasEnded)
        rig.pass(seconds: 1)
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [200, 408])
        #expect(rig.handler.rejections == [.headTimeout])
        #expect(rig.value(.headTimeouts) == 1)
        try rig.settle()
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test func aBodyHasItsTime() throws {
        let rig = try WorkerRig()
        let collected = try rig.connect()
        collected.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        let dropped = try rig.connect()
        dropped.send("POST /drop HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try rig.turns { dropped.responses().count == 1 })
        rig.pass(seconds: 29)
        collected.send("d")
        dropped.send("d")
        try rig.settle()
        #expect(!collected.hasEnded && !dropped.hasEnded)
        rig.pass(seconds: 1)
        #expect(try rig.turns { collected.hasEnded && dropped.hasEnded })
        #expect(collected.responses().map(\.status) == [408])
        #expect(dropped.responses().map(\.status) == [200])
        #expect(rig.handler.rejections == [.bodyTimeout])
        #expect(rig.value(.bodyTimeouts) == 2)
        try rig.settle()
        #expect(rig.value(.heldBytes) == 0)
    }

    private func stalled(_ rig: WorkerRig) throws -> TestClient {
        rig.handler.largeBytes = 20_000_000
        let client = try rig.connect()
        rig.ignore(client)
        client.send(get("/large"))
        #expect(try rig.turns { rig.value(.heldBytes) > 0 })
        try rig.settle()
        return client
    }

    @Test func anAnswerThatNobodyTakesIsDropped() throws {
        let rig = try WorkerRig()
        let client = try stalled(rig)
        rig.pass(seconds: 29)
        client.poll(limit: 8_000_000)
        try rig.settle()
        rig.pass(seconds: 29)
        try rig.settle()
        // Progress bought it another 30 seconds.
        #expect(rig.value(.open) == 1)
        rig.pass(seconds: 1)
        #expect(try rig.turns { rig.value(.open) == 0 })
        #expect(rig.value(.writeTimeouts) == 1)
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test func anAnswerHasItsTimeInAll() throws {
        let rig = try WorkerRig { $0.wholeWriteTimeoutNanoseconds = 60_000_000_000 }
        let client = try stalled(rig)
        for _ in 0..<4 {
            rig.pass(seconds: 25)
            client.poll(limit: 2_000_000)
            try rig.settle()
        }
        #expect(rig.value(.open) == 0)
        #expect(rig.value(.writeTimeouts) == 1)
    }

    @Test func lingeringEnds() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("bad\r\n\r\n")
        #expect(try rig.turns { client.hasEnded })
        #expect(rig.value(.open) == 1)
        rig.pass(seconds: 2)
        #expect(try rig.turns { rig.value(.open) == 0 })
    }

    @Test func ticksComeWhetherIdleOrBusy() throws {
        let rig = try WorkerRig()
        try rig.turn()
        #expect(rig.handler.ticks == 1)
        try rig.turn()
        #expect(rig.handler.ticks == 1)
        rig.pass(seconds: 0.5)
        try rig.turn()
        #expect(rig.handler.ticks == 2)
        rig.worker.control.wake()
        try rig.turn()
        #expect(rig.handler.ticks == 3)
    }
}
