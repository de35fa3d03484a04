import Bytes
import HTTPEngine
import TestSupport
import Testing

/// Parses an array and forgets the head.
func parse(_ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()) -> ParseOutcome {
    var head = RequestHead()
    return RequestParser.parse(bytes.span, limits: limits, into: &head)
}

/// The parts of a request head as text, so that a test can compare them.
struct HeadText: Equatable {
    var method = HTTPMethod.get
    var version = HTTPVersion.http11
    var target = ""
    var path = ""
    var query: String?
    var host: String?
    var body = RequestHead.BodyFraming.none
    var keepsAlive = true
    var expectsContinue = false
    var fields: [[String]] = []

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        var head = RequestHead()
        guard case .complete = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head) else { return nil }
        func string(_ range: ByteRange) -> String { String(decoding: bytes[range.offsets], as: UTF8.self) }
        method = head.method
        version = head.version
        target = string(head.target)
        path = string(head.path)
        query = head.query.map(string)
        host = head.host.map(string)
        body = head.body
        keepsAlive = head.keepsAlive
        expectsContinue = head.expectsContinue
        for index in 0..<head.headerCount {
            let field = head.field(at: index)
            fields.append([string(field.name), string(field.value)])
        }
    }
}

@Suite("A request head is accepted or refused by its bytes, not by how they arrive")
struct RequestParserTests {
    @Test(arguments: acceptedHeads + refusedHeads)
    func whole(_ row: HeadCase) {
        #expect(parse(row.bytes) == row.expected)
    }

    /// What is there of a head is incomplete until it is decided; a decision is never taken back.
    @Test(arguments: acceptedHeads + refusedHeads)
    func byteByByte(_ row: HeadCase) {
        var decided: ParseOutcome?
        for count in 0...row.bytes.count {
            let outcome = parse(Array(row.bytes.prefix(count)))
            if let decided {
                #expect(outcome == decided, "after \(count) bytes")
            } else if outcome != .incomplete {
                decided = outcome
            }
        }
        #expect(decided == row.expected)
    }

    @Test(arguments: acceptedHeads)
    func everyPrefixOfAnAcceptedHeadIsIncomplete(_ row: HeadCase) {
        guard case .complete(let consumed) = row.expected else { return }
        for count in 0..<consumed {
            #expect(parse(Array(row.bytes.prefix(count))) == .incomplete, "after \(count) bytes")
        }
    }
}

