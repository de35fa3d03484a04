import TestSupport
import Testing

@testable import HTTPEngine

private func post(_ path: String, _ lines: String, _ body: String) -> String {
    "POST \(path) HTTP/1.1\r\nHost: t.example\r\n\(lines)\r\n\(body)"
}

@Suite("A body is dropped up to a limit, or collected for a handler that asked for it")
struct BodyTests {
    struct Row: CustomTestStringConvertible {
        let name: String
        let request: String
        /// What `respond` sees as body.
        let body: String
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "dropped length", request: post("/drop", "Content-Length: 5\r\n", "hello"), body: ""),
        Row(
            name: "dropped chunks",
            request: post("/drop", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n3;a=\"b\"\r\nabc\r\n0\r\n\r\n"),
            body: ""),
        Row(name: "collected length", request: post("/collect", "Content-Length: 5\r\n", "hello"), body: "hello"),
        Row(
            name: "collected to the limit", request: post("/collect", "Content-Length: 16\r\n", "0123456789abcdef"),
            body: "0123456789abcdef"),
        Row(
            name: "collected chunks",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n00001;x\r\n!\r\n0\r\n\r\n"),
            body: "hello!"),
        Row(
            name: "collected chunks with a trailer",
            request: post(
                "/collect", "Transfer-Encoding: chunked\r\n", "A \t;x=y\r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n"),
            body: "0123456789"),
        Row(name: "no body of a collector", request: post("/collect", "", ""), body: ""),
        Row(
            name: "an empty body in chunks", request: post("/collect", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            body: ""),
    ]

    @Test(arguments: rows)
    func everySplitAndTheNextRequest(_ row: Row) throws {
        let rig = try WorkerRig()
        let bytes = Array((row.request + get("/next")).utf8)
        for cut in 1..<bytes.count {
            let client = try rig.connect()
            client.send(Array(bytes[..<cut]))
            try rig.turn()
            client.send(Array(bytes[cut...]))
            #expect(try rig.turns { client.responses().count == 2 })
            #expect(client.responses().last?.body == "/next", "cut at \(cut)")
        }
        #expect(Set(rig.handler.bodies) == Set([row.body, ""]))
        #expect(rig.handler.bodies.filter { $0 == row.body }.count >= bytes.count - 1)
        #expect(rig.value(.heldBytes) == 0)
        #expect(rig.value(.rejected) == 0)
    }

