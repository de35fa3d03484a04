import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@Suite("Where a PROXY header is required, a connection begins with one, or ends")
struct ProxyConnectionTests {
    private static let header = "PROXY TCP4 192.0.2.1 198.51.100.2 1024 443\r\n"
    private static let client = IPAddress.ipv4(0xC000_0201)

    private func rig(adjust: (inout HTTPLimits) -> Void = { _ in }) throws -> WorkerRig {
        let rig = try WorkerRig(requiresProxyHeader: true, adjust: adjust)
        rig.handler.trusts = true
        return rig
    }

    @Test("It comes with the first request, before it, or byte by byte", arguments: [1, 10, 45, 60, 1_000])
    func comesInPieces(_ size: Int) throws {
        let rig = try rig()
        let client = try rig.connect()
        let bytes = Array((Self.header + get("/a") + get("/b")).utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            client.send(Array(bytes[start..<min(start + size, bytes.count)]))
            try rig.turn()
        }
        #expect(try rig.turns { client.responses().count == 2 })
        #expect(rig.handler.events.filter { $0 == "open" }.count == 1)
        #expect(rig.handler.events.first == "open")
        #expect(rig.handler.opened.map(\.address) == [Self.client])
        #expect(rig.handler.opened.map(\.port) == [1_024])
        #expect(rig.handler.opened.allSatisfy { $0.isTrusted })
        client.send(get("/c"))
        #expect(try rig.turns { client.responses().map(\.body) == ["/a", "/b", "/c"] })
    }

    @Test("Version 2 carries the address, and LOCAL and UNKNOWN keep the peer's")
    func versions() throws {
        let rig = try rig()
        let tls = BinaryProxyHeader(vectors: [(0x20, [1, 0, 0, 0, 0])]).bytes
        let local = BinaryProxyHeader(versionAndCommand: 0x20).bytes
        for header in [tls, local, Array("PROXY UNKNOWN\r\n".utf8)] {
            let client = try rig.connect()
            client.send(header + Array(get("/a").utf8))
            #expect(try rig.turns { client.responses().count == 1 })
        }
        #expect(rig.handler.opened.map(\.address) == [Self.client, .loopback, .loopback])
        #expect(rig.handler.opened.map(\.scheme) == [.https, .unknown, .unknown])
        #expect(rig.handler.opened[0].port == 1_024 && rig.handler.opened[1].port != 0)
    }

    @Test(
        "What is no header is closed without an answer and counted",
        arguments: [
            get("/a"), "PROXY TCP4 192.0.2.1\r\n" + get("/a"), "P", "\r\n\r\n\0\r\nQUIT\nx" + get("/a"),
            String(repeating: "x", count: 20_000), header + "x",
        ])
    func malformed(_ text: String) throws {
        let rig = try rig()
        let client = try rig.connect()
        client.send(text)
        if text == "P" {
            // Half a header and the end.
            try client.endSending()
            #expect(try rig.turns { client.hasEnded })
            #expect(rig.value(.malformedProxyHeaders) == 0)
        } else if text.hasPrefix(Self.header) {
            // A whole one, and then nonsense: that is a bad request, which gets its answer.
            client.send("\n\n")
            #expect(try rig.turns { client.responses().map(\.status) == [400] })
            #expect(rig.value(.malformedProxyHeaders) == 0)
            return
        } else {
            #expect(try rig.turns { client.hasEnded || client.failure != nil })
            #expect(rig.value(.malformedProxyHeaders) == 1)
        }
        #expect(client.received.isEmpty)
        #expect(rig.handler.events.isEmpty)
        #expect(rig.value(.open) == 0)
        #expect(rig.value(.requests) == 0)
    }

    @Test("Who is not trusted is closed at once, whatever it sends, and takes nobody's place")
    func untrusted() throws {
        let rig = try rig { $0.connectionCountMax = 1 }
        let proxy = try rig.connect()
        proxy.send(Self.header + get("/a"))
        #expect(try rig.turns { proxy.responses().count == 1 })
        proxy.send(get("/b", "Connection: close\r\n"))
        #expect(try rig.turns { proxy.hasEnded })
        rig.handler.trusts = false
        let stranger = try rig.connect()
        stranger.send(Self.header + get("/a"))
        #expect(try rig.turns { stranger.hasEnded || stranger.failure != nil })
        #expect(stranger.received.isEmpty)
        #expect(rig.value(.untrustedPeers) == 1 && rig.value(.shed) == 0)
        #expect(rig.handler.events.filter { $0 == "open" }.count == 1)
    }

    @Test("A header that trickles in has the time of a head, and so has none at all")
    func slow() throws {
        let rig = try rig()
        let silent = try rig.connect()
        let slow = try rig.connect()
        slow.send("PROXY TCP4 ")
        try rig.settle()
        for _ in 0..<9 {
            rig.pass(seconds: 1)
            slow.send("1")
            try rig.settle()
        }
        #expect(!slow.hasEnded && !silent.hasEnded)
        rig.pass(seconds: 1)
        #expect(try rig.turns { rig.value(.open) == 0 })
        #expect(try rig.turns { (slow.hasEnded || slow.failure != nil) && silent.hasEnded })
        #expect(slow.received.isEmpty && silent.received.isEmpty)
        #expect(rig.value(.headTimeouts) == 2)
        #expect(rig.value(.heldBytes) == 0)
    }

    @Test("A connection whose header came may idle as any other")
    func idles() throws {
        let rig = try rig()
        let client = try rig.connect()
        client.send(Self.header)
        #expect(try rig.turns { rig.handler.events == ["open"] })
        rig.pass(seconds: 60)
        try rig.settle()
        client.send(get("/a"))
        #expect(try rig.turns { client.responses().count == 1 })
    }

    @Test("Where none is required, one is no request")
    func neverSniffed() throws {
        let rig = try WorkerRig()
        rig.handler.trusts = true
        let client = try rig.connect()
        client.send(Self.header + get("/a"))
        #expect(try rig.turns { client.responses().map(\.status) == [400] })
        #expect(rig.handler.opened.map(\.address) == [.loopback])
    }

    @Test("It costs no allocation")
    func allocations() throws {
        let rig = try rig()
        var allocations = 0
        let header = BinaryProxyHeader(hasChecksum: true).bytes
        let request = Array(get("/tremclk?sec=1", "Connection: close\r\n").utf8)
        for round in 0..<10 {
            let client = try TestClient(rig.address)
            client.send(header)
            let made = try allocationCount { try rig.worker.runOneTurn(waitingAtMost: 0, at: rig.time) }
            client.send(request)
            for _ in 0..<3 { try rig.worker.runOneTurn(waitingAtMost: 0, at: rig.time) }
            // What the handler of the tests keeps in its lists is its own.
            if round >= 2 { allocations += made }
            rig.handler.events.removeAll(keepingCapacity: true)
            rig.handler.opened.removeAll(keepingCapacity: true)
        }
        #expect(allocations == 0)
        #expect(rig.value(.requests) == 10)
    }
}
