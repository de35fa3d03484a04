import Bytes
import LinuxSystem
import TestSupport
import Testing

@testable import HTTPEngine

/// A handler that does nothing on the heap.
private final class QuietHandler: HTTPHandler, HTTPCommitter {
    private let pixel = PreparedResponse(status: .ok, contentType: "image/gif", body: [1, 2, 3])

    func turnWillBegin(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64) {}
    func connectionOpened(_ facts: inout ConnectionFacts) {}
    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts) -> Int {
        0
    }

    func respond(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, from facts: inout ConnectionFacts,
        into response: inout ResponseWriter
    ) {
        if head.query == nil { return response.respond(pixel) }
        response.begin(.found)
        response.header("Location", bytes.extracting(head.target.offsets))
        response.finish()
    }

    var committer: QuietHandler { self }
    func commit() {}
    func tick() {}
    func takenOver() {}
    func wasTakenOver() {}
    func finish() {}
    func requestRejected(
        _ rejection: HTTPRejection, from facts: inout ConnectionFacts, into response: inout ResponseWriter
    ) {}
}

@Suite("A request costs no allocation")
struct CostTests {
    @Test(arguments: [1, 10])
    func keepAliveAfterWarmUp(clients count: Int) throws {
        let listener = HTTPListener(try ListenerSocket(listeningOn: .internet(.loopback, port: 0)))
        let worker = try HTTPWorker(handler: QuietHandler(), listeners: [listener])
        let request = Array(
            (get("/tremop", "User-Agent: x\r\n") + get("/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example")).utf8)
        let clients = try (0..<count).map { _ in try TestClient(listener.address) }
        var allocations = 0
        for round in 0..<20 {
            for client in clients { client.send(request) }
            let made = try allocationCount {
                for _ in 0..<3 { try worker.runOneTurn(waitingAtMost: 0) }
            }
            if round >= 2 { allocations += made }
        }
        #expect(allocations == 0)
        #expect(worker.counters.value(.requests) == UInt64(count * 20 * 2))
        for client in clients { client.poll() }
        #expect(clients.allSatisfy { $0.responses().count == 40 })
    }

    @Test func newConnectionsAfterWarmUp() throws {
        let listener = HTTPListener(try ListenerSocket(listeningOn: .internet(.loopback, port: 0)))
        let worker = try HTTPWorker(handler: QuietHandler(), listeners: [listener])
        let request = Array(get("/tremclk?sec=1", "Connection: close\r\n").utf8)
        var allocations = 0
        for round in 0..<10 {
            let client = try TestClient(listener.address)
            client.send(request)
            let made = try allocationCount {
                for _ in 0..<3 { try worker.runOneTurn(waitingAtMost: 0) }
            }
            if round >= 2 { allocations += made }
        }
        #expect(allocations == 0)
        #expect(worker.counters.value(.requests) == 10)
    }

    @Test func aListenerIsAskedForAsManyAsAreExpected() {
        var arrivals = ListenerArrivals(expected: 128)
        arrivals.note(3, of: 128)
        #expect(arrivals.expected == 3)
        arrivals.note(3, of: 3)
        #expect(arrivals.expected == 6)
        arrivals.note(0, of: 6)
        #expect(arrivals.expected == 1)
        var looks = 0
        for _ in 0..<80 {
            if arrivals.expected > 1 { looks += 1 }
            arrivals.note(1, of: arrivals.expected)
        }
        // One by one: every ninth turn asks once too often.
        #expect((7...9).contains(looks))
        for _ in 0..<16 { arrivals.note(arrivals.expected, of: arrivals.expected) }
        #expect(arrivals.expected >= 128)
    }

    @Test func anIdleConnectionIsSmall() {
        #expect(MemoryLayout<Connection>.stride <= 300)
    }
}
