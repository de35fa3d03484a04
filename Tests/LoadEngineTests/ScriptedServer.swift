import Bytes
import LinuxSystem
import Synchronization

/// A server on a free port that answers as a test says: one thread, one request a connection at a time.
final class ScriptedServer: Sendable {
    /// What to do with a request.
    enum Answer: Sendable {
        /// These bytes.
        case bytes(String)
        /// These bytes, and the connection closes.
        case lastBytes(String)
        /// Nothing, and the connection closes.
        case close
        /// Nothing for so long, for everyone; then these bytes.
        case stall(milliseconds: Int32, String)
        /// Nothing for so long, for everyone; then the connection closes.
        case stallThenClose(milliseconds: Int32)
        /// Bytes that are no text.
        case raw([UInt8])
        /// These bytes in two pieces, the second only when the loop comes round again.
        case pieces(String, String)
    }

    let address: SocketAddress
    private let shared: Shared
    private let thread: SystemThread

    private final class Shared: Sendable {
        let listener: ListenerSocket
        let isStopped = Atomic(false)
        let script: @Sendable (Int, String) -> Answer

        init(_ listener: consuming ListenerSocket, _ script: @escaping @Sendable (Int, String) -> Answer) {
            self.listener = listener
            self.script = script
        }
    }

    /// Starts it. `script` is asked for each request with its number from 0 and its head.
    init(_ script: @escaping @Sendable (Int, String) -> Answer) throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        address = listener.address
        let shared = Shared(listener, script)
        self.shared = shared
        thread = try SystemThread.start(name: "scripted") { try? Self.run(shared) }
    }

    func stop() {
        shared.isStopped.store(true, ordering: .relaxed)
        thread.join()
    }

    private static func run(_ shared: Shared) throws(SystemError) {
        var poller = try Poller()
        var nobody = try Poller()
        try poller.add(shared.listener.rawValue, token: .max, interest: .readable)
        var heads: [Int32: [UInt8]] = [:]
        var count = 0
        while !shared.isStopped.load(ordering: .relaxed) {
            for index in 0..<(try poller.wait(timeoutMilliseconds: 20)) {
                let token = poller.event(at: index).token
                if token == .max {
                    while case .connection(let socket, _) = shared.listener.accept() {
                        try poller.add(socket, token: UInt64(socket), interest: .readable)
                        heads[socket] = []
                    }
                    continue
                }
                let socket = Int32(token)
                var room = ByteBuffer(capacity: 65_536)
                guard case .bytes = Sockets.receive(from: socket, into: &room) else {
                    Sockets.close(socket)
                    heads[socket] = nil
                    continue
                }
                let head = heads[socket, default: []] + room.toArray()
                heads[socket] = head
                guard head.suffix(4) == [13, 10, 13, 10] else { continue }
                heads[socket] = []
                let answer = shared.script(count, String(decoding: head, as: UTF8.self))
                count += 1
                if try !send(answer, to: socket, waitingOn: &nobody) {
                    Sockets.close(socket)
                    heads[socket] = nil
                }
            }
        }
        for socket in heads.keys { Sockets.close(socket) }
    }

    /// False when the connection has to close.
    private static func send(
        _ answer: Answer, to socket: Int32, waitingOn nobody: inout Poller
    ) throws(SystemError) -> Bool {
        func write(_ text: String) {
            let bytes = Array(text.utf8)
            _ = Sockets.send(bytes.span, to: socket)
        }
        switch answer {
        case .stallThenClose(let milliseconds):
            try nobody.wait(timeoutMilliseconds: milliseconds)
            return false
        case .raw(let bytes):
            _ = Sockets.send(bytes.span, to: socket)
        case .bytes(let text): write(text)
        case .lastBytes(let text):
            write(text)
            return false
        case .close: return false
        case .stall(let milliseconds, let text):
            try nobody.wait(timeoutMilliseconds: milliseconds)
            write(text)
        case .pieces(let first, let second):
            write(first)
            try nobody.wait(timeoutMilliseconds: 1)
            write(second)
        }
        return true
    }
}

/// Answers that an edge gives.
enum Answers {
    static func redirect(_ location: String, extra: String = "") -> String {
        "HTTP/1.1 302 Found\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n\(extra)Content-Length: 0\r\n"
            + "Location: \(location)\r\n\r\n"
    }

    static let pixelBytes: [UInt8] =
        Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x21, 0xF9, 4, 1, 0, 0, 0, 0, 0x2C]
        + [0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B]

    static let pixelHead = "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: 43\r\n\r\n"
}
