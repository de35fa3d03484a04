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
    ///   - progress: told how far the work is.
    /// - Returns: how things stand, or nil when no server runs or this user may not speak to it.
    /// - Throws: `EdgeError.refused` with the server's reason, `.noServer` when it stopped answering.
    package func ask(
        _ request: ControlRequest, timeoutMilliseconds: Int32, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(EdgeError) -> EdgeStanding? {
        let last: ControlReply?
        do throws(SystemError) {
            last = try exchange(request, timeoutMilliseconds: timeoutMilliseconds, progress: progress)
        } catch {
            if error.isNobodyListening || error.isNoPermission { return nil }
            throw .noServer(path: path, error)
        }
        switch last {
        case .done(let standing): return standing
        case .refused(let reason, let standing): throw .refused(reason: reason, standing)
        case .progress, .note, .taken, nil: throw .refused(reason: "it closed the connection without an answer")
        }
    }

    /// Asks for an import, and waits for the end.
    ///
    /// - Returns: what it came to, or nil when no server runs or this user may not speak to it.
    /// - Throws: as `ask`.
    func take(
        _ request: ControlRequest, onNote: (String) -> Void, progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> ImportOutcome? {
        let last: ControlReply?
        do throws(SystemError) {
            last = try exchange(request, timeoutMilliseconds: 600_000, progress: progress, onNote: onNote)
        } catch {
            if error.isNobodyListening || error.isNoPermission { return nil }
            throw .noServer(path: path, error)
        }
        switch last {
        case .taken(let outcome): return outcome
        case .refused(let reason, let standing): throw .refused(reason: reason, standing)
        case .done, .progress, .note, nil: throw .refused(reason: "it closed the connection without an answer")
        }
    }

    /// Sends the request and returns the last line of the answer.
    private func exchange(
        _ request: ControlRequest, timeoutMilliseconds: Int32, progress: (UInt64, UInt64) -> Void,
        onNote: (String) -> Void = { _ in }
    ) throws(SystemError) -> ControlReply? {
        let socket = try ClientSocket(connectingTo: .unix(path: path), timeoutMilliseconds: timeoutMilliseconds)
        let line = request.line
        try socket.sendAll(line.span)
        var buffer = ByteBuffer(capacity: ControlRequest.lineBytesMax)
        var reply = try nextReply(from: socket, &buffer)
        while true {
            switch reply {
            case .progress(let counted, let total): progress(counted, total)
            case .note(let line): onNote(line)
            case .done, .taken, .refused, nil: return reply
            }
            reply = try nextReply(from: socket, &buffer)
        }
    }

    private func nextReply(
        from socket: borrowing ClientSocket, _ buffer: inout ByteBuffer
    ) throws(SystemError) -> ControlReply? {
        while true {
            if let end = buffer.withSpan({ $0.firstOffset(of: UInt8(ascii: "\n")) }) {
                let reply = buffer.withSpan(of: 0..<end) { ControlReply(line: $0) }
                buffer.removeFirst(end + 1)
                return reply
            }
            guard buffer.freeCapacity > 0, try socket.receive(into: &buffer) > 0 else { return nil }
        }
    }
}
