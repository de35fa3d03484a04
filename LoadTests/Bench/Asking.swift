import Bytes
import LinuxSystem

/// One request on a connection of its own, for what is not measured by load.
enum Asking {
    /// The answer's bytes as text, head and body.
    static func get(_ path: String, port: Int) throws(SystemError) -> String {
        let socket = try ClientSocket(
            connectingTo: .internet(.loopback, port: UInt16(port)), timeoutMilliseconds: 5_000)
        let head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n"
        try socket.sendAll(Array(head.utf8).span)
        var buffer = ByteBuffer(capacity: 1 << 20)
        while try socket.receive(into: &buffer) > 0 {}
        return buffer.withSpan { $0.toString() }
    }

    /// The samples of an edge's metrics, labels as they are written.
    static func metrics(of server: MeasuredServer) throws -> [(name: String, labels: String, value: Double)] {
        guard let port = server.adminPort else { return [] }
        let answer = try get("/metrics", port: port)
        guard answer.hasPrefix("HTTP/1.1 200 ") else {
            throw BenchFailure.unavailable(server.name, why: "it answers no metrics")
        }
        return answer.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, !line.hasPrefix("#"), let value = Double(words[1]) else { return nil }
            let parts = words[0].split(separator: "{", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].dropLast()) : "", value)
        }
    }
}
