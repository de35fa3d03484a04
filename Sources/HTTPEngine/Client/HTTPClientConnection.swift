import Bytes
package import LinuxSystem

/// A request that this process makes.
package struct HTTPClientRequest: Sendable {
    /// Such as `GET`.
    package var method: String
    /// What is asked for: a path and maybe a query, percent-encoded.
    package var target: String
    /// Fields beside `Host` and `Content-Length`.
    package var fields: [(name: String, value: String)]

    /// Makes a request.
    package init(_ method: String, _ target: String, fields: [(name: String, value: String)] = []) {
        self.method = method
        self.target = target
        self.fields = fields
    }
}

/// What came back.
package struct HTTPAnswer: Sendable {
    /// Status and fields.
    package let head: HTTPAnswerHead
    /// The body, whole.
    package let body: [UInt8]
}

/// A connection over which this process asks an HTTP/1.1 server, one request after the other (RFC 9112).
///
/// It blocks, with a timeout for each send and receive and a deadline for the whole of an exchange: for threads that
/// may wait, never for a worker. An error ends the connection: what was asked may have been done or not, and only the
/// caller knows whether to ask again.
package struct HTTPClientConnection: ~Copyable {
    private let socket: ClientSocket
    private let host: String
    /// What came and was not used yet.
    private var received = ByteBuffer(capacity: receiveBytes)
    /// False when the connection can't carry another request.
    package private(set) var isReusable = true

    private static let receiveBytes = 65_536
    /// Most bytes of an answer's head.
    private static let headBytesMax = 32_768

    /// Connects.
    ///
    /// - Parameters:
    ///   - host: as `Host` names it, with the port where it is not the usual one.
    ///   - timeoutMilliseconds: for connecting, and then for each send and receive.
    package init(
        connectingTo address: SocketAddress, host: String, timeoutMilliseconds: Int32
    ) throws(HTTPClientError) {
        do throws(SystemError) {
            let connected = try ClientSocket(connectingTo: address, timeoutMilliseconds: timeoutMilliseconds)
            // The body leaves behind the head, without a word of the peer on that one.
            try Sockets.setNoDelay(connected.rawValue)
            socket = connected
        } catch {
            throw .unreachable(error)
        }
        self.host = host
    }

    /// The socket's number, for the calls of `Sockets`.
    package var rawValue: Int32 { socket.rawValue }

    /// Asks, and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - bodyCount: bytes of the body, or nil for a request without one.
    ///   - answerBytesMax: most bytes of body that the answer may have.
    ///   - deadlineNanoseconds: of the monotonic clock; looked at between sends and receives.
    ///   - isPatient: the answer may begin whenever it does before the deadline, with silence before it.
    ///   - body: hands the body over, `bodyCount` bytes in pieces of any size.
    package mutating func exchange(
        _ request: HTTPClientRequest, bodyCount: Int? = nil, answerBytesMax: Int, deadlineNanoseconds: UInt64,
        isPatient: Bool = false,
        body: ((Span<UInt8>) throws(HTTPClientError) -> Void) throws(HTTPClientError) -> Void = { _ in }
    ) throws(HTTPClientError) -> HTTPAnswer {
        precondition(isReusable, "a connection that broke off is not used again")
        isReusable = false
        let head = try Self.head(of: request, host: host, bodyCount: bodyCount)
        var sendFailure: HTTPClientError?
        do throws(HTTPClientError) {
            try send(head.span, by: deadlineNanoseconds)
            if let bodyCount {
                var sent = 0
                try body { piece throws(HTTPClientError) in
                    sent += piece.count
                    try send(piece, by: deadlineNanoseconds)
                }
                precondition(sent == bodyCount, "a body has as many bytes as its request says")
            }
        } catch {
            // A server that refuses need not read the body to its end: its answer may be there all the same.
            guard case .broken(let reason) = error, reason.isConnectionLost else { throw error }
            sendFailure = error
        }
        do throws(HTTPClientError) {
            let answer = try receiveAnswer(
                answersHead: request.method == "HEAD", bytesMax: answerBytesMax, by: deadlineNanoseconds,
                isPatient: isPatient)
            isReusable = answer.head.keepsAlive && received.isEmpty && sendFailure == nil
            return answer
        } catch {
            throw sendFailure ?? error
        }
    }

    private static func head(
        of request: HTTPClientRequest, host: String, bodyCount: Int?
    ) throws(HTTPClientError) -> [UInt8] {
        var lines = ["\(request.method) \(request.target) HTTP/1.1", "Host: \(host)"]
        lines += request.fields.map { "\($0.name): \($0.value)" }
        if let bodyCount { lines.append("Content-Length: \(bodyCount)") }
        for line in lines where line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw .unsendable("a control character stands in \(line.prefix { $0.isLetter || $0 == "-" })")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private borrowing func send(_ bytes: Span<UInt8>, by deadline: UInt64) throws(HTTPClientError) {
        var sent = 0
        while sent < bytes.count {
            guard SystemClock.monotonicNanoseconds() < deadline else { throw .overdue }
            let end = min(bytes.count, sent + Self.receiveBytes)
            do throws(SystemError) {
                try socket.sendAll(bytes.extracting(sent..<end))
            } catch {
                throw .broken(error)
            }
            sent = end
        }
    }

    /// Receives more bytes; false when no more come.
    private mutating func receive(by deadline: UInt64) throws(HTTPClientError) -> Bool {
        guard SystemClock.monotonicNanoseconds() < deadline else { throw .overdue }
        do throws(SystemError) {
            return try socket.receive(into: &received) > 0
        } catch {
            throw .broken(error)
        }
    }

    /// Waits for the first bytes of an answer, or for the deadline.
    private mutating func awaitFirst(by deadline: UInt64) throws(HTTPClientError) {
        while received.isEmpty {
            do throws(HTTPClientError) {
                guard try receive(by: deadline) else { throw .closed }
            } catch {
                guard case .broken(let reason) = error, reason.isTimeout else { throw error }
            }
        }
    }

    private mutating func receiveAnswer(
        answersHead: Bool, bytesMax: Int, by deadline: UInt64, isPatient: Bool
    ) throws(HTTPClientError) -> HTTPAnswer {
        if isPatient { try awaitFirst(by: deadline) }
        while true {
            let head = try receiveHead(answersHead: answersHead, by: deadline)
            // What is said in between is no answer (RFC 9110, 15.2).
            if head.status < 200 { continue }
            var body: [UInt8] = []
            switch head.framing {
            case .length(let count):
                guard count <= bytesMax else { throw .tooLong(limitBytes: bytesMax) }
                body.reserveCapacity(count)
                try receiveBody(into: &body, count: count, by: deadline)
            case .toEnd: try receiveBody(into: &body, bytesMax: bytesMax, by: deadline)
            case .chunked: try receiveChunks(into: &body, bytesMax: bytesMax, by: deadline)
            }
            return HTTPAnswer(head: head, body: body)
        }
    }

    private mutating func receiveHead(answersHead: Bool, by deadline: UInt64) throws(HTTPClientError) -> HTTPAnswerHead
    {
        var looked = 0
        while true {
            let end = received.withSpan { bytes in bytes.endOfHead(from: looked) }
            if let end {
                let head = try received.withSpan(of: 0..<end) { bytes throws(HTTPClientError) in
                    try HTTPAnswerHead(bytes, answersHead: answersHead)
                }
                received.removeFirst(end)
                return head
            }
            looked = max(0, received.count - 3)
            guard received.count < Self.headBytesMax else { throw .malformed("its head is too long") }
            guard try receive(by: deadline) else {
                throw received.isEmpty ? .closed : .malformed("it ends in its head")
            }
        }
    }

    private mutating func receiveBody(
        into body: inout [UInt8], count: Int, by deadline: UInt64
    ) throws(HTTPClientError) {
        while body.count < count {
            if received.isEmpty, try !receive(by: deadline) { throw .malformed("it ends in its body") }
            take(min(count - body.count, received.count), into: &body)
        }
    }

    private mutating func receiveBody(
        into body: inout [UInt8], bytesMax: Int, by deadline: UInt64
    ) throws(HTTPClientError) {
        repeat {
            take(received.count, into: &body)
            guard body.count <= bytesMax else { throw .tooLong(limitBytes: bytesMax) }
        } while try receive(by: deadline)
    }

    private mutating func receiveChunks(
        into body: inout [UInt8], bytesMax: Int, by deadline: UInt64
    ) throws(HTTPClientError) {
        var decoder = ChunkedDecoder()
        while true {
            var offset = 0
            var isOver = false
            try received.withSpan { bytes throws(HTTPClientError) in
                while true {
                    switch decoder.next(bytes, at: &offset) {
                    case .needsMore: return
                    case .data(let range): body.append(contentsOf: bytes.extracting(range).toArray())
                    case .finished:
                        isOver = true
                        return
                    case .malformed: throw .malformed("its chunks are none")
                    }
                    guard body.count <= bytesMax else { throw .tooLong(limitBytes: bytesMax) }
                }
            }
            received.removeFirst(offset)
            if isOver { return }
            guard try receive(by: deadline) else { throw .malformed("it ends in its body") }
        }
    }

    private mutating func take(_ count: Int, into body: inout [UInt8]) {
        received.withSpan(of: 0..<count) { body.append(contentsOf: $0.toArray()) }
        received.removeFirst(count)
    }
}

extension Span<UInt8> {
    /// Where the bytes behind the first empty line begin.
    fileprivate func endOfHead(from start: Int) -> Int? {
        for offset in start..<Swift.max(start, count) where self[offset] == UInt8(ascii: "\n") {
            if offset >= 1, self[offset - 1] == UInt8(ascii: "\n") { return offset + 1 }
            if offset >= 3, self[offset - 1] == UInt8(ascii: "\r"), self[offset - 2] == UInt8(ascii: "\n") {
                return offset + 1
            }
        }
        return nil
    }
}
