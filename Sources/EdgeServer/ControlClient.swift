import Bytes
import LinuxSystem

/// How a command speaks to the server that owns a data folder.
package struct ControlClient: Sendable {
    private let path: String

    /// Names the folder; connects when something is asked.
    package init(_ folder: DataFolder) {
        path = folder.controlSocket
    }

    /// Asks, and waits for the end.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: how long each line of the answer may take.
    ///   - interruption: calls off what was asked; a second signal doesn't wait for the server's word.
    ///   - progress: told how far the work is.
    ///   - onNote: told what somebody should know, a line each.
    /// - Returns: how things stand, or nil when no server runs or this user may not speak to it.
    /// - Throws: `EdgeError.refused` with the server's reason, `.noServer` when it stopped answering, `.interrupted`.
    package func ask(
        _ request: ControlRequest, timeoutMilliseconds: Int32, interruption: Interruption? = nil,
        progress: (UInt64, UInt64) -> Void = { _, _ in }, onNote: (String) -> Void = { _ in }
    ) throws(EdgeError) -> EdgeStanding? {
        switch try exchange(request, timeoutMilliseconds, interruption, progress, onNote) {
        case .unreached: return nil
        case .reply(.done(let standing)): return standing
        case .reply(.refused(let reason, let standing)): throw .refused(reason: reason, standing)
        case .reply(.interrupted): throw .interrupted
        case .reply: throw unanswered(interruption)
        }
    }

    /// Asks the running server to count what is there (2 s at most). Without an answer figures are as of the last
    /// commit, and say so; a server that can't count (a full disk) still says what waits.
    ///
    /// - Parameter onTrouble: told why it does not answer, in a line.
    func askToCount(onTrouble: (String) -> Void) -> EdgeStanding? {
        do throws(EdgeError) {
            return try ask(.flush, timeoutMilliseconds: 2_000)
        } catch {
            onTrouble("\(error)")
            if case .refused(_, let standing) = error { return standing }
            return nil
        }
    }

    /// Asks for an import, and waits for the end.
    ///
    /// - Parameter interruption: as `ask`.
    /// - Returns: what it came to, or nil when no server runs or this user may not speak to it.
    /// - Throws: as `ask`.
    func take(
        _ request: ControlRequest, interruption: Interruption, onNote: (String) -> Void,
        progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> ImportOutcome? {
        switch try exchange(request, 600_000, interruption, progress, onNote) {
        case .unreached: return nil
        case .reply(.taken(let outcome)): return outcome
        case .reply(.refused(let reason, let standing)): throw .refused(reason: reason, standing)
        case .reply: throw unanswered(interruption)
        }
    }

    /// Asks to forget a person, and waits for the end.
    ///
    /// - Parameter interruption: as `ask`.
    /// - Returns: what it came to, or nil when no server runs or this user may not speak to it.
    /// - Throws: as `ask`.
    func forget(
        _ request: ControlRequest, interruption: Interruption, progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> ForgettingReceipt? {
        switch try exchange(request, 600_000, interruption, progress, { _ in }) {
        case .unreached: return nil
        case .reply(.forgotten(let receipt)): return receipt
        case .reply(.refused(let reason, let standing)): throw .refused(reason: reason, standing)
        case .reply(.interrupted): throw .interrupted
        case .reply: throw unanswered(interruption)
        }
    }

    /// What came of an exchange.
    private enum Outcome {
        /// No server runs, or this user may not speak to it.
        case unreached
        /// The last reply; nil when the server closed the connection, or nobody waits for it any more.
        case reply(ControlReply?)
    }

    private func unanswered(_ interruption: Interruption?) -> EdgeError {
        if interruption?.isThere ?? false { return .interrupted }
        return .refused(reason: "it closed the connection without an answer")
    }

    private func exchange(
        _ request: ControlRequest, _ timeoutMilliseconds: Int32, _ interruption: Interruption?,
        _ progress: (UInt64, UInt64) -> Void, _ onNote: (String) -> Void
    ) throws(EdgeError) -> Outcome {
        do throws(SystemError) {
            var exchange = try ControlExchange(
                request, to: path, timeoutMilliseconds: timeoutMilliseconds, interruption: interruption)
            return .reply(
                try exchange.run { reply in
                    switch reply {
                    case .progress(let counted, let total): progress(counted, total)
                    case .note(let line): onNote(line)
                    case .done, .taken, .forgotten, .interrupted, .refused: return false
                    }
                    return true
                })
        } catch {
            if error.isNobodyListening || error.isNoPermission { return .unreached }
            throw .noServer(path: path, error)
        }
    }
}

/// One request on its connection.
private struct ControlExchange: ~Copyable {
    private let socket: ClientSocket
    private let interruption: Interruption?
    private let timeoutMilliseconds: Int32
    private var poller: Poller
    private var buffer = ByteBuffer(capacity: ControlRequest.lineBytesMax)
    private var isCalledOff = false

    /// Connects and sends the request.
    init(
        _ request: ControlRequest, to path: String, timeoutMilliseconds: Int32, interruption: Interruption?
    ) throws(SystemError) {
        let socket = try ClientSocket(connectingTo: .unix(path: path), timeoutMilliseconds: timeoutMilliseconds)
        let line = request.line
        try socket.sendAll(line.span)
        let poller = try Poller(capacity: 2)
        try poller.add(socket.rawValue, token: 0, interest: .readable)
        if let interruption { try poller.add(interruption.rawValue, token: 1, interest: .readable) }
        self.socket = socket
        self.poller = poller
        self.interruption = interruption
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Takes replies for as long as `body` asks for a further one.
    ///
    /// - Returns: the last reply; nil when the server closed the connection, or nobody waits for it any more.
    mutating func run(_ body: (ControlReply) -> Bool) throws(SystemError) -> ControlReply? {
        while true {
            while let end = buffer.withSpan({ $0.firstOffset(of: UInt8(ascii: "\n")) }) {
                let reply = buffer.withSpan(of: 0..<end) { ControlReply(line: $0) }
                buffer.removeFirst(end + 1)
                guard let reply, body(reply) else { return reply }
            }
            guard buffer.freeCapacity > 0, try receive() else { return nil }
        }
    }

    /// Waits for bytes and takes them.
    ///
    /// - Returns: false when there will be none.
    private mutating func receive() throws(SystemError) -> Bool {
        while true {
            let count = try poller.wait(timeoutMilliseconds: timeoutMilliseconds)
            guard count > 0 else { throw SystemError.timeout(in: .recv) }
            let tokens = (0..<count).map { poller.event(at: $0).token }
            if tokens.contains(0) { return try socket.receive(into: &buffer) > 0 }
            guard let interruption, interruption.isThere else { continue }
            if isCalledOff {
                if interruption.isThereAgain { return false }
                continue
            }
            isCalledOff = true
            try socket.shutdownWrite()
        }
    }
}
