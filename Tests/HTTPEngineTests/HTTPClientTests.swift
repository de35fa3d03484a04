import Bytes
import Foundation
import LinuxSystem
import TestSupport
import Testing

@testable import HTTPEngine

@Suite("The client for other servers reads every framing, and tells what it can't")
struct HTTPClientTests {
    private static let request = HTTPClientRequest("GET", "/?query=1", fields: [("X-User", "ann")])

    /// Asks the peer once, within a minute.
    private static func ask(
        _ peer: ScriptedPeer, _ request: HTTPClientRequest = request, body: String? = nil, limit: Int = 1_000,
        timeoutMilliseconds: Int32 = 60_000, deadline: UInt64 = .max
    ) -> Result<HTTPAnswer, HTTPClientError> {
        do throws(HTTPClientError) {
            var connection = try HTTPClientConnection(
                connectingTo: peer.address, host: "db.example", timeoutMilliseconds: timeoutMilliseconds)
            let bytes = Array((body ?? "").utf8)
            return .success(
                try connection.exchange(
                    request, bodyCount: body == nil ? nil : bytes.count, answerBytesMax: limit,
                    deadlineNanoseconds: deadline
                ) { send throws(HTTPClientError) in try send(bytes.span) })
        } catch {
            return .failure(error)
        }
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let answer: String
        var status = 200
        var body = ""
    }

    static let rows = [
        Row(testDescription: "a length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", body: "abc"),
        Row(testDescription: "no body", answer: "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", status: 500),
        Row(testDescription: "no reason", answer: "HTTP/1.1 404\r\ncontent-length:0\r\n\r\n", status: 404),
        Row(testDescription: "status 204", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204),
        Row(
            testDescription: "chunks",
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            body: "abcde"),
        Row(testDescription: "to the end", answer: "HTTP/1.0 200 OK\r\nA: b\r\n\r\nabc", body: "abc"),
        Row(
            testDescription: "lines ending in one byte", answer: "HTTP/1.1 200 OK\nContent-Length: 1\n\na", body: "a"),
        Row(
            testDescription: "a word in between",
            answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", body: "a"),
    ]

    @Test("Answers, whole and byte by byte", arguments: rows, [false, true])
    func answers(_ row: Row, _ isSlow: Bool) throws {
        let peer = try ScriptedPeer([.read(until: "\r\n\r\n"), .say(row.answer, isSlow: isSlow)])
        let answer = try Self.ask(peer).get()
        #expect(answer.head.status == row.status && answer.body == Array(row.body.utf8))
        #expect(peer.end().first == "GET /?query=1 HTTP/1.1\r\nHost: db.example\r\nX-User: ann\r\n\r\n")
    }

    @Test("A body is sent with its length, and a connection that is kept carries the next request")
    func keptConnection() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Name:  value \r\n\r\n"
        let peer = try ScriptedPeer([
            .read(until: "rows"), .say(answer + "a"), .read(until: "more"),
            .say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb"),
        ])
        var connection = try HTTPClientConnection(
            connectingTo: peer.address, host: "db.example", timeoutMilliseconds: 60_000)
        for (body, expected) in [("rows", "a"), ("more", "b")] {
            let isReusable = connection.isReusable
            #expect(isReusable)
            let bytes = Array(body.utf8)
            let answer = try connection.exchange(
                HTTPClientRequest("POST", "/"), bodyCount: bytes.count, answerBytesMax: 10, deadlineNanoseconds: .max
            ) { send throws(HTTPClientError) in for byte in bytes { try send([byte].span) } }
            #expect(answer.body == Array(expected.utf8))
            #expect(answer.head.value(of: "x-name") == (expected == "a" ? "value" : nil))
        }
        let isReusable = connection.isReusable
        #expect(!isReusable)
        let heard = peer.end().first
        #expect(heard?.contains("\r\nContent-Length: 4\r\n\r\nrowsPOST / HTTP/1.1\r\n") == true)
    }

    static let malformed = [
        ("SSH-2.0-x\r\n\r\n", "no status line"), ("HTTP/1.1 20 OK\r\n\r\n", "no status line"),
        ("HTTP/2 200 OK\r\n\r\n", "no status line"), ("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "no field"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", "no number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", "framed"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\na", "framed"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz", "chunks"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "ends in its body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "ends in its body"),
        ("HTTP/1.1 200 OK\r\nA: b", "ends in its head"),
        ("HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 40_000), "too long"),
    ]

    @Test("What is no answer is told", arguments: malformed)
    func refused(_ text: String, _ words: String) throws {
        let peer = try ScriptedPeer([.read(until: "\r\n\r\n"), .say(text)])
        guard case .failure(let error) = Self.ask(peer) else {
            Issue.record("it was taken")
            return
        }
        #expect("\(error)".contains(words), "\(error)")
    }

    @Test("Silence, a slow trickle, a closed connection and too much are told apart")
    func failures() throws {
        let silent = try ScriptedPeer([.wait])
        #expect(throws: HTTPClientError.broken(.timeout(in: .recv))) {
            try Self.ask(silent, timeoutMilliseconds: 50).get()
        }
        let closing = try ScriptedPeer([.read(until: "\r\n\r\n")])
        #expect(throws: HTTPClientError.closed) { try Self.ask(closing).get() }
        let late = try ScriptedPeer([.wait])
        #expect(throws: HTTPClientError.overdue) { try Self.ask(late, deadline: 1).get() }
        for framing in ["Content-Length: 11", "Transfer-Encoding: chunked", "A: b"] {
            let body = framing.hasPrefix("T") ? "b\r\nabcdefghijk\r\n0\r\n\r\n" : "abcdefghijk"
            let peer = try ScriptedPeer([
                .read(until: "\r\n\r\n"), .say("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n\(body)"),
            ])
            #expect(throws: HTTPClientError.tooLong(limitBytes: 10)) { try Self.ask(peer, limit: 10).get() }
        }
        let unasked = try ScriptedPeer([.wait])
        #expect(throws: HTTPClientError.unsendable("a control character stands in X-User")) {
            try Self.ask(unasked, HTTPClientRequest("GET", "/", fields: [("X-User", "a\r\nX-Key: b")])).get()
        }
    }

    @Test("A server that answers before it has read the body is heard")
    func earlyAnswer() throws {
        let peer = try ScriptedPeer([
            .read(until: "\r\n\r\n"), .say("HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"), .wait,
        ])
        var connection = try HTTPClientConnection(
            connectingTo: peer.address, host: "db.example", timeoutMilliseconds: 60_000)
        let answer = try connection.exchange(
            HTTPClientRequest("POST", "/"), bodyCount: 0, answerBytesMax: 10, deadlineNanoseconds: .max)
        #expect(answer.head.status == 401 && answer.body == Array("no".utf8))
    }
}