@Suite("A request head is read as its ranges say")
struct RequestHeadTests {
    @Test func click() throws {
        let head = try #require(
            HeadText(
                "GET /tremclk/?sec=8781202&cuid=a%40b.example HTTP/1.1\r\nHost: t.example\r\n"
                    + "User-Agent:  Mozilla/5.0 (X) \r\nX-Odd:\r\n\r\n"
            ))
        #expect(head.target == "/tremclk/?sec=8781202&cuid=a%40b.example")
        #expect(head.path == "/tremclk/")
        #expect(head.query == "sec=8781202&cuid=a%40b.example")
        #expect(head.host == "t.example")
        #expect(head.fields == [["Host", "t.example"], ["User-Agent", "Mozilla/5.0 (X)"], ["X-Odd", ""]])
    }

    @Test func targetForms() throws {
        let absolute = try #require(HeadText("GET http://A.example:81/p?q#f HTTP/1.1\r\nHost: b.example\r\n\r\n"))
        #expect(absolute.host == "A.example:81")
        #expect(absolute.path == "/p")
        #expect(absolute.query == "q#f")
        let pathless = try #require(HeadText("GET http://a.example?q HTTP/1.1\r\nHost: b.example\r\n\r\n"))
        #expect(pathless.path == "")
        #expect(pathless.query == "q")
        let bare = try #require(HeadText("GET http://a.example HTTP/1.1\r\nHost:\r\n\r\n"))
        #expect(bare.host == "a.example")
        #expect(bare.path == "")
        #expect(bare.query == nil)
        let questions = try #require(HeadText("GET /a?b?c HTTP/1.0\r\n\r\n"))
        #expect(questions.query == "b?c")
        #expect(questions.host == nil)
        let empty = try #require(HeadText("GET /a? HTTP/1.0\r\n\r\n"))
        #expect(empty.query == "")
        let connect = try #require(HeadText("CONNECT a.example:443 HTTP/1.0\r\n\r\n"))
        #expect(connect.host == "a.example:443")
        #expect(connect.path == "")
    }

    struct ConnectionRow: CustomTestStringConvertible {
        let version: String
        let lines: String
        let keepsAlive: Bool
        var testDescription: String { "\(version) with \(lines.isEmpty ? "nothing" : lines)" }
    }

    @Test(arguments: [
        ConnectionRow(version: "1.1", lines: "", keepsAlive: true),
        ConnectionRow(version: "1.1", lines: "Connection: close\r\n", keepsAlive: false),
        ConnectionRow(version: "1.1", lines: "Connection: Close\r\n", keepsAlive: false),
        ConnectionRow(version: "1.1", lines: "Connection: keep-alive\r\n", keepsAlive: true),
        ConnectionRow(version: "1.1", lines: "Connection: x, , close ,y\r\n", keepsAlive: false),
        ConnectionRow(version: "1.1", lines: "Connection: keep-alive\r\nConnection: close\r\n", keepsAlive: false),
        ConnectionRow(version: "1.1", lines: "Connection: closed\r\n", keepsAlive: true),
        ConnectionRow(version: "1.0", lines: "", keepsAlive: false),
        ConnectionRow(version: "1.0", lines: "Connection: Keep-Alive\r\n", keepsAlive: true),
        ConnectionRow(version: "1.0", lines: "Connection: keep-alive, close\r\n", keepsAlive: false),
        ConnectionRow(version: "1.0", lines: "X: y\r\nConnection: x\r\nConnection: keep-alive\r\n", keepsAlive: true),
    ])
    func connection(_ row: ConnectionRow) throws {
        let head = try #require(HeadText("GET / HTTP/\(row.version)\r\nHost: t.example\r\n\(row.lines)\r\n"))
        #expect(head.keepsAlive == row.keepsAlive)
    }

    @Test func bodies() throws {
        func body(_ lines: String) throws -> RequestHead.BodyFraming {
            try #require(HeadText("POST / HTTP/1.1\r\nHost: t.example\r\n\(lines)\r\n")).body
        }
        #expect(try body("") == .none)
        #expect(try body("Content-Length: 0\r\n") == .none)
        #expect(try body("Content-Length: 00012\r\n") == .length(12))
        #expect(try body("Content-Length: 123456789012345678\r\n") == .length(123_456_789_012_345_678))
        #expect(try body("Transfer-Encoding: chunked\r\n") == .chunked)
        #expect(try #require(HeadText("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")).expectsContinue)
    }

    @Test(arguments: KnownHeader.allCases)
    func knownHeadersAreFoundInAnyCase(_ header: KnownHeader) {
        for name in ["\(header.name)", "\(header.name)".lowercased(), "\(header.name)".uppercased()] {
            // A value that every header takes, Host, Content-Length and Expect included.
            let value = header == .transferEncoding ? "chunked" : header == .expect ? "100-continue" : "12"
            let bytes = Array("GET / HTTP/1.1\r\n\(name): \(value)\r\n\(header == .host ? "" : "Host: a\r\n")\r\n".utf8)
            var head = RequestHead()
            let outcome = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
            #expect(outcome == .complete(consumedBytes: bytes.count))
            let range = head.value(of: header) ?? .empty
            let isRepeated = head.isRepeated(header)
            #expect(bytes[range.offsets].elementsEqual(value.utf8))
            #expect(!isRepeated)
            #expect(head.headerPresence == header.bit | KnownHeader.host.bit)
        }
        // The same name with another last letter is a stranger.
        let stranger = Array("GET / HTTP/1.1\r\n\("\(header.name)".dropLast())_: 1\r\nHost: a\r\n\r\n".utf8)
        var head = RequestHead()
        _ = RequestParser.parse(stranger.span, limits: HTTPLimits(), into: &head)
        #expect(head.headerPresence == KnownHeader.host.bit)
    }

    @Test func repeatedHeadersGiveTheFirstValue() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nDNT: 1\r\nX-Ab: p\r\ndnt: 0\r\nx-ab: q\r\n\r\n".utf8)
        var head = RequestHead()
        _ = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
        let first = head.value(of: .dnt) ?? .empty
        #expect(bytes[first.offsets].elementsEqual("1".utf8))
        let repeated = [head.isRepeated(.dnt), head.isRepeated(.host)]
        #expect(repeated == [true, false])
        let unknown = head.firstField(named: "X-AB", in: bytes.span) ?? .empty
        #expect(bytes[unknown.offsets].elementsEqual("p".utf8))
        let missing = head.firstField(named: "X-A", in: bytes.span)
        #expect(missing == nil)
    }

    @Test func orderHashDependsOnNamesAndTheirOrderAlone() {
        func hash(_ lines: String) -> UInt64 {
            let bytes = Array("GET / HTTP/1.1\r\n\(lines)\r\n".utf8)
            var head = RequestHead()
            let outcome = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
            #expect(outcome == .complete(consumedBytes: bytes.count))
            return head.orderHash
        }
        let plain = hash("Host: a\r\nUser-Agent: b\r\nX-Something-Else-Entirely-Long: c\r\n")
        #expect(plain == hash("HOST: x\r\nuser-agent:\r\nx-something-else-entirely-long: y\r\n"))
        #expect(plain != hash("User-Agent: b\r\nHost: a\r\nX-Something-Else-Entirely-Long: c\r\n"))
        #expect(plain != hash("Host: a\r\nUser-Agent: b\r\n"))
        // Written into events: these values stay.
        #expect(hash("Host: a\r\n") == 13_628_257_603_774_512_817)
        #expect(plain == 15_860_401_359_382_077_902)
    }
}

