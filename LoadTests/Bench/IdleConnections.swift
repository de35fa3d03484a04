import LinuxSystem

/// Connections that are opened and say nothing, and what each of them costs the server in memory.
struct IdleConnections {
    private let sockets: [Int32]

    /// Opens so many; those that a failure leaves half-way are closed again.
    init(to server: MeasuredServer, count: Int) throws {
        _ = try Host.raiseDescriptorLimit()
        let address = SocketAddress.internet(.loopback, port: UInt16(server.port))
        var sockets: [Int32] = []
        do {
            for _ in 0..<count {
                let client = try ClientSocket(connectingTo: address, timeoutMilliseconds: 5_000)
                let descriptor = client.release()
                sockets.append(descriptor.release())
            }
        } catch {
            for socket in sockets { Sockets.close(socket) }
            throw error
        }
        self.sockets = sockets
    }

    /// Closes them.
    func close() {
        for socket in sockets { Sockets.close(socket) }
    }

    /// The growth of the edge's VmRSS for each of so many connections.
    static func bytesPerConnection(of edge: MeasuredServer, count: Int) throws -> Double {
        let openBefore = try open(of: edge)
        let before = ProcessFacts.residentBytes(edge.answering) ?? 0
        let connections = try IdleConnections(to: edge, count: count)
        defer { connections.close() }
        let giveUp = SystemClock.monotonicNanoseconds() + 10_000_000_000
        while try open(of: edge) < openBefore + Double(count) {
            guard SystemClock.monotonicNanoseconds() < giveUp else {
                throw BenchFailure.unavailable(edge.name, why: "it did not accept \(count) connections")
            }
            SystemThread.sleep(nanoseconds: 10_000_000)
        }
        let after = ProcessFacts.residentBytes(edge.answering) ?? 0
        return (Double(after) - Double(before)) / Double(count)
    }

    private static func open(of edge: MeasuredServer) throws -> Double {
        try Asking.metrics(of: edge).filter { $0.name == "tremolo_connections" }.reduce(0) { $0 + $1.value }
    }
}
