import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@Suite("What comes for a connection that is being served already waits for its place")
struct SameTurnTests {
    /// What arrives for a connection with input left over, in the turn that goes on with that input.
    enum Arrival: CaseIterable {
        case lastRequest
        case malformedRequest
        case endOfStream
        case requestAndEndOfStream

        func send(_ client: TestClient) throws {
            switch self {
            case .lastRequest: client.send(get("/last", "Connection: close\r\n"))
            case .malformedRequest: client.send("nonsense\r\n\r\n")
            case .endOfStream: try client.endSending()
            case .requestAndEndOfStream:
                client.send(get("/last"))
                try client.endSending()
            }
        }

        var endsTheStream: Bool { self == .endOfStream || self == .requestAndEndOfStream }

        var answers: [Int] {
            switch self {
            case .lastRequest, .requestAndEndOfStream: [200]
            case .malformedRequest: [400]
            case .endOfStream: []
            }
        }
    }

    /// Another client's answer stands between the two that one connection would get in a turn.
    @Test(arguments: Arrival.allCases) func anArrivalBehindAnAnswerOfTheSameTurn(_ arrival: Arrival) throws {
        let rig = try WorkerRig { $0.requestsPerTurnMax = 4 }
        let (first, second) = (try rig.connect(), try rig.connect())
        #expect(try rig.turns { rig.value(.open) == 2 })
        for client in [first, second] { client.send((0..<5).map { get("/\($0)") }.joined()) }
        try rig.turn()
        #expect(rig.value(.requests) == 8)
        try arrival.send(first)
        second.send(get("/more"))
        #expect(try rig.turns { first.hasEnded && second.responses().count == 6 })
        #expect(first.responses().map(\.status) == [200, 200, 200, 200, 200] + arrival.answers)
        #expect(second.responses().map(\.body) == (0..<5).map { "/\($0)" } + ["/more"])
        // A client that has not ended its side is lingered for.
        if !arrival.endsTheStream { try first.endSending() }
        #expect(try rig.turns { rig.value(.open) == 1 })
        #expect(!second.hasEnded)
    }

    /// A reset arrives while answers of the connection are under way.
    @Test func aResetInTheSameTurn() throws {
        let rig = try WorkerRig { $0.requestsPerTurnMax = 4 }
        let second = try rig.connect()
        do {
            let first = try TestClient(rig.address)
            #expect(try rig.turns { rig.value(.open) == 2 })
            for client in [first, second] { client.send((0..<5).map { get("/\($0)") }.joined()) }
            try rig.turn()
            try Sockets.setResetOnClose(first.rawValue)
        }
        second.send(get("/more"))
        #expect(try rig.turns { rig.value(.open) == 1 && second.responses().count == 6 })
        // The place is free for one connection, and for one only.
        let others = [try rig.connect(), try rig.connect()]
        for (number, client) in others.enumerated() { client.send(get("/other\(number)")) }
        #expect(try rig.turns { others.allSatisfy { $0.responses().count == 1 } })
        #expect(others.map { $0.responses().map(\.body) } == [["/other0"], ["/other1"]])
        #expect(rig.value(.open) == 3)
    }

    /// Requests that fill the buffer exactly, and the end of the stream in the turn that reads what lies behind them.
    @Test func theEndBehindAFullBuffer() throws {
        for extra in [0, 1, 100, 16_384] {
            let rig = try WorkerRig()
            let client = try rig.connect()
            #expect(try rig.turns { rig.value(.open) == 1 })
            let request = get("/a", "X-Padding: ")
            let whole = get("/a", "X-Padding: \(String(repeating: "a", count: 4_096 - request.utf8.count - 2))\r\n")
            #expect(whole.utf8.count == 4_096)
            client.send(String(repeating: whole, count: 4))
            try rig.turn()
            client.send(String(repeating: whole, count: 4) + String(repeating: "G", count: extra))
            try client.endSending()
            #expect(try rig.turns { client.hasEnded && rig.value(.open) == 0 })
            #expect(client.responses().prefix(8).map(\.status) == Array(repeating: 200, count: 8))
        }
    }

    /// A commit that is dear is shared by those who were answered together, and nobody waits for who doesn't come.
    @Test func aDearCommitIsShared() throws {
        let rig = try WorkerRig { $0.acceptsPerTurnMax = 1 }
        let clients = try (0..<3).map { _ in try rig.connect() }
        #expect(try rig.turns { rig.value(.open) == 3 })
        func commits() -> Int { rig.handler.events.filter { $0 == "commit" }.count }
        func connectThree() throws -> [TestClient] {
            let newcomers = try (0..<3).map { _ in try rig.connect() }
            for client in newcomers { client.send(get("/new")) }
            return newcomers
        }
        // One turn accepts one connection.
        for client in clients { client.send(get("/a")) }
        #expect(try rig.turns { clients.allSatisfy { $0.responses().count == 1 } })
        let cheap = try connectThree()
        let before = commits()
        #expect(try rig.turns { cheap.allSatisfy { $0.responses().count == 1 } })
        #expect(commits() == before + 3)

        rig.handler.gatheringNanoseconds = 60_000_000_000
        for client in clients { client.send(get("/b")) }
        #expect(try rig.turns { clients.allSatisfy { $0.responses().count == 2 } })
        let dear = try connectThree()
        let start = commits()
        #expect(try rig.turns { dear.allSatisfy { $0.responses().count == 1 } })
        #expect(commits() == start + 1)

        // Three were answered together; one alone is answered when the time is over.
        rig.handler.gatheringNanoseconds = 1_000
        clients[0].send(get("/c"))
        #expect(try rig.turns { clients[0].responses().count == 3 })
    }

    /// Many clients at once, each with its own pattern of pieces, and each ends: everybody gets their own answers.
    @Test(arguments: [1, 2, 3]) func everybodyGetsTheirOwnAnswers(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rig = try WorkerRig { $0.requestsPerTurnMax = 3 }
        for round in 0..<30 {
            let clients = try (0..<6).map { _ in try rig.connect() }
            var pieces: [[[UInt8]]] = []
            var expected: [[String]] = []
            for number in clients.indices {
                let count = Int.random(in: 1...12, using: &random)
                let paths = (0..<count).map { "/\(round)-\(number)-\($0)" }
                expected.append(paths)
                var bytes = paths.dropLast().flatMap { Array(get($0).utf8) }
                bytes += Array(get(paths[count - 1], "Connection: close\r\n").utf8)
                var cuts: [[UInt8]] = []
                while !bytes.isEmpty {
                    let length = min(bytes.count, Int.random(in: 1...400, using: &random))
                    cuts.append(Array(bytes[..<length]))
                    bytes.removeFirst(length)
                }
                pieces.append(cuts)
            }
            while pieces.contains(where: { !$0.isEmpty }) {
                for number in clients.indices where Bool.random(using: &random) && !pieces[number].isEmpty {
                    clients[number].send(pieces[number].removeFirst())
                }
                try rig.turn()
            }
            #expect(try rig.turns { clients.allSatisfy(\.hasEnded) }, "seed \(seed), round \(round)")
            #expect(clients.map { $0.responses().map(\.body) } == expected, "seed \(seed), round \(round)")
            for client in clients { try client.endSending() }
            #expect(try rig.turns { rig.value(.open) == 0 }, "seed \(seed), round \(round)")
        }
    }
}
