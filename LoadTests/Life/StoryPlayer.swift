import Bytes
package import LinuxSystem
import LoadEngine

/// Plays a story to a server through its HTTP port, each request at its own time by the server's clock.
///
/// One request is under way at a time: the clock is set, the request sent, its answer read. So every event has exactly
/// the time of the story, however fast it is played. Requests of one address go over one connection for as long as it
/// is kept.
package struct StoryPlayer: ~Copyable {
    /// Why a story can't be played to its end.
    package enum Failure: Error, Equatable {
        /// The server can't be reached, or breaks off.
        case system(SystemError)
        /// It answers a request, by its place in the story, with another status than it has to, or 0 where the answer
        /// can't be read.
        case answer(place: Int, status: Int)
        /// What was sent can't be told.
        case sends(String)
    }

    private let server: SocketAddress
    private let clock: ClockFile
    private let start: UInt64
    private var connections: [UInt32: Connection] = [:]
    private var order: [UInt32] = []
    /// Few enough for the descriptors of a process, enough for all that happens within the seconds that rules look at.
    private static let connectionsMax = 400
    private static let timeoutMilliseconds: Int32 = 30_000

    private final class Connection {
        let socket: ClientSocket
        var received = ByteBuffer(capacity: 16_384)

        init(_ server: SocketAddress, from address: UInt32) throws(SystemError) {
            socket = try ClientSocket(
                connectingTo: server, from: .ipv4(address), timeoutMilliseconds: StoryPlayer.timeoutMilliseconds)
        }
    }

    /// Begins a story.
    ///
    /// - Parameters:
    ///   - server: the edge's port on the loopback.
    ///   - clock: the server's clock, which reads at most `startNanoseconds`.
    ///   - startNanoseconds: when the story begins, nanoseconds since 1970.
    package init(server: SocketAddress, clock: consuming ClockFile, startNanoseconds: UInt64) {
        self.server = server
        self.clock = clock
        start = startNanoseconds
    }

    /// Plays all of a story. The clock stays at its last request.
    ///
    /// - Parameters:
    ///   - send: tells the server, whose clock reads the time, of messages that went out.
    ///   - progress: called after each request with how many were answered.
    package mutating func play(
        _ story: LifeStory, send: (LifeSend) throws(Failure) -> Void, progress: (Int) -> Void = { _ in }
    ) throws(Failure) {
        var sends = story.sends[...]
        for (place, request) in story.requests.enumerated() {
            while let next = sends.first, next.timeNanoseconds <= request.timeNanoseconds {
                clock.set(nanoseconds: start + next.timeNanoseconds)
                try send(next)
                sends.removeFirst()
            }
            clock.set(nanoseconds: start + request.timeNanoseconds)
            let status = try ask(request)
            guard status == request.status else { throw .answer(place: place, status: status) }
            progress(place + 1)
        }
    }

    /// Lets the clock run on, for what is behind the story.
    ///
    /// - Parameter nanoseconds: since 1970.
    package func setClock(_ nanoseconds: UInt64) { clock.set(nanoseconds: nanoseconds) }

    private mutating func ask(_ request: LifeRequest) throws(Failure) -> Int {
        let isKept = connections[request.address] != nil
        do throws(SystemError) {
            return try exchange(request, over: try connection(from: request.address))
        } catch {
            // A server may close a connection that rests; what it did not take is asked again.
            guard isKept, error.isConnectionLost else { throw .system(error) }
        }
        connections[request.address] = nil
        order.removeAll { $0 == request.address }
        do throws(SystemError) {
            return try exchange(request, over: try connection(from: request.address))
        } catch {
            throw .system(error)
        }
    }

    private mutating func connection(from address: UInt32) throws(SystemError) -> Connection {
        if let kept = connections[address] { return kept }
        if order.count == Self.connectionsMax { connections[order.removeFirst()] = nil }
        let made = try Connection(server, from: address)
        connections[address] = made
        order.append(address)
        return made
    }

    /// - Returns: the answer's status; 0 when it is no answer.
    private func exchange(_ request: LifeRequest, over connection: Connection) throws(SystemError) -> Int {
        try connection.socket.sendAll(request.bytes.span)
        connection.received.removeAll()
        while true {
            switch connection.received.withSpan({ ResponseHead.read($0) }) {
            case .complete(let head):
                let whole = head.byteCount + (request.isHead ? 0 : head.contentLength ?? 0)
                if connection.received.count >= whole { return head.status }
                // The longest answer is a page of a few KiB.
                if whole > connection.received.capacity { return 0 }
            case .rejected: return 0
            case .incomplete:
                if connection.received.freeCapacity == 0 { return 0 }
            }
            if try connection.socket.receive(into: &connection.received) == 0 {
                throw SystemError.connectionLost(in: .recv)
            }
        }
    }
}
