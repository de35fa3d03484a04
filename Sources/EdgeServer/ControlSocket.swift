import Bytes
import LinuxSystem
import Synchronization

/// The socket through which commands reach the running server: `control.sock`, mode 0600, one request a connection.
///
/// Each request has a thread of its own, so that however many rebuilds and forgettings wait, a refusal does not.
final class ControlSocket: Sendable {
    private let path: String
    private let stop: Wakeup
    private let thread: SystemThread

    /// Listens, replacing what a dead process left: the folder's lock says that no other is alive.
    ///
    /// - Parameter answer: does what is asked and sends replies; the last one is neither `.progress` nor `.note`.
    init(
        _ folder: DataFolder, answer: @escaping ControlAnswer
    ) throws(EdgeError) {
        path = folder.controlSocket
        do throws(SystemError) {
            do throws(SystemError) {
                try Files.remove(path)
            } catch {
                if !error.isNotFound { throw error }
            }
            let listener = try ListenerSocket(listeningOn: .unix(path: path), permissions: 0o600)
            let acceptor = ControlAcceptor(listener: listener, stop: try Wakeup(), answer: answer)
            stop = acceptor.stop
            thread = try SystemThread.start(name: "control") { acceptor.run() }
        } catch {
            throw .file(path: path, error)
        }
    }

    /// Stops listening at a socket that nobody finds any more. Requests that were accepted are answered.
    func abandon() {
        stop.signal()
        thread.join()
    }

    /// Stops listening and removes the socket. Requests that were accepted are answered.
    func close() {
        abandon()
        do throws(SystemError) {
            try Files.remove(path)
        } catch {
            // Somebody removed it before: there is nothing left to do.
        }
    }
}

/// Does what a request asks for and sends replies; may ask whether the command has ended its side.
typealias ControlAnswer =
    @Sendable (ControlRequest, @escaping @Sendable () -> Bool, @escaping @Sendable (ControlReply) -> Void) -> Void

/// The thread that accepts commands.
private final class ControlAcceptor: Sendable {
    let stop: Wakeup
    private let listener: ListenerSocket
    private let underWay = Atomic(0)
    private let answer: ControlAnswer

    init(
        listener: consuming ListenerSocket, stop: Wakeup,
        answer: @escaping ControlAnswer
    ) {
        self.listener = listener
        self.stop = stop
        self.answer = answer
    }

    /// Accepts until it is told to stop or the listener breaks.
    func run() {
        do throws(SystemError) {
            var poller = try Poller(capacity: 2)
            try poller.add(listener.rawValue, token: 0, interest: .readable)
            try poller.add(stop.rawValue, token: 1, interest: .readable)
            while true {
                let count = try poller.wait(timeoutMilliseconds: -1)
                for index in 0..<count where poller.event(at: index).token == 1 { return }
                if !acceptAll() { SystemThread.sleep(nanoseconds: Self.acceptPauseNanoseconds) }
            }
        } catch {
            // Without a poller there are no commands; the edge itself does not need them.
        }
    }

    /// - Returns: false when somebody waits and can't be accepted: the poller would tell of them again at once.
    private func acceptAll() -> Bool {
        while underWay.load(ordering: .relaxed) < Self.requestsMax {
            switch listener.accept() {
            case .connection(let raw, _): begin(raw)
            case .wouldBlock: return true
            case .aborted: continue
            case .outOfDescriptors, .failure: return false
            }
        }
        return false
    }

    private func begin(_ raw: Int32) {
        underWay.add(1, ordering: .relaxed)
        do throws(SystemError) {
            _ = try SystemThread.start(name: "command") { [self] in
                Self.serve(raw, answer)
                underWay.subtract(1, ordering: .relaxed)
            }
        } catch {
            underWay.subtract(1, ordering: .relaxed)
            Self.send(.refused(reason: "no thread is to be had: \(error.reason)"), to: raw)
            Sockets.close(raw)
        }
    }

    private static let acceptPauseNanoseconds: UInt64 = 100_000_000
    /// As many as are likely to wait for one another; who comes then waits in the socket's backlog.
    private static let requestsMax = 128

    private static func serve(_ raw: Int32, _ answer: ControlAnswer) {
        defer { Sockets.close(raw) }
        guard (try? Sockets.setNonblocking(raw, false)) != nil else { return }
        var buffer = ByteBuffer(capacity: ControlRequest.lineBytesMax)
        var end: Int?
        while end == nil, buffer.freeCapacity > 0 {
            guard case .bytes = Sockets.receive(from: raw, into: &buffer) else { return }
            end = buffer.withSpan { $0.firstOffset(of: UInt8(ascii: "\n")) }
        }
        guard let end, let request = buffer.withSpan(of: 0..<end, { ControlRequest(line: $0) }) else {
            send(.refused(reason: "this is no request that the server knows"), to: raw)
            return
        }
        answer(request, { Sockets.peerHasEnded(raw) }) { send($0, to: raw) }
    }

    /// Sends a reply. A command that went away needs none.
    private static func send(_ reply: ControlReply, to raw: Int32) {
        let line = reply.line
        var sent = 0
        while sent < line.count {
            guard case .bytes(let count) = Sockets.send(line.span.extracting(sent..<line.count), to: raw) else {
                return
            }
            sent += count
        }
    }
}
