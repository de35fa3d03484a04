import Bytes
import HTTPEngine
import LinuxSystem

/// A handler that answers every request with what it saw, and writes down the order of what it was asked.
final class TestHandler: HTTPHandler, HTTPCommitter {
    /// What happened, in order: `open`, `/path`, `commit`, ...
    var events: [String] = []
    var rejections: [HTTPRejection] = []
    /// Bodies that `respond` saw.
    var bodies: [String] = []
    var ticks = 0
    var turns = 0
    var times: [UInt64] = []
    /// Bytes of body that requests for `/collect` may have.
    var bodyLimit = 16
    /// Connections are taken for a trusted proxy's.
    var trusts = false
    /// Addresses that are no proxy's, whatever `trusts` says.
    var strangers: Set<IPAddress> = []
    /// What was known of each connection when it was opened.
    var opened: [ConnectionFacts] = []
    /// Size of the body of `/large`.
    var largeBytes = 100_000
    /// What a request for `/keep` found in the connection's room, which it counts up.
    var rooms: [UInt64] = []
    /// Called in every commit, before anything is sent.
    var onCommit: () -> Void = {}
    /// Tickets of requests for `/later`.
    var tickets: [AnswerTicket] = []
    /// Writes its own answer to refused requests.
    var answersRejections = false
    /// Writes its own answer to requests whose body is refused: their path.
    var answersRefusedBodies = false
    /// Begins an answer to requests whose body is refused, and no more.
    var beginsRefusedBodies = false
    /// Why bodies were refused.
    var bodyRefusals: [HTTPRejection] = []

    func turnWillBegin(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64) {
        turns += 1
    }

    func isTrustedProxy(_ peer: IPAddress?) -> Bool {
        guard let peer, trusts else { return trusts }
        return strangers.isEmpty || !strangers.contains(peer)
    }

    /// The limits that the engine is to take over.
    var limits = HTTPLimits() { didSet { limitsVersion += 1 } }
    private(set) var limitsVersion = 0

    func connectionOpened(_ facts: inout ConnectionFacts) {
        opened.append(facts)
        facts.room[0] = 40
        events.append("open")
    }

    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts) -> Int {
        bytes.extracting(head.path.offsets).equals("/collect") ? bodyLimit : 0
    }

    func bodyRefused(
        _ rejection: HTTPRejection, for head: borrowing RequestHead, in bytes: Span<UInt8>,
        into response: inout ResponseWriter
    ) {
        bodyRefusals.append(rejection)
        if answersRefusedBodies || beginsRefusedBodies { response.begin(.badRequest) }
        guard answersRefusedBodies else { return }
        response.finish(contentType: "text/plain", body: bytes.extracting(head.path.offsets))
    }

    func respond(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, from facts: inout ConnectionFacts,
        into response: inout ResponseWriter
    ) {
        let path = bytes.extracting(head.path.offsets)
        events.append(path.toString())
        bodies.append(body.toString())
        switch path.toString() {
        case "/large":
            let page = [UInt8](repeating: UInt8(ascii: "x"), count: largeBytes)
            response.begin(.ok)
            response.finish(contentType: "text/plain", body: page.span)
        case "/unfinished":
            response.begin(.ok)
            response.header("X-Half", "yes")
        case "/close":
            response.closesConnection = true
            response.begin(.noContent)
            response.finish()
        case "/keep":
            rooms.append(facts.room[0])
            facts.room[0] += 1
            response.begin(.noContent)
            response.finish()
        case "/inject":
            let evil = Array("a\r\nSet-Cookie: b\u{0}\u{7F}\tc".utf8)
            response.begin(.found)
            response.header("Location", evil.span)
            response.finish()
        case let path where path == "/later" || path == "/collect" && head.method == .put:
            if let ticket = response.postpone() { tickets.append(ticket) }
        case "/post" where head.method != .post:
            response.methodNotAllowed(allow: "POST")
        default:
            response.begin(.ok)
            response.finish(contentType: "text/plain", body: path)
        }
    }

    var gatheringNanoseconds: UInt64 = 0

    func commit() {
        events.append("commit")
        onCommit()
    }

    var committer: TestHandler { self }

    func takenOver() {}

    func wasTakenOver() {}

    func finish() {}

    func tick() {
        ticks += 1
    }

    func requestRejected(
        _ rejection: HTTPRejection, from facts: inout ConnectionFacts, into response: inout ResponseWriter
    ) {
        rejections.append(rejection)
        events.append("rejected")
        if answersRejections {
            response.begin(rejection.status)
            response.finish(contentType: "text/html", body: "<p>no</p>")
        }
    }
}