    @Test(arguments: rows)
    func byteByByte(_ row: Row) throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        try send(row.request, inBytes: true, by: client, to: rig)
        client.send(get("/next"))
        #expect(try rig.turns { client.responses().count == 2 })
        #expect(rig.handler.bodies == [row.body, ""])
    }

    struct RefusedRow: CustomTestStringConvertible {
        let name: String
        let request: String
        let rejection: HTTPRejection
        var testDescription: String { name }
    }

    @Test(arguments: [
        RefusedRow(
            name: "a longer length than asked for", request: post("/collect", "Content-Length: 17\r\n", ""),
            rejection: .bodyTooLong),
        RefusedRow(
            name: "longer chunks than asked for",
            request: post(
                "/collect", "Transfer-Encoding: chunked\r\n", "10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n"),
            rejection: .bodyTooLong),
        RefusedRow(
            name: "a chunk without size", request: post("/collect", "Transfer-Encoding: chunked\r\n", "\r\n"),
            rejection: .malformedChunk),
        RefusedRow(
            name: "a chunk with a sign", request: post("/collect", "Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n"),
            rejection: .malformedChunk),
        RefusedRow(
            name: "a chunk's size with 0x",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n"),
            rejection: .malformedChunk),
        RefusedRow(
            name: "a chunk's size behind a space",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", " 5\r\nhello\r\n"), rejection: .malformedChunk),
        RefusedRow(
            name: "a chunk's size past every number",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\n"),
            rejection: .malformedChunk),
        RefusedRow(
            name: "a chunk that ends in a line feed",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", "1\r\na\n"), rejection: .malformedChunk),
        RefusedRow(
            name: "a size that ends in a line feed",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", "1\na\r\n"), rejection: .malformedChunk),
        RefusedRow(
            name: "a chunk longer than its size",
            request: post("/collect", "Transfer-Encoding: chunked\r\n", "1\r\nab\r\n"), rejection: .malformedChunk),
        RefusedRow(
            name: "an endless extension",
            request: post(
                "/collect", "Transfer-Encoding: chunked\r\n", "1;\(String(repeating: "a", count: 5_000))"),
            rejection: .malformedChunk),
        RefusedRow(
            name: "endless trailers",
            request: post(
                "/collect", "Transfer-Encoding: chunked\r\n", "0\r\n\(String(repeating: "a: b\r\n", count: 1_000))"),
            rejection: .malformedChunk),
        RefusedRow(
            name: "a folded trailer", request: post("/collect", "Transfer-Encoding: chunked\r\n", "0\r\n a\r\n\r\n"),
            rejection: .malformedChunk),
    ])
    func refused(_ row: RefusedRow) throws {
        for split in [false, true] {
            let rig = try WorkerRig()
            let client = try rig.connect()
            try send(row.request, inBytes: split, by: client, to: rig)
            #expect(try rig.turns { client.hasEnded })
            #expect(client.failure == nil)
            #expect(rig.handler.rejections == [row.rejection])
            #expect(client.responses().map(\.status) == [Int(row.rejection.status.rawValue)])
            #expect(rig.handler.bodies.isEmpty)
            try rig.settle()
            #expect(rig.value(.heldBytes) == 0)
        }
    }

    /// Sends a request as a whole, or a byte in each turn of the loop.
    private func send(_ request: String, inBytes: Bool, by client: TestClient, to rig: WorkerRig) throws {
        guard inBytes else {
            client.send(request)
            return
        }
        for byte in request.utf8 {
            client.send([byte])
            try rig.turn()
        }
    }

    @Test(
        "A body that is refused is answered by the handler where it wants to, with the head before it",
        arguments: [
            ("Content-Length: 17\r\n|", .bodyTooLong),
            ("Transfer-Encoding: chunked\r\n|10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n", .bodyTooLong),
            ("Transfer-Encoding: chunked\r\n|x", .malformedChunk),
            ("Transfer-Encoding: chunked\r\n|3\r\nabc\r\n1\r\nxy\r\n0\r\n\r\n", .malformedChunk),
            ("Transfer-Encoding: chunked\r\n|3\r\nabc\r\n0\r\n a\r\n\r\n", .malformedChunk),
        ] as [(String, HTTPRejection)])
    func refusedBodies(_ row: String, _ rejection: HTTPRejection) throws {
        let parts = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        for split in [false, true] {
            let rig = try WorkerRig()
            rig.handler.answersRefusedBodies = true
            let client = try rig.connect()
            try send(post("/collect", parts[0], parts[1]), inBytes: split, by: client, to: rig)
            #expect(try rig.turns { client.hasEnded })
            #expect(client.responses().map(\.status) == [400] && client.responses().map(\.body) == ["/collect"])
            #expect(client.responses().first?.headers["Connection"] == "close")
            #expect(rig.handler.bodies.isEmpty && rig.handler.rejections.isEmpty)
            // It is a request like any other that the handler answers, not what no handler sees.
            #expect(rig.value(.requests) == 1 && rig.value(.rejected) == 0)
            #expect(rig.worker.counters.rejections(rejection) == 0 && rig.handler.bodyRefusals == [rejection])
            try rig.settle()
            #expect(rig.value(.heldBytes) == 0)
        }
    }

    @Test("A handler that begins an answer to a refused body and leaves it is asked for a rejection's")
    func refusedBodyLeft() throws {
        let rig = try WorkerRig()
        rig.handler.beginsRefusedBodies = true
        rig.handler.answersRejections = true
        let client = try rig.connect()
        client.send(post("/collect", "Content-Length: 17\r\n", ""))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [413] && client.responses().map(\.body) == ["<p>no</p>"])
        #expect(rig.value(.requests) == 0 && rig.worker.counters.rejections(.bodyTooLong) == 1)
    }

    @Test func aBodyPastTheLimitEndsTheConnectionBehindTheAnswer() throws {
        let rig = try WorkerRig { $0.droppedBodyLimitBytes = 100 }
        let length = try rig.connect()
        length.send(post("/a", "Content-Length: 101\r\n", ""))
        let chunked = try rig.connect()
        let chunk = "40\r\n\(String(repeating: "x", count: 64))\r\n"
        chunked.send(post("/b", "Transfer-Encoding: chunked\r\n", chunk + chunk + "0\r\n\r\n"))
        let allowed = try rig.connect()
        allowed.send(post("/c", "Content-Length: 100\r\n", String(repeating: "x", count: 100)) + get("/d"))
        #expect(try rig.turns { length.hasEnded && chunked.hasEnded && allowed.responses().count == 2 })
        #expect(length.responses().map(\.body) == ["/a"])
        #expect(length.responses().first?.headers["Connection"] == "close")
        #expect(chunked.responses().map(\.body) == ["/b"])
        #expect(!allowed.hasEnded)
    }

    @Test func leaveIsGivenToWhoWaitsForIt() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(post("/collect", "Content-Length: 5\r\nExpect: 100-continue\r\n", ""))
        #expect(try rig.turns { client.text == "HTTP/1.1 100 Continue\r\n\r\n" })
        client.send("hello")
        #expect(try rig.turns { client.responses().count == 2 })
        #expect(rig.handler.bodies == ["hello"])
        #expect(rig.handler.events == ["open", "/collect", "commit"])
    }

    @Test func leaveIsNotGivenForABodyThatIsDroppedOrTooLong() throws {
        let rig = try WorkerRig()
        let dropped = try rig.connect()
        dropped.send(post("/a", "Content-Length: 5\r\nExpect: 100-continue\r\n", ""))
        let long = try rig.connect()
        long.send(post("/collect", "Content-Length: 500\r\nExpect: 100-continue\r\n", ""))
        #expect(try rig.turns { dropped.hasEnded && long.hasEnded })
        #expect(dropped.responses().map(\.status) == [200])
        #expect(dropped.responses().first?.headers["Connection"] == "close")
        #expect(long.responses().map(\.status) == [413])
    }

    @Test func aLargeBodyIsCollected() throws {
        let rig = try WorkerRig()
        rig.handler.bodyLimit = 1_000_000
        let client = try rig.connect()
        let body = String(repeating: "0123456789", count: 50_000)
        let bytes = Array(post("/collect", "Content-Length: 500000\r\n", body).utf8)
        var sent = 0
        #expect(
            try rig.turns {
                if sent < bytes.count { sent += client.send(Array(bytes[sent...])) }
                return client.responses().count == 1
            })
        #expect(rig.handler.bodies == [body])
        try rig.settle()
        #expect(rig.value(.heldBytes) == 0)
    }
}

