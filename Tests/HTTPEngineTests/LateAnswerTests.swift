import Bytes
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@Suite("A request whose answer another thread gives")
struct LateAnswerTests {
    private static func text(_ text: String) -> @Sendable (inout ResponseWriter) -> Void {
        { response in
            response.begin(.accepted)
            let body = Array(text.utf8)
            response.finish(contentType: "text/plain", body: body.span)
        }
    }

    @Test("It waits, others are answered meanwhile, and the connection goes on behind it")
    func order() throws {
        let rig = try WorkerRig()
        let (client, other) = (try rig.connect(), try rig.connect())
        client.send(get("/a") + get("/later") + get("/b"))
        #expect(try rig.turns { rig.handler.tickets.count == 1 && client.responses().count == 1 })
        client.send(get("/c"))
        other.send(get("/d"))
        #expect(try rig.turns { other.responses().count == 1 })
        try rig.settle()
        #expect(client.responses().map(\.body) == ["/a"])
        #expect(!rig.handler.events.contains("/b"))
        rig.handler.tickets[0].answer(Self.text("late"))
        #expect(try rig.turns { client.responses().count == 4 })
        #expect(client.responses().map(\.body) == ["/a", "late", "/b", "/c"])
        #expect(client.responses().map(\.status) == [200, 202, 200, 200])
        #expect(!client.hasEnded)
    }

    @Test("A second answer, and one to somebody who is gone, are dropped")
    func dropped() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/later"))
        #expect(try rig.turns { rig.handler.tickets.count == 1 })
        for word in ["one", "two"] { rig.handler.tickets[0].answer(Self.text(word)) }
        #expect(try rig.turns { client.responses().count == 1 })
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 2 })
        #expect(client.responses().map(\.body) == ["one", "/a"])
        rig.handler.tickets[0].answer(Self.text("three"))
        client.send(get("/later"))
        #expect(try rig.turns { rig.handler.tickets.count == 2 })
        rig.pass(seconds: 21)
        #expect(try rig.turns { client.hasEnded })
        rig.handler.tickets[1].answer(Self.text("four"))
        let next = try rig.connect()
        next.send(get("/b"))
        #expect(try rig.turns { next.responses().count == 1 })
        try rig.settle()
        #expect(next.responses().map(\.body) == ["/b"])
    }

    @Test("One that does not come in time is 503, and the connection ends")
    func timeout() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/later"))
        #expect(try rig.turns { rig.handler.tickets.count == 1 })
        rig.pass(seconds: 19)
        try rig.settle()
        #expect(client.responses().isEmpty)
        rig.pass(seconds: 1.1)
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.status) == [503])
    }

    @Test("A client that has ended its side gets it all the same, then the end")
    func halfClosed() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/later"))
        try client.endSending()
        #expect(try rig.turns { rig.handler.tickets.count == 1 })
        try rig.settle()
        #expect(!client.hasEnded)
        rig.handler.tickets[0].answer(Self.text("late"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.body) == ["late"])
    }

    @Test("A request with a body, of HTTP/1.0, and one that asks for the end")
    func kinds() throws {
        let rig = try WorkerRig()
        let (body, old, ending) = (try rig.connect(), try rig.connect(), try rig.connect())
        body.send("PUT /collect HTTP/1.1\r\nHost: t.example\r\nContent-Length: 3\r\n\r\nab")
        try rig.settle()
        body.send("c" + get("/a"))
        old.send("GET /later HTTP/1.0\r\n\r\n")
        ending.send(get("/later", "Connection: close\r\n"))
        #expect(try rig.turns { rig.handler.tickets.count == 3 })
        for ticket in rig.handler.tickets { ticket.answer(Self.text("late")) }
        #expect(try rig.turns { body.responses().count == 2 && old.hasEnded && ending.hasEnded })
        #expect(body.responses().map(\.body) == ["late", "/a"])
        #expect(rig.handler.bodies.contains("abc"))
        #expect(old.responses().map(\.body) == ["late"])
        #expect(ending.responses().first?.headers["Connection"] == "close")
    }

    @Test("A worker that ends waits for it")
    func drain() throws {
        let rig = try WorkerRig()
        let client = try rig.connect()
        client.send(get("/later"))
        #expect(try rig.turns { rig.handler.tickets.count == 1 })
        let now = rig.time.monotonicNanoseconds
        rig.worker.control.drain(closeListenersAt: now, finishBy: now + 10_000_000_000)
        try rig.settle()
        #expect(rig.isRunning)
        rig.handler.tickets[0].answer(Self.text("late"))
        #expect(try rig.turns { client.hasEnded })
        #expect(client.responses().map(\.body) == ["late"])
        #expect(client.responses().first?.headers["Connection"] == "close")
        // The client has not closed its side: it is waited for a while.
        rig.pass(seconds: 3)
        try rig.settle()
        #expect(!rig.isRunning)
    }
}
