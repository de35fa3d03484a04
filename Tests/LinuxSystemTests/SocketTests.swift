import Bytes
import Dispatch
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@Suite("A socket says what happened as a value")
struct SocketTests {
    /// Asks again until the answer is no `wouldBlock`; the other side has acted already.
    private func settled(_ ask: () -> ReceiveOutcome) throws -> ReceiveOutcome {
        try eventually("what the other side did", ask) { $0 != .wouldBlock }
    }

    private func accepted(_ listener: borrowing ListenerSocket) throws -> FileDescriptor {
        var poller = try Poller()
        try poller.add(listener.rawValue, token: 1, interest: .readable)
        var socket: Int32 = -1
        try eventually("a connection") {
            switch listener.accept() {
            case .connection(let raw, _): socket = raw
            case .wouldBlock, .aborted: try poller.wait(timeoutMilliseconds: 1_000)
            case .outOfDescriptors(let error), .failure(let error): throw error
            }
            return socket >= 0
        }
        return FileDescriptor(owning: socket)
    }

    private func send(_ text: String, to socket: Int32) -> SendOutcome {
        let bytes = Array(text.utf8)
        return Sockets.send(bytes.span, to: socket)
    }

    /// Containers often come without IPv6.
    static let hasIPv6: Bool = {
        guard let address = SocketAddress("[::1]:0") else { return false }
        do {
            _ = try ListenerSocket(listeningOn: address)
            return true
        } catch {
            return false
        }
    }()

    @Test(arguments: ["127.0.0.1:0", "unix"] + (hasIPv6 ? ["[::1]:0"] : []))
    func carriesBytesBothWays(_ place: String) throws {
        let folder = try TemporaryFolder()
        let wanted = place == "unix" ? SocketAddress.unix(path: folder.path + "/s") : try #require(SocketAddress(place))
        let listener = try ListenerSocket(listeningOn: wanted)
        #expect(listener.accept() == .wouldBlock)
        let client = try ClientSocket(connectingTo: listener.address, timeoutMilliseconds: 5_000)
        let server = try accepted(listener)
        var buffer = ByteBuffer(capacity: 64)
        #expect(Sockets.receive(from: server.rawValue, into: &buffer) == .wouldBlock)

        #expect(send("ping", to: client.rawValue) == .bytes(4))
        #expect(try settled { Sockets.receive(from: server.rawValue, into: &buffer) } == .bytes(4))
        #expect(buffer.toArray() == Array("ping".utf8))

        #expect(send("pong", to: server.rawValue) == .bytes(4))
        buffer.removeAll()
        #expect(try client.receive(into: &buffer) == 4)

        try client.shutdownWrite()
        buffer.removeAll()
        #expect(try settled { Sockets.receive(from: server.rawValue, into: &buffer) } == .endOfStream)
        #expect(send("late", to: server.rawValue) == .bytes(4))
        #expect(try client.receive(into: &buffer) == 4)
    }

