import Bytes
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@Suite("A connection gets the answers to its requests, in order, and only after the commit")
struct ConnectionTests {
    @Test func oneRequest() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
        let response = try #require(client.responses().first)
        #expect(response.status == 200)
        #expect(response.body == "/a")
        #expect(
            response.headers == [
                "Date": "Sun, 06 Nov 1994 08:49:37 GMT", "Cache-Control": "no-store, private",
                "X-Robots-Tag": "noindex",
                "Content-Type": "text/plain", "Content-Length": "2",
            ])
        #expect(!client.hasEnded)
        #expect(rig.handler.events == ["open", "/a", "commit"])
    }

    @Test func keepAlive() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        for round in 1...5 {
            client.send(get("/keep"))
            #expect(try rig.turns { client.responses().count == round })
        }
        #expect(rig.handler.rooms == [40, 41, 42, 43, 44])
        #expect(rig.value(.requests) == 5)
        #expect(rig.value(.accepted) == 1)
        #expect(rig.value(.open) == 1)
    }

    @Test func nothingLeavesBeforeTheCommit() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        var seen: [Int] = []
        rig.handler.onCommit = {
            client.poll()
            seen.append(client.received.count)
        }
        client.send(get("/a") + get("/b"))
        #expect(try rig.turns { client.responses().count == 2 })
        #expect(seen == [0])
        #expect(rig.handler.events == ["open", "/a", "/b", "commit"])
    }

    @Test(arguments: ["/a", "/large"])
    func byteByByte(path: String) throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        for byte in get(path).utf8 {
            client.send([byte])
            try rig.turn()
        }
        #expect(try rig.turns { client.responses().count == 1 })
        #expect(rig.value(.heldBytes) == 0)
    }

    /// Two requests, cut at every place into two packets.
    @Test func everySplit() throws {
        let rig = try WorkerRig()
        let bytes = Array((get("/a") + get("/b", "X: y\r\n")).utf8)
        for cut in 1..<bytes.count {
            let client = try rig.connect()
            client.send(Array(bytes[..<cut]))
            try rig.turn()
            client.send(Array(bytes[cut...]))
            #expect(try rig.turns { client.responses().count == 2 })
            #expect(client.responses().map(\.body) == ["/a", "/b"], "cut at \(cut)")
        }
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test func pipeliningHasABoundPerTurn() throws {
        let rig = try WorkerRig { $0.requestsPerTurnMax = 4 }
        let client = try rig.connect()
        client.send((0..<30).map { get("/\($0)") }.joined())
        #expect(try rig.turns { client.responses().count == 30 })
        #expect(client.responses().map(\.body) == (0..<30).map { "/\($0)" })
        #expect(rig.handler.events.filter { $0 == "commit" }.count >= 8)
        // Beside what begins and ticks a turn.
        let turns = rig.handler.events.split(separator: "commit")
        #expect(turns.allSatisfy { $0.count <= 6 })
    }

    /// More requests than buffers hold, from a client that reads nothing until the server stops reading.
    @Test func aClientThatDoesNotReadStopsBeingRead() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        rig.ignore(client)
        try Sockets.setBuffers(client.rawValue, receiveBytes: 65_536, sendBytes: 262_144)
        rig.handler.largeBytes = 1_000_000
        let request = Array(get("/large", "X-Padding: \(String(repeating: "a", count: 8_000))\r\n").utf8)
        var sent = 0
        var quiet = 0
        try eventually("nothing more is taken, for fifty turns") {
            let count = client.send(Array(request[(sent % request.count)...]))
            quiet = count == 0 ? quiet + 1 : 0
            sent += count
            try rig.turn()
            return quiet >= 50
        }
        let answered = rig.value(.requests)
        #expect(answered > 0)
        #expect(answered < UInt64(sent / request.count))
        try rig.settle()
        #expect(rig.value(.requests) == answered)
        // What it had sent is answered once it reads again.
        let whole = sent / request.count
        #expect(
            try rig.turns {
                client.poll(limit: 1 << 20)
                return rig.value(.requests) == UInt64(whole)
            })
        #expect(
            try rig.turns {
                client.poll()
                return client.received.count >= whole * rig.handler.largeBytes && rig.value(.heldBytes) <= 16_384
            })
        #expect(client.failure == nil)
    }

    @Test func headHasNoBody() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n" + "HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try rig.turns { client.responses(bodyless: true).count == 2 })
        #expect(client.responses(bodyless: true).map { $0.headers["Content-Length"] } == ["4", "100000"])
        #expect(client.text.hasSuffix("\r\n\r\n"))
    }

    @Test func oldVersion() throws {
        let rig = try WorkerRig()
        let kept = try rig.connect()
        kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let closed = try rig.connect()
        closed.send("GET /b HTTP/1.0\r\n\r\n")
        #expect(try rig.turns { kept.responses().count == 1 && closed.hasEnded })
        #expect(kept.responses().first?.headers["Connection"] == "keep-alive")
        #expect(closed.responses().first?.headers["Connection"] == "close")
        #expect(kept.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(closed.failure == nil)
        #expect(!kept.hasEnded)
    }

    @Test func closeIsHonoured() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a", "Connection: close\r\n"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().first?.headers["Connection"] == "close")
        #expect(rig.value(.open) == 0)
    }

    @Test func aHandlerMayClose() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        // The second request comes too late: the connection is said to end before it.
        client.send(get("/close") + get("/never"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.failure == nil)
        #expect(client.responses().count == 1)
        #expect(client.responses().first?.headers["Connection"] == "close")
        #expect(!rig.handler.events.contains("/never"))
    }

    @Test func halfClosedClientsGetTheirAnswers() throws {
        let rig = try WorkerRig { $0.requestsPerTurnMax = 2 }
        let client = try rig.connect()
        client.send((0..<7).map { get("/\($0)") }.joined() + "GET /half")
        try client.endSending()
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.body) == (0..<7).map { "/\($0)" })
        #expect(client.failure == nil)
        #expect(rig.value(.open) == 0)
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test func aLostClientIsForgotten() throws {
        let rig = try WorkerRig()
        do {
            let client = try TestClient(rig.address)
            client.send(get("/a") + "GET /b")
            try Sockets.setResetOnClose(client.rawValue)
        }
        #expect(try rig.turns { rig.value(.accepted) == 1 && rig.value(.open) == 0 })
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test func emptyLinesBetweenRequestsAreSkipped() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("\r\n" + get("/a") + "\r\n")
        #expect(try rig.turns { client.responses().count == 1 })
        try rig.settle()
        rig.pass(seconds: 20)
        try rig.settle()
        // An empty line begins no request: the time for a head is not running.
        #expect(!client.hasEnded)
        client.send("\r\n\r\n" + get("/b"))
        #expect(try rig.turns { client.responses().count == 2 })
    }

    @Test func responsesLargerThanTheTurnsOutput() throws {
        let rig = try WorkerRig { $0.turnOutputBytes = 16_384 }
        rig.handler.largeBytes = 3_000_000
        let client = try rig.connect()
        client.send(get("/a") + get("/large") + get("/b") + get("/large") + get("/c"))
        #expect(try rig.turns { client.responses().count == 5 })
        #expect(client.responses().map(\.body.utf8.count) == [2, 3_000_000, 2, 3_000_000, 2])
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test func manyAnswersFlushTheTurn() throws {
        let rig = try WorkerRig {
            $0.turnOutputBytes = 16_384
            $0.requestsPerTurnMax = 1_000
        }
        let client = try rig.connect()
        client.send((0..<200).map { get("/\($0)") }.joined())
        #expect(try rig.turns { client.responses().count == 200 })
        #expect(client.responses().map(\.body) == (0..<200).map { "/\($0)" })
    }

    @Test func anUnfinishedResponseIsA500() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/unfinished"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [500])
        #expect(client.responses().first?.headers["X-Half"] == nil)
    }

    @Test func noHeaderCanBeSmuggledIn() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/inject"))
        #expect(try rig.turns { client.responses().count == 1 })
        #expect(client.responses().first?.headers["Location"] == "a  Set-Cookie: b  \tc")
    }

    @Test func aWrongMethodIsToldTheRightOnes() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("DELETE /post HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try rig.turns { client.responses().count == 1 })
        #expect(client.responses().first?.status == 405)
        #expect(client.responses().first?.headers["Allow"] == "POST")
        #expect(!client.hasEnded)
    }

    @Test func socketsInTheFileSystem() throws {
        let folder = try TemporaryFolder()
        let rig = try WorkerRig(.unix(path: folder.path + "/edge.sock"))
        let client = try rig.connect()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
    }
}
