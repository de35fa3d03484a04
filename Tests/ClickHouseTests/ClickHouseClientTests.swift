import Bytes
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@testable import ClickHouse

@Suite("A statement is done when the server says so without a word of doubt, and no endpoint is asked twice in a turn")
struct ClickHouseClientTests {
    private static func client(_ peers: ScriptedPeer..., password: String = "") throws -> ClickHouseClient {
        let endpoints = try peers.map { try ClickHouseEndpoint("http://\($0.address)") }
        return ClickHouseClient(
            ClickHouseAccount(endpoints: endpoints, database: "tre&mo", user: "edge", password: password))
    }

    private static func answer(_ body: String, status: String = "200 OK", _ more: String = "") -> ScriptedPeer.Step {
        .say("HTTP/1.1 \(status)\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    private static func rows() -> RowBinaryWriter {
        var rows = RowBinaryWriter(capacityBytes: 100)
        rows.append(UInt8(65))
        rows.endRow()
        return rows
    }

    private static func insert(_ client: ClickHouseClient) -> ClickHouseError? {
        do throws(ClickHouseError) {
            try client.insert(into: "t", columns: ["`a`"], rows())
            return nil
        } catch {
            return error
        }
    }

    /// A server that says nothing of the setting async_insert, and then this to an insert.
    private static func steps(_ step: ScriptedPeer.Step...) -> [ScriptedPeer.Step] {
        [.read(until: "FORMAT RowBinary"), answer(""), .read(until: "A")] + step
    }

    @Test("A question carries user, password, database and the wish for whole answers, and its rows come back")
    func question() throws {
        let peer = try ScriptedPeer([.read(until: "FORMAT RowBinary"), Self.answer("\u{3}abc")])
        var rows = try Self.client(peer, password: "s3cret").rows("SELECT 'abc'")
        #expect(try rows.text() == Array("abc".utf8))
        let heard = try #require(peer.end().first)
        #expect(heard.hasPrefix("POST /?database=tre%26mo&wait_end_of_query=1 HTTP/1.1\r\nHost: \(peer.address)\r\n"))
        #expect(heard.contains("\r\nX-ClickHouse-User: edge\r\nX-ClickHouse-Key: s3cret\r\n"))
        #expect(heard.hasSuffix("\r\n\r\nSELECT 'abc' FORMAT RowBinary"))
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let steps: [ScriptedPeer.Step]
        /// What the error is, by its words; nil for none.
        var words: String?
        var isTemporary = false
    }

    static let inserts = [
        Row(testDescription: "200 and nothing", steps: [answer("")]),
        Row(testDescription: "200 and words", steps: [answer("Ok.\n")], words: "with words: Ok."),
        Row(
            testDescription: "200 and an exception",
            steps: [answer("Code: 241. DB::Exception: x", "X-ClickHouse-Exception-Code: 241\r\n")],
            words: "error 241: Code: 241.", isTemporary: true),
        Row(
            testDescription: "500 without a header",
            steps: [answer("Code: 60. DB::Exception: no table\nstack", status: "500 E")],
            words: "error 60: Code: 60. DB::Exception: no table"),
        Row(
            testDescription: "a proxy without a server", steps: [answer("<html>", status: "503 X")],
            words: "status 503: <html>", isTemporary: true),
        Row(
            testDescription: "a page of others", steps: [answer("<html>", status: "404 X")], words: "status 404"),
        Row(testDescription: "half a head", steps: [.say("HTTP/1.1 20")], words: "ends in its head"),
    ]

    @Test("An insert", arguments: inserts)
    func insert(_ row: Row) throws {
        let head = [ScriptedPeer.Step.read(until: "FORMAT RowBinary"), Self.answer(""), .read(until: "\u{1}\0\0\0")]
        let peer = try ScriptedPeer(head + row.steps)
        let error = Self.insert(try Self.client(peer))
        #expect((error == nil) == (row.words == nil), "\(String(describing: error))")
        if let error, let words = row.words {
            #expect("\(error)".contains(words), "\(error)")
            #expect(error.isTemporary == row.isTemporary)
        }
        let heard = try #require(peer.end().first)
        #expect(
            heard.contains("POST /?database=tre%26mo&query=INSERT%20INTO%20t%20%28%60a%60%29%20FORMAT%20RowBinary "))
        #expect(heard.contains("\r\nContent-Encoding: gzip\r\nContent-Length: 24\r\n"))
    }

    @Test("A server that gathers inserts is told not to")
    func gathering() throws {
        let peer = try ScriptedPeer([
            .read(until: "FORMAT RowBinary"), Self.answer("\u{C}async_insert"), .read(until: "\u{1}\0\0\0"),
            Self.answer(""),
        ])
        #expect(Self.insert(try Self.client(peer)) == nil)
        #expect(peer.end().first?.contains("POST /?async_insert=0&database=") == true)
    }

    @Test("A connection that the server closed while it was idle is made anew, without a word")
    func idle() throws {
        let peer = try ScriptedPeer(
            [.read(until: "FORMAT RowBinary"), Self.answer("\u{1}a")],
            [.read(until: "FORMAT RowBinary"), Self.answer("\u{1}b")])
        let client = try Self.client(peer)
        for text in ["a", "b"] {
            var rows = try client.rows("SELECT 1")
            #expect(try rows.text() == Array(text.utf8))
        }
        #expect(peer.end().count == 2)
    }

