import Glibc

/// A response as a test sees it: status, headers by lower-cased name, body.
package struct HTTPReply: Sendable {
    package let status: Int
    package let headers: [String: String]
    package let body: [UInt8]

    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// What can go wrong between a test and the server that it drives.
package enum HTTPClientFailure: Error, Equatable {
    case connect(errno: Int32)
    case send(errno: Int32)
    case closed
    case malformed(String)
}

/// One blocking connection to a server on 127.0.0.1. It sends exactly the bytes that a test gives it.
package final class BlockingHTTPClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Connects.
    ///
    /// - Parameters:
    ///   - timeoutSeconds: how long a receive may wait before it counts as a closed connection.
    ///   - source: the address of 127.0.0.0/8 that it comes from, as a number; 0 for the kernel's choice.
    package init(port: Int, timeoutSeconds: Int = 120, source: UInt32 = 0) throws(HTTPClientFailure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .connect(errno: errno) }
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        unsafe setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        // What is thrown from here on ends in `deinit`, which closes.
        if source != 0 {
            let bound = unsafe Self.withAddress(source, port: 0) { unsafe bind(descriptor, $0, $1) }
            guard bound == 0 else { throw .connect(errno: errno) }
        }
        let connected = unsafe Self.withAddress(0x7F00_0001, port: port) { unsafe connect(descriptor, $0, $1) }
        guard connected == 0 else { throw .connect(errno: errno) }
    }

    private static func withAddress(
        _ host: UInt32, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = host.bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit {
        close(descriptor)
    }

    /// Sends all of `bytes`.
    package func send(_ bytes: [UInt8]) throws(HTTPClientFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .send(errno: errno) }
            sent += count
        }
    }

    /// Sends all of `bytes`, or fails when the server takes none of them for so long.
    package func send(_ bytes: [UInt8], atMostSeconds seconds: Int) throws(HTTPClientFailure) {
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        try send(bytes)
    }

    /// Sends the UTF-8 of `text`.
    package func send(_ text: String) throws(HTTPClientFailure) {
        try send(Array(text.utf8))
    }

    /// Says that nothing more will be sent (a half-closed client).
    package func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Receives one response, by its Content-Length.
    ///
    /// - Parameter toHead: true when the request was a HEAD, whose response has no body.
    package func receive(toHead: Bool = false) throws(HTTPClientFailure) -> HTTPReply {
        while headEnd == nil { try receiveMore() }
        guard let end = headEnd else { throw .closed }
        let lines = String(decoding: received[..<end], as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: true)
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            throw .malformed("status line")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed("header line \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        received.removeFirst(end + 4)
        let length = toHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
        while received.count < length { try receiveMore() }
        let body = Array(received.prefix(length))
        received.removeFirst(length)
        return HTTPReply(status: status, headers: headers, body: body)
    }

    /// Sends a GET for `target` and receives its response. Header lines end without CRLF.
    package func get(
        _ target: String, method: String = "GET", headers: [String] = ["User-Agent: " + BlockingHTTPClient.browser]
    ) throws(HTTPClientFailure) -> HTTPReply {
        var request = "\(method) \(target) HTTP/1.1\r\nHost: trem.brand.example\r\n"
        for header in headers { request += header + "\r\n" }
        try send(request + "\r\n")
        return try receive(toHead: method == "HEAD")
    }

    /// Everything the server sends until it closes.
    package func receiveUntilClosed() -> [UInt8] {
        while (try? receiveMore()) != nil {}
        return received
    }

    /// The user agent of a person's browser, for requests that are to count as a person's.
    package static let browser =
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    private var headEnd: Int? {
        guard received.count >= 4 else { return nil }
        return (0...received.count - 4).first { Array(received[$0..<$0 + 4]) == [13, 10, 13, 10] }
    }

    private func receiveMore() throws(HTTPClientFailure) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { throw .closed }
        received.append(contentsOf: chunk.prefix(count))
    }
}