@Suite("A head has bounds")
struct HeadLimitTests {
    @Test func requestLine() {
        let limits = HTTPLimits()
        func line(_ count: Int) -> [UInt8] {
            let frame = "GET / HTTP/1.1".utf8.count
            return Array("GET /\(String(repeating: "a", count: count - frame)) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        }
        #expect(parse(line(8_000)) == .complete(consumedBytes: 8_000 + 13))
        #expect(
            parse(line(limits.requestLineLimitBytes)) == .complete(consumedBytes: limits.requestLineLimitBytes + 13))
        #expect(parse(line(limits.requestLineLimitBytes + 1)) == .rejected(.requestLineTooLong))
        let endless = [UInt8](repeating: UInt8(ascii: "A"), count: limits.requestLineLimitBytes + 2)
        #expect(parse(endless) == .rejected(.requestLineTooLong))
        #expect(parse(endless.dropLast()) == .incomplete)
    }

    @Test func head() {
        let limits = HTTPLimits()
        func head(_ count: Int) -> [UInt8] {
            let frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
            return Array("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "b", count: count - frame))\r\n\r\n".utf8)
        }
        #expect(parse(head(limits.headLimitBytes)) == .complete(consumedBytes: limits.headLimitBytes))
        #expect(parse(head(limits.headLimitBytes).dropLast()) == .incomplete)
        #expect(parse(head(limits.headLimitBytes + 1)) == .rejected(.headTooLong))
        #expect(
            parse(head(limits.headLimitBytes + 1).prefix(limits.headLimitBytes).map { $0 }) == .rejected(.headTooLong))
    }

    @Test func headers() {
        func head(_ count: Int) -> [UInt8] {
            let others = (1..<count).map { "X\($0): y\r\n" }.joined()
            return Array("GET / HTTP/1.1\r\nHost: a\r\n\(others)\r\n".utf8)
        }
        #expect(parse(head(64)) == .complete(consumedBytes: head(64).count))
        #expect(parse(head(65)) == .rejected(.tooManyHeaders))
        var limits = HTTPLimits()
        limits.headerCountMax = 3
        #expect(parse(head(3), limits: limits) == .complete(consumedBytes: head(3).count))
        #expect(parse(head(4), limits: limits) == .rejected(.tooManyHeaders))
    }