    @Test("An endpoint that does not answer is left for the next one; where none does, each says why")
    func turns() throws {
        let away = try ScriptedPeer()
        _ = away.end()
        let closing = try ScriptedPeer([.read(until: "FORMAT RowBinary")])
        let good = try ScriptedPeer([
            .read(until: "FORMAT RowBinary"), Self.answer("\u{1}a"), .read(until: "FORMAT RowBinary"),
            Self.answer("\u{1}b"),
        ])
        let client = try Self.client(away, closing, good)
        for text in ["a", "b"] {
            var rows = try client.rows("SELECT 1")
            #expect(try rows.text() == Array(text.utf8))
        }
        _ = (closing.end(), good.end())
        let error = #expect(throws: ClickHouseError.self) { _ = try Self.client(away, closing).rows("SELECT 1") }
        guard case .unanswered(let attempts) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(attempts.map(\.endpoint) == ["\(away.address)", "\(closing.address)"])
        #expect(attempts.allSatisfy { $0.reason.contains("refused") }, "\(attempts)")
        #expect(error?.isTemporary == true)
    }

    @Test("Who is patient waits through silence for an answer, and nobody waits longer than until the end")
    func patience() throws {
        let peer = try ScriptedPeer(Self.sign + [.read(until: "FORMAT RowBinary"), .wait])
        var limits = ClickHouseClient.Limits()
        limits.silenceMilliseconds = 4_000
        limits.isPatient = true
        limits.untilNanoseconds = SystemClock.monotonicNanoseconds() + 5_000_000_000
        let endpoint = try ClickHouseEndpoint("http://\(peer.address)")
        let client = ClickHouseClient(
            ClickHouseAccount(endpoints: [endpoint, endpoint], database: nil, user: "edge", password: ""),
            limits: limits)
        let error = #expect(throws: ClickHouseError.self) { _ = try client.rows("SELECT 2") }
        #expect(SystemClock.monotonicNanoseconds() >= limits.untilNanoseconds)
        // The second was not even connected to.
        let overdue = ClickHouseError.Attempt(endpoint: "\(endpoint)", reason: "\(HTTPClientError.overdue)")
        #expect(error == .unanswered([overdue, overdue]))
        #expect(peer.end().count == 1)
    }

    /// A server that says that it is there.
    private static let sign: [ScriptedPeer.Step] = [.read(until: "SELECT 1 FORMAT RowBinary"), answer("\u{1}")]

    @Test("Who is patient waits for nobody who gives no sign, and asks the next one")
    func signs() throws {
        let silent = try ScriptedPeer([.read(until: "FORMAT RowBinary"), .wait])
        let good = try ScriptedPeer(Self.sign + [.read(until: "SELECT 2 FORMAT RowBinary"), Self.answer("\u{1}b")])
        var limits = ClickHouseClient.Limits()
        limits.silenceMilliseconds = 2_000
        limits.isPatient = true
        let client = ClickHouseClient(
            ClickHouseAccount(
                endpoints: try [silent, good].map { try ClickHouseEndpoint("http://\($0.address)") }, database: nil,
                user: "edge", password: ""), limits: limits)
        var rows = try client.rows("SELECT 2")
        #expect(try rows.text() == Array("b".utf8))
        _ = (silent.end(), good.end())
    }

    @Test("A server that is full or not set up is left for the next one; a question that took too long is not")
    func refusals() throws {
        let refusal = Self.answer("Code: 243. DB::Exception: full", status: "500 E")
        let full = try ScriptedPeer([.read(until: "FORMAT RowBinary"), refusal])
        let good = try ScriptedPeer([.read(until: "FORMAT RowBinary"), Self.answer("\u{1}a")])
        var rows = try Self.client(full, good).rows("SELECT 1")
        #expect(try rows.text() == Array("a".utf8))
        #expect(full.end().count == 1 && good.end().count == 1)
        // Where nobody can do it the first one's reason stands.
        let two = try [
            ScriptedPeer([.read(until: "FORMAT RowBinary"), refusal]),
            ScriptedPeer([.read(until: "FORMAT RowBinary"), Self.answer("Code: 60. none", status: "500 E")]),
        ]
        let error = #expect(throws: ClickHouseError.self) { _ = try Self.client(two[0], two[1]).rows("SELECT 1") }
        #expect("\(String(describing: error))".contains("243"))
        #expect(two.allSatisfy { $0.end().count == 1 })
        let slow = try ScriptedPeer([
            .read(until: "FORMAT RowBinary"), Self.answer("Code: 159. timeout", status: "500 E"),
        ])
        let idle = try ScriptedPeer([.read(until: "FORMAT RowBinary"), Self.answer("\u{1}a")])
        let timeout = #expect(throws: ClickHouseError.self) { _ = try Self.client(slow, idle).rows("SELECT 1") }
        #expect(timeout?.isTimeout == true)
        // The other one was not asked: its only answer is still to be had.
        _ = try Self.client(idle).rows("SELECT 1")
        #expect(slow.end().count == 1 && idle.end().count == 1)
    }
}
