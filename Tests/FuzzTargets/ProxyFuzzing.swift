import Bytes
import HTTPEngine
import LinuxSystem

/// What proxies write about clients.
enum ProxyFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        header(bytes)
        fields(bytes)
    }

    /// A header is decided with its last byte, and not a byte earlier or later.
    private static func header(_ bytes: Span<UInt8>) {
        let whole = ProxyHeader.parse(bytes)
        switch whole {
        case .complete(let count, _):
            precondition(count > 0 && count <= min(bytes.count, ProxyHeader.bytesMax), "it takes more than it may")
            precondition(ProxyHeader.parse(bytes.extracting(0..<count)) == whole, "it depends on what follows")
            precondition(
                ProxyHeader.parse(bytes.extracting(0..<count - 1)) == .incomplete, "it was over before its end")
        case .incomplete:
            precondition(bytes.count < ProxyHeader.bytesMax, "it is waited for without an end")
            for count in bytes.indices {
                precondition(
                    ProxyHeader.parse(bytes.extracting(0..<count)) == .incomplete, "it was decided and is not any more")
            }
        case .malformed: break
        }
    }

    /// The bytes are header lines of a request.
    private static func fields(_ bytes: Span<UInt8>) {
        guard bytes.count < 8_192 else { return }
        var request = Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8)
        var line: [UInt8] = []
        for index in bytes.indices {
            if bytes[index] != UInt8(ascii: "\n") { line.append(bytes[index]) }
            guard bytes[index] == UInt8(ascii: "\n") || index == bytes.count - 1 else { continue }
            if !line.isEmpty { request += line + Array("\r\n".utf8) }
            line.removeAll()
        }
        request += Array("\r\n".utf8)
        var head = RequestHead()
        guard case .complete = RequestParser.parse(request.span, limits: HTTPLimits(), into: &head) else { return }
        let believed = ForwardedClient(head, in: request.span) { _ in false }
        let doubted = ForwardedClient(head, in: request.span, isTrusted: isTrusted)
        for client in [believed, doubted] {
            precondition((client.naming == .named) == (client.address != nil), "an address without a name")
            guard let host = client.host else { continue }
            precondition(host.offsets.upperBound <= request.count, "the host lies outside of the head")
            let text = request[host.offsets]
            precondition(!text.isEmpty && text.allSatisfy { $0 > 0x20 && $0 != 0x7F }, "the host is no host")
        }
        guard let address = doubted.address, !isTrusted(address) else { return }
        // Proxies that are trusted and stand to the right change nothing.
        let text = Array("X-Forwarded-For: 10.0.0.1\r\n\r\n".utf8)
        guard head.headerPresence & KnownHeader.forwarded.bit == 0, head.headerCount < RequestHead.headerCapacity else {
            return
        }
        let longer = request.dropLast(2) + text
        var more = RequestHead()
        let bytes = Array(longer)
        guard case .complete = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &more) else { return }
        let again = ForwardedClient(more, in: bytes.span, isTrusted: isTrusted)
        precondition(again.address == address, "a trusted proxy changes who is meant")
    }

    private static func isTrusted(_ address: IPAddress) -> Bool {
        if case .ipv4(let address) = address { address >> 24 == 10 } else { false }
    }
}
