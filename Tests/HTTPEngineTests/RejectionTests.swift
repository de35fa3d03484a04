import HTTPEngine
import Testing

@Suite("A refused request gets an answer that can be read, and the connection ends")
struct RejectionTests {
    @Test(arguments: refusedHeads)
    func everyRule(_ row: HeadCase) throws {
        guard case .rejected(let rejection) = row.expected else { return }
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(row.bytes + Array("more that nobody reads".utf8))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.failure == nil)
        #expect(rig.handler.rejections == [rejection])
        let response = try #require(client.responses().first)
        #expect(response.status == Int(rejection.status.rawValue))
        #expect(response.headers["Connection"] == "close")
        #expect(response.headers["Date"] != nil)
        #expect(response.headers["Cache-Control"] == "no-store, private")
        #expect(rig.value(.rejected) == 1)
        #expect(rig.worker.counters.rejections(rejection) == 1)
        #expect(rig.value(.requests) == 0)
    }

    @Test func whatCameBeforeIsAnswered() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/a") + "GET /b\r\n\r\n" + get("/c"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [200, 400])
        #expect(rig.handler.events == ["open", "/a", "rejected", "commit"])
    }

    /// Whoever goes on sending sees the answer all the same: no reset overtakes it.
    @Test func theAnswerSurvivesWhatIsStillSent() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("GET /\r\n\r\n" + String(repeating: "x", count: 100_000))
        for _ in 0..<20 {
            try rig.turn()
            client.send(String(repeating: "y", count: 1_000))
        }
        #expect(try rig.turns { client.hasEnded })
        #expect(client.failure == nil)
        #expect(client.responses().map(\.status) == [400])
    }

    @Test func lingeringHasABound() throws {
        let rig = try WorkerRig { $0.lingerLimitBytes = 10_000 }
        let client = try rig.connect()
        client.send("GET /\r\n\r\n")
        #expect(try rig.turns { client.hasEnded })
        #expect(rig.value(.open) == 1)
        client.send(String(repeating: "x", count: 20_000))
        #expect(try rig.turns { rig.value(.open) == 0 })
    }

    @Test func aHandlersOwnAnswer() throws {
        let rig = try WorkerRig()
        rig.handler.answersRejections = true
        let client = try rig.connect()
        client.send("GET /\r\n\r\n")
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().first?.body == "<p>no</p>")
        #expect(client.responses().first?.headers["Connection"] == "close")
    }

    @Test func aRefusedHEADHasNoBody() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send("HEAD / HTTP/1.1\r\n\r\n")
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses(bodyless: true).map(\.status) == [400])
        #expect(client.text.hasSuffix("\r\n\r\n"))
    }
}
