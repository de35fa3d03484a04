import LinuxSystem

/// Connections that are opened and say nothing, and what each of them costs the server in memory.
enum IdleConnections {
    /// The growth of VmRSS for each of so many connections.
    static func bytesPerConnection(of server: MeasuredServer, count: Int) throws -> Double {
        _ = try Host.raiseDescriptorLimit()
        let address = SocketAddress.internet(.loopback, port: UInt16(server.port))
        let openBefore = try open(of: server)
        let before = ProcessFacts.residentBytes(server.answering) ?? 0
        var sockets: [Int32] = []
        defer { for socket in sockets { Sockets.close(socket) } }
        for _ in 0..<count {
            let client = try ClientSocket(connectingTo: address, timeoutMilliseconds: 5_000)
            let descriptor = client.release()
            sockets.append(descriptor.release())
        }
        let giveUp = SystemClock.monotonicNanoseconds() + 10_000_000_000
        while try open(of: server) < openBefore + Double(count) {
            guard SystemClock.monotonicNanoseconds() < giveUp else {
                throw BenchFailure.unavailable(server.name, why: "it did not accept \(count) connections")
            }
            SystemThread.sleep(nanoseconds: 10_000_000)
        }
        let after = ProcessFacts.residentBytes(server.answering) ?? 0
        return (Double(after) - Double(before)) / Double(count)
    }

    private static func open(of server: MeasuredServer) throws -> Double {
        try Asking.metrics(of: server).first { $0.name == "tremolo_connections" }?.value ?? 0
    }
}
