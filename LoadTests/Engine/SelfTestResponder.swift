import Bytes
package import LinuxSystem
import Synchronization

/// A server that does next to nothing, in this process: what the tool costs when the other side is as cheap as can be.
///
/// It answers an open with the pixel and a click with a redirect to the link's target, decoded. It finds the end of a
/// head by its last four bytes, so it takes one request a connection at a time, as the generator sends them.
package final class SelfTestResponder: Sendable {
    /// Where it listens: a free port of 127.0.0.1.
    package let address: SocketAddress
    private let state: ResponderState
    private let thread: SystemThread

    /// Starts it.
    ///
    /// - Parameter processor: the processor that its thread is bound to; nil: none.
    package init(processor: Int? = nil) throws(SystemError) {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        address = listener.address
        let state = ResponderState(listener: listener)
        self.state = state
        thread = try SystemThread.start(name: "responder", processor: processor) {
            do throws(SystemError) {
                let poller = try Poller()
                try poller.add(state.listener.rawValue, token: ResponderLoop.listenerToken, interest: .readable)
                var loop = ResponderLoop(state, poller)
                while !state.isStopped { loop.turn() }
                loop.closeAll()
            } catch {
                state.stop()
            }
        }
    }

    /// Ends it and waits for its thread.
    package func stop() {
        state.stop()
        thread.join()
    }
}

private final class ResponderState: Sendable {
    let listener: ListenerSocket
    private let stopped = Atomic(false)

    init(listener: consuming ListenerSocket) {
        self.listener = listener
    }

    var isStopped: Bool { stopped.load(ordering: .relaxed) }

    func stop() { stopped.store(true, ordering: .relaxed) }
}

private struct ResponderLoop: ~Copyable {
    private let state: ResponderState
    private var poller: Poller
    private var input = ByteBuffer(capacity: 65_536)
    private var output = ByteBuffer(capacity: 16_384)
    private var sockets: Set<Int32> = []
    /// What has come of heads that are not whole.
    private var partials: [Int32: [UInt8]] = [:]

    static let listenerToken = UInt64.max
    private static let pixel: [UInt8] = [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
        0xFF, 0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00,
        0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3B,
    ]

    private static let pixelHead: StaticString =
        "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 43\r\n"
    private static let redirectHead: StaticString = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
    private static let closing: StaticString = "Connection: close\r\n\r\n"
    private static let lineEnd: StaticString = "\r\n"

    init(_ state: ResponderState, _ poller: consuming Poller) {
        self.state = state
        self.poller = poller
    }

    mutating func turn() {
        guard let count = try? poller.wait(timeoutMilliseconds: 50) else { return state.stop() }
        for index in 0..<count {
            let event = poller.event(at: index)
            if event.token == Self.listenerToken { accept() } else { answer(Int32(truncatingIfNeeded: event.token)) }
        }
    }

    mutating func closeAll() {
        for socket in sockets { Sockets.close(socket) }
        sockets.removeAll()
    }

    private mutating func accept() {
        while case .connection(let socket, _) = state.listener.accept() {
            try? Sockets.setNoDelay(socket)
            try? poller.add(socket, token: UInt64(socket), interest: .readable)
            sockets.insert(socket)
        }
    }

    private mutating func answer(_ socket: Int32) {
        input.removeAll()
        switch Sockets.receive(from: socket, into: &input) {
        case .wouldBlock: return
        case .endOfStream, .failure: return close(socket)
        case .bytes: break
        }
        let isWhole = input.withSpan { Self.endsHead($0) }
        if isWhole, partials.isEmpty {
            respond(to: socket)
        } else {
            let all = partials[socket, default: []] + input.toArray()
            guard Self.endsHead(all.span) else {
                partials[socket] = all
                return
            }
            partials[socket] = nil
            input.removeAll()
            guard all.count <= input.capacity else { return close(socket) }
            input.append(all.span)
            respond(to: socket)
        }
    }

    private mutating func respond(to socket: Int32) {
        output.removeAll()
        let closes = input.withSpan { Self.write(answerTo: $0, into: &output) }
        let outcome = output.withSpan { Sockets.send($0, to: socket) }
        if case .failure = outcome { return close(socket) }
        if closes { close(socket) }
    }

    private mutating func close(_ socket: Int32) {
        sockets.remove(socket)
        partials[socket] = nil
        Sockets.close(socket)
    }

    private static func endsHead(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 4 && bytes.extracting(bytes.count - 4..<bytes.count).equals("\r\n\r\n")
    }

    /// Writes the answer; true when the connection ends with it.
    private static func write(answerTo request: Span<UInt8>, into output: inout ByteBuffer) -> Bool {
        let closes =
            request.count > 21
            && request.extracting(request.count - 9..<request.count).hasPrefix("close\r\n\r\n")
        let isHead = request.hasPrefix("HEAD ")
        let path = request.extracting(min(request.count, isHead ? 5 : 4)..<request.count)
        if path.hasPrefix("/tremop") {
            output.append(pixelHead)
        } else {
            output.append(redirectHead)
            if let target = target(in: path) {
                PercentCoding.decode(path.extracting(target), into: &output)
            }
            output.append(lineEnd)
        }
        output.append(closes ? closing : lineEnd)
        if path.hasPrefix("/tremop"), !isHead { output.append(pixel.span) }
        return closes
    }

    /// Where the value of `targetUrl`, the last field, stands.
    private static func target(in path: Span<UInt8>) -> Range<Int>? {
        guard let end = path.firstOffset(of: UInt8(ascii: " ")) else { return nil }
        var offset = 0
        while let found = path.firstOffset(of: UInt8(ascii: "&"), from: offset), found < end {
            offset = found + 1
            let rest = path.extracting(offset..<end)
            if rest.hasPrefix("targetUrl=") { return offset + 10..<end }
        }
        return nil
    }
}
