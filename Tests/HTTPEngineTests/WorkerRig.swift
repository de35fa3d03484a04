import HTTPEngine
import LinuxSystem
import Testing

/// A worker whose turns the test runs itself, on a port of its own, at a time that the test sets.
final class WorkerRig {
    let handler = TestHandler()
    let worker: HTTPWorker<TestHandler>
    let address: SocketAddress
    /// What the clocks say; the monotonic one begins at 1,000 s.
    private(set) var time = TurnTime(
        realtimeNanoseconds: 784_111_777_000_000_000, monotonicNanoseconds: 1_000_000_000_000)
    private(set) var isRunning = true
    private var clients: [TestClient] = []

    init(
        _ address: SocketAddress? = nil, requiresProxyHeader: Bool = false,
        adjust: (inout HTTPLimits) -> Void = { _ in }
    ) throws {
        var limits = HTTPLimits()
        adjust(&limits)
        let socket = try ListenerSocket(listeningOn: address ?? .internet(.loopback, port: 0))
        let listener = HTTPListener(socket, requiresProxyHeader: requiresProxyHeader)
        self.address = listener.address
        worker = try HTTPWorker(handler: handler, listeners: [listener], limits: limits)
    }

    func connect() throws -> TestClient {
        let client = try TestClient(address)
        clients.append(client)
        return client
    }

    /// Lets the clocks go on.
    func pass(seconds: Double) {
        let nanoseconds = UInt64(seconds * 1_000_000_000)
        time = TurnTime(
            realtimeNanoseconds: time.realtimeNanoseconds + nanoseconds,
            monotonicNanoseconds: time.monotonicNanoseconds + nanoseconds)
    }

    /// Runs one turn that waits for nothing.
    func turn() throws {
        isRunning = try worker.runOneTurn(waitingAtMost: 0, at: time)
    }

    /// Runs turns until something holds, and says whether it came to hold.
    func turns(until condition: () -> Bool) throws -> Bool {
        for _ in 0..<2_000 {
            if isRunning { isRunning = try worker.runOneTurn(waitingAtMost: 2, at: time) }
            for client in clients { client.poll() }
            if condition() { return true }
        }
        return false
    }

    /// Runs so many turns, so that whatever might happen without cause has happened.
    func settle() throws {
        for _ in 0..<20 where isRunning {
            isRunning = try worker.runOneTurn(waitingAtMost: 1, at: time)
            for client in clients { client.poll() }
        }
    }

    /// Stops reading for a client: what it gets stays in the kernel.
    func ignore(_ client: TestClient) {
        clients.removeAll { $0 === client }
    }

    func value(_ name: WorkerCounters.Name) -> UInt64 {
        worker.counters.value(name)
    }
}

/// A request for a path on a connection that goes on.
func get(_ path: String, _ lines: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: t.example\r\n\(lines)\r\n"
}