    @Test func aPeerThatIsGoneIsAFailureAndNoSignal() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let client = try ClientSocket(connectingTo: listener.address, timeoutMilliseconds: 5_000)
        let server = try accepted(listener)
        try Sockets.setResetOnClose(client.rawValue)
        Sockets.close(client.release().release())
        var buffer = ByteBuffer(capacity: 64)
        let outcome = try settled { Sockets.receive(from: server.rawValue, into: &buffer) }
        guard case .failure(let error) = outcome else {
            Issue.record("received \(outcome)")
            return
        }
        #expect(error.isConnectionLost)
        guard case .failure(let second) = send("x", to: server.rawValue) else {
            Issue.record("a send to nobody worked")
            return
        }
        #expect(second.isConnectionLost)
    }

    @Test func aFullPeerWouldBlock() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let client = try ClientSocket(connectingTo: listener.address, timeoutMilliseconds: 5_000)
        let server = try accepted(listener)
        let chunk = [UInt8](repeating: 7, count: 65_536)
        var sent = 0
        while case .bytes(let count) = Sockets.send(chunk.span, to: server.rawValue) { sent += count }
        #expect(Sockets.send(chunk.span, to: server.rawValue) == .wouldBlock)
        var buffer = ByteBuffer(capacity: 65_536)
        var received = 0
        while received < sent {
            buffer.removeAll()
            received += try client.receive(into: &buffer)
        }
        #expect(received == sent)
    }

    @Test func twoListenersShareAPort() throws {
        let first = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let second = try ListenerSocket(listeningOn: first.address)
        #expect(first.address == second.address)
        #expect(first.address.port != 0)
    }

    @Test(.enabled(if: hasIPv6)) func aConnectionFromIPv4ToBothFamiliesHasAnIPv4Peer() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.ipv6(high: 0, low: 0), port: 0))
        let port = try #require(listener.address.port)
        let client = try ClientSocket(
            connectingTo: .internet(.loopback, port: port), timeoutMilliseconds: 5_000)
        let own = try Sockets.localAddress(of: client.rawValue)
        try eventually("a connection") {
            switch listener.accept() {
            case .connection(let raw, let peer):
                let server = FileDescriptor(owning: raw)
                #expect(peer == own)
                #expect(peer.ipAddress == .loopback)
                #expect(try Sockets.peerAddress(of: server.rawValue) == own)
                return true
            case .wouldBlock, .aborted: return false
            case .outOfDescriptors(let error), .failure(let error): throw error
            }
        }
    }

    @Test func aSocketInTheFileSystemHasItsModeAndKnowsItsPeer() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/control.sock"
        let listener = try ListenerSocket(listeningOn: .unix(path: path), permissions: 0o600)
        let status = try Files.status(path)
        #expect(status.kind == .socket)
        #expect(status.permissions == 0o600)
        let client = try ClientSocket(connectingTo: .unix(path: path), timeoutMilliseconds: 5_000)
        let server = try accepted(listener)
        #expect(try Sockets.peerUserID(of: server.rawValue) == Host.userID)
        _ = consume client
    }

    @Test("A socket in the file system is reached by a path longer than a socket's address")
    func longPath() throws {
        let folder = try TemporaryFolder()
        let deep = folder.path + "/" + String(repeating: "long-name/", count: 20)
        try Files.makeDirectories(deep)
        let path = deep + "control.sock"
        let listener = try ListenerSocket(listeningOn: .unix(path: path), permissions: 0o600)
        #expect(listener.address == .unix(path: path))
        #expect(try Files.status(path).kind == .socket && Files.status(path).permissions == 0o600)
        let client = try ClientSocket(connectingTo: .unix(path: path), timeoutMilliseconds: 5_000)
        _ = try accepted(listener)
        _ = consume client
        try Files.remove(path)
        do {
            _ = try ClientSocket(connectingTo: .unix(path: path), timeoutMilliseconds: 5_000)
            Issue.record("connected to nobody")
        } catch {
            #expect(error.isNobodyListening)
        }
    }

    @Test func errorsNameTheCallAndTheReason() throws {
        let taken = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let address = taken.address
        taken.close()
        do {
            _ = try ClientSocket(connectingTo: address, timeoutMilliseconds: 1_000)
            Issue.record("connected to nobody")
        } catch {
            #expect(error.isNobodyListening)
            #expect(error.description == "connect: Connection refused (ECONNREFUSED)")
        }
        do {
            _ = try ListenerSocket(listeningOn: .unix(path: String(repeating: "x", count: 200)))
            Issue.record("bound to a path that is too long")
        } catch {
            #expect(error.description == "bind: File name too long (ENAMETOOLONG)")
        }
    }

    @Test func aClientGivesUpInTime() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let client = try ClientSocket(connectingTo: listener.address, timeoutMilliseconds: 20)
        var buffer = ByteBuffer(capacity: 8)
        do {
            _ = try client.receive(into: &buffer)
            Issue.record("received from nobody")
        } catch {
            #expect(error.isTimeout)
        }
        #expect(buffer.toArray() == [])
    }

    @Test("Who comes to a socket in the file system while its backlog is full waits, at most as long as was said")
    func fullBacklog() throws {
        let folder = try TemporaryFolder()
        let listener = try ListenerSocket(listeningOn: .unix(path: folder.path + "/s"), backlog: 1)
        let address = listener.address
        let connected = DispatchSemaphore(value: 0)
        let failures = Mutex<[String]>([])
        var threads: [SystemThread] = []
        for _ in 0..<12 {
            threads.append(
                try SystemThread.start(name: "connects") {
                    do throws(SystemError) {
                        let client = try ClientSocket(connectingTo: address, timeoutMilliseconds: 600_000)
                        _ = Sockets.send([1].span, to: client.rawValue)
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                    connected.signal()
                })
        }
        // With nobody who accepts, one more than the backlog gets in, listen(2).
        for _ in 0..<2 { connected.wait() }
        do {
            _ = try ClientSocket(connectingTo: address, timeoutMilliseconds: 1)
            Issue.record("connected to a full backlog")
        } catch {
            #expect(error.isTimeout, "\(error)")
        }
        for number in 0..<12 where number + failures.withLock({ $0.count }) < 12 { _ = try accepted(listener) }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == [])
    }

    @Test func theLoopsCallsAllocateNothing() throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        let client = try ClientSocket(connectingTo: listener.address, timeoutMilliseconds: 5_000)
        let server = try accepted(listener)
        var poller = try Poller()
        try poller.add(server.rawValue, token: 9, interest: [.readable, .peerClosed])
        let message = Array("GET".utf8)
        var buffer = ByteBuffer(capacity: 64)
        var outcome = ReceiveOutcome.wouldBlock
        var event = PollEvent?.none
        let allocations = try allocationCount {
            _ = listener.accept()
            _ = Sockets.send(message.span, to: client.rawValue)
            try poller.wait(timeoutMilliseconds: 5_000)
            event = poller.event(at: 0)
            outcome = Sockets.receive(from: server.rawValue, into: &buffer)
            _ = SystemClock.realtimeNanoseconds()
        }
        #expect(allocations == 0)
        #expect(event?.token == 9)
        #expect(outcome == .bytes(3))
    }
}