@Suite("Chunks are decoded alike however they arrive")
struct ChunkedDecoderTests {
    private func decode(_ pieces: [[UInt8]]) -> (data: [UInt8], last: ChunkedDecoder.Step) {
        var decoder = ChunkedDecoder()
        var data: [UInt8] = []
        for piece in pieces {
            var offset = 0
            while true {
                let step = decoder.next(piece.span, at: &offset)
                if case .data(let range) = step {
                    data += piece[range]
                    continue
                }
                if step != .needsMore { return (data, step) }
                break
            }
        }
        return (data, .needsMore)
    }

    @Test(arguments: [UInt64(11), 12, 13])
    func whatIsEncodedIsDecoded(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var data: [UInt8] = []
            var encoded: [UInt8] = []
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let chunk = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                data += chunk
                encoded += Array(String(chunk.count, radix: 16).utf8) + [13, 10] + chunk + [13, 10]
            }
            encoded += Array("0\r\n\r\n".utf8)
            #expect(decode([encoded]) == (data, .finished), "seed \(seed)")
            #expect(decode(encoded.map { [$0] }) == (data, .finished), "seed \(seed)")
            // One byte less is never the end.
            #expect(decode([encoded.dropLast()]).last == .needsMore)
        }
    }

    @Test(arguments: [UInt64(21), 22])
    func anyBytesAreDecidedAlike(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123aF;\r\n x:\u{0}".utf8)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            #expect(decode([bytes]) == decode(bytes.map { [$0] }), "seed \(seed) \(bytes)")
        }
    }
}
