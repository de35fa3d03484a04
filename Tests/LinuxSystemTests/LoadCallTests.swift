import Bytes
import LinuxSystem
import Testing

@Suite("What a load generator asks of the kernel")
struct LoadCallTests {
    @Test("A wait in nanoseconds is not over before its time, and 0 only looks")
    func nanoseconds() throws {
        SystemThread.setTimerSlack(nanoseconds: 1)
        var poller = try Poller()
        let before = SystemClock.monotonicNanoseconds()
        try poller.wait(timeoutNanoseconds: 3_000_000)
        #expect(SystemClock.monotonicNanoseconds() - before >= 3_000_000)
        #expect(try poller.wait(timeoutNanoseconds: 0) == 0)
    }

    @Test("A wait in nanoseconds hands over what is ready")
    func ready() throws {
        let wakeup = try Wakeup()
        var poller = try Poller()
        try poller.add(wakeup.rawValue, token: 7, interest: .readable)
        wakeup.signal()
        #expect(try poller.wait(timeoutNanoseconds: 60_000_000_000) == 1)
        #expect(poller.event(at: 0) == PollEvent(token: 7, readiness: .readable))
        #expect(try poller.wait(timeoutNanoseconds: -1) == 1)
    }

    @Test("A connection that was begun comes from the address that was asked for, and is made by the kernel")
    func beginConnecting() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let source = IPAddress.ipv4(0x7F00_0009)
        let socket = try Sockets.beginConnecting(to: listener.address, from: source)
        let client = FileDescriptor(owning: socket)
        var poller = try Poller()
        try poller.add(listener.rawValue, token: 1, interest: .readable)
        try poller.wait(timeoutMilliseconds: 20_000)
        guard case .connection(let accepted, let peer) = listener.accept() else {
            Issue.record("nobody came")
            return
        }
        let server = FileDescriptor(owning: accepted)
        #expect(peer.ipAddress == source)
        #expect(Sockets.send([1, 2, 3].span, to: client.rawValue) == .bytes(3))
        var room = ByteBuffer(capacity: 8)
        try poller.add(server.rawValue, token: 2, interest: .readable)
        try poller.wait(timeoutMilliseconds: 20_000)
        #expect(Sockets.receive(from: server.rawValue, into: &room) == .bytes(3))
    }

    @Test("A connection that nobody takes fails with the first send, or at once")
    func refused() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let address = listener.address
        listener.close()
        do throws(SystemError) {
            let client = FileDescriptor(owning: try Sockets.beginConnecting(to: address))
            var poller = try Poller()
            try poller.add(client.rawValue, token: 1, interest: .writable)
            try poller.wait(timeoutMilliseconds: 20_000)
            guard case .failure(let error) = Sockets.send([1].span, to: client.rawValue) else {
                Issue.record("somebody took it")
                return
            }
            #expect(error.isNobodyListening || error.isConnectionLost)
        } catch {
            #expect(error.isNobodyListening)
        }
    }
}
