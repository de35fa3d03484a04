import Bytes
import LinuxSystem

/// One response as a client reads it.
struct TestResponse: Equatable {
    var status = 0
    var headers: [String: String] = [:]
    var body = ""
}

/// A client whose socket never waits: a test runs the worker's turns in between.
final class TestClient {
    private(set) var received: [UInt8] = []
    /// The server has closed its sending side.
    private(set) var hasEnded = false
    /// The connection was reset.
    private(set) var failure: SystemError?
    private let socket: ClientSocket

    init(_ address: SocketAddress) throws {
        socket = try ClientSocket(connectingTo: address, timeoutMilliseconds: 5_000)
        try Sockets.setNonblocking(socket.rawValue, true)
    }

    var rawValue: Int32 { socket.rawValue }

    /// Sends all of the bytes that the kernel takes; returns how many that were.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        if case .bytes(let count) = Sockets.send(bytes.span, to: socket.rawValue) { return count }
        return 0
    }

    @discardableResult
    func send(_ text: String) -> Int {
        send(Array(text.utf8))
    }

    func endSending() throws {
        try socket.shutdownWrite()
    }

    /// Reads what is there, at most `limit` bytes.
    func poll(limit: Int = .max) {
        var buffer = ByteBuffer(capacity: 65_536)
        var left = limit
        while left > 0 && !hasEnded && failure == nil {
            buffer.removeAll()
            var outcome = ReceiveOutcome.wouldBlock
            unsafe buffer.appendFilling { room in
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, left)])
                outcome = unsafe Sockets.receive(from: socket.rawValue, into: part)
                if case .bytes(let count) = outcome { return count }
                return 0
            }
            switch outcome {
            case .bytes(let count):
                received += buffer.toArray()
                left -= count
            case .wouldBlock: return
            case .endOfStream: hasEnded = true
            case .failure(let error): failure = error
            }
        }
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    /// The whole responses that came so far.
    ///
    /// - Parameter bodyless: the responses answer HEAD.
    func responses(bodyless: Bool = false) -> [TestResponse] {
        var responses: [TestResponse] = []
        var rest = received[...]
        let blank = Array("\r\n\r\n".utf8)
        while let end = rest.indices.first(where: { rest[$0...].starts(with: blank) }) {
            let lines = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\r\n")
            var response = TestResponse()
            response.status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                response.headers[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
            }
            let length = bodyless ? 0 : Int(response.headers["Content-Length"] ?? "0") ?? 0
            let bodyStart = end + 4
            guard rest.endIndex - bodyStart >= length else { break }
            response.body = String(decoding: rest[bodyStart..<bodyStart + length], as: UTF8.self)
            rest = rest[(bodyStart + length)...]
            responses.append(response)
        }
        return responses
    }
}