    @Test func relations() {
        #expect(HTTPLimits().problem == nil)
        var limits = HTTPLimits()
        limits.requestLineLimitBytes = limits.headLimitBytes
        #expect(limits.problem != nil)
        limits = HTTPLimits()
        limits.idleTimeoutNanoseconds = 0
        #expect(limits.problem != nil)
    }
}

@Suite("No bytes trap the parser")
struct ParserPropertyTests {
    /// Random bytes, and well-formed heads with random damage: every prefix is incomplete or decided for good.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func anything(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            var bytes = acceptedHeads.randomElement(using: &random)?.bytes ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                damage(&bytes, &random)
            }
            var decided: ParseOutcome?
            for count in 0...bytes.count {
                let outcome = parse(Array(bytes.prefix(count)))
                if let decided {
                    #expect(outcome == decided, "seed \(seed) round \(round)")
                } else if outcome != .incomplete {
                    decided = outcome
                }
            }
        }
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let bad: [UInt8] = [0, 9, 10, 13, 32, 58, 127, 128, 255, UInt8.random(in: 0...255, using: &random)]
        let byte = bad.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(byte, at: place)
        case 1: if place < bytes.count { bytes[place] = byte }
        case 2: if place < bytes.count { bytes.remove(at: place) }
        default: bytes.removeLast(bytes.count - place)
        }
    }

    /// No byte passes for another one in a name that the engine knows: only the letters of both cases are the same.
    @Test func noKnownNameHasASecondSpelling() {
        var wrong: [String] = []
        var head = RequestHead()
        for known in KnownHeader.allCases {
            let name = "\(known.name)"
            var bytes = Array("GET / HTTP/1.1\r\nX: y\r\n\(name): 5\r\n\r\n".utf8)
            let start = "GET / HTTP/1.1\r\nX: y\r\n".utf8.count
            for (place, letter) in name.utf8.enumerated() {
                for byte in UInt8.min...UInt8.max where byte != letter {
                    bytes[start + place] = byte
                    _ = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
                    let isSameLetter = byte ^ letter == 0x20 && letter & 0x40 != 0
                    let isKnown = head.headerPresence & known.bit != 0
                    if isKnown != isSameLetter { wrong.append("\(known): \(byte) at \(place)") }
                }
                bytes[start + place] = letter
            }
        }
        #expect(wrong == [])
    }

    /// What stands in accepted ranges has no byte that could end a line.
    @Test func acceptedPartsHoldNoLineEnd() throws {
        var random = SeededGenerator(seed: 7)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = acceptedHeads.randomElement(using: &random)?.bytes ?? []
            damage(&bytes, &random)
            var head = RequestHead()
            guard case .complete = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head) else { continue }
            accepted += 1
            var ranges = [head.target, head.path]
            for index in 0..<head.headerCount { ranges += [head.field(at: index).name, head.field(at: index).value] }
            let clean = ranges.allSatisfy { range in
                bytes[range.offsets].allSatisfy { ($0 >= 0x20 || $0 == 9) && $0 != 0x7F }
            }
            #expect(clean, "\(bytes)")
        }
        #expect(accepted > 1_000)
    }

    @Test func noAllocation() {
        let bytes = Array(
            ("GET /tremclk?sec=1 HTTP/1.1\r\nHost: a.example\r\nUser-Agent: b\r\nX-Unknown: c\r\n"
                + "Connection: a, keep-alive\r\n\r\n").utf8)
        var head = RequestHead()
        let limits = HTTPLimits()
        // The first head of a process makes the table of known headers; whether it is this one is the tests' order.
        var outcome = RequestParser.parse(bytes.span, limits: limits, into: &head)
        let count = allocationCount {
            for _ in 0..<100 { outcome = RequestParser.parse(bytes.span, limits: limits, into: &head) }
        }
        #expect(outcome == .complete(consumedBytes: bytes.count))
        #expect(count == 0)
    }
}
