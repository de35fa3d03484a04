import Bytes
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

/// A header of version 2 as a test writes it.
struct BinaryProxyHeader {
    var versionAndCommand: UInt8 = 0x21
    var familyAndTransport: UInt8 = 0x11
    var addresses: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0x04, 0x00, 0x01, 0xBB]
    /// Types and values of what follows the addresses.
    var vectors: [(type: UInt8, value: [UInt8])] = []
    /// Puts a checksum behind all of it.
    var hasChecksum = false

    static let signature = Array("\r\n\r\n\0\r\nQUIT\n".utf8)

    var bytes: [UInt8] {
        var body = addresses
        for (type, value) in vectors + (hasChecksum ? [(0x03, [0, 0, 0, 0])] : []) {
            body += [type, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
        }
        var all = Self.signature + [versionAndCommand, familyAndTransport]
        all += [UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
        guard hasChecksum else { return all }
        let sum = CRC32C.checksum(all.span)
        return all.dropLast(4) + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
    }

    static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7] + [UInt8](repeating: 1, count: 16)
        + [0x30, 0x39, 0x01, 0xBB]
}

@Suite("A PROXY header is read strictly, whole or in pieces, and waited for no longer than it can be")
struct ProxyHeaderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let bytes: [UInt8]
        /// Nil: malformed.
        let sender: ProxyHeader.Sender?
        var testDescription: String { name }

        init(_ text: String, _ sender: ProxyHeader.Sender?) {
            name = String(text.prefix(70).map { $0.isASCII && $0 >= " " ? $0 : "." })
            bytes = Array(text.utf8)
            self.sender = sender
        }

        init(_ name: String, _ header: BinaryProxyHeader, _ sender: ProxyHeader.Sender?) {
            self.name = name
            bytes = header.bytes
            self.sender = sender
        }

        init(_ name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
            sender = nil
        }
    }

    private static let client = ProxyHeader.Sender.client(.ipv4(0xC000_0201), port: 1_024, scheme: .unknown)
    private static let high: UInt64 = 0x2001_0DB8_0000_0000

    static let text: [Row] = [
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 1024 443\r\n", client),
        Row("PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n", .client(.ipv4(.max), port: 0, scheme: .unknown)),
        Row("PROXY TCP6 2001:db8::7 ::1 1 2\r\n", .client(.ipv6(high: high, low: 7), port: 1, scheme: .unknown)),
        Row("PROXY TCP6 ::ffff:192.0.2.1 ::1 1024 2\r\n", client),
        Row(
            "PROXY TCP6 \([String](repeating: "ffff", count: 8).joined(separator: ":")) "
                + "\([String](repeating: "ffff", count: 8).joined(separator: ":")) 65535 65535\r\n",
            .client(.ipv6(high: .max, low: .max), port: 65_535, scheme: .unknown)),
        Row("PROXY UNKNOWN\r\n", .peer),
        Row("PROXY UNKNOWN whatever 1 2 3 \u{E9}\r\n", .peer),
        Row("PROXY UNKNOWN " + String(repeating: "f", count: 107 - 16) + "\r\n", .peer),
        Row("PROXY UNKNOWN " + String(repeating: "f", count: 108 - 16) + "\r\n", nil),
        Row("PROXY UNKNOWN" + String(repeating: "f", count: 200), nil),
        Row("PROXY UNKNOWNS\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 1024 443\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 1024 443\r\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 1024 443 \r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 1024 443 5\r\n", nil),
        Row("PROXY TCP4  192.0.2.1 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY TCP4\t192.0.2.1 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 1024\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 01024 443\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n", nil),
        Row("PROXY TCP4 192.0.2.1 198.51.100.300 1024 443\r\n", nil),
        Row("PROXY TCP4 192.0.2.01 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY TCP4 ::1 ::2 1024 443\r\n", nil),
        Row("PROXY TCP6 192.0.2.1 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY TCP6 [::1] ::2 1024 443\r\n", nil),
        Row("PROXY TCP4 ann 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY TCP5 192.0.2.1 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY UDP4 192.0.2.1 198.51.100.2 1024 443\r\n", nil),
        Row("PROXY \r\n", nil),
        Row("PROXY\r\n", nil),
        Row("proxy UNKNOWN\r\n", nil),
        Row("POST / HTTP/1.1\r\n", nil),
        Row("GET / HTTP/1.1\r\n", nil),
        Row("\r\nPROXY UNKNOWN\r\n", nil),
        Row("\r\n\r\nGET / HTTP/1.1\r\n", nil),
    ]

    static let binary: [Row] = [
        Row("IPv4", BinaryProxyHeader(), client),
        Row("IPv4, over UDP", BinaryProxyHeader(familyAndTransport: 0x12), client),
        Row(
            "IPv6", BinaryProxyHeader(familyAndTransport: 0x21, addresses: BinaryProxyHeader.ipv6),
            .client(.ipv6(high: high, low: 7), port: 12_345, scheme: .unknown)),
        Row(
            "IPv4 in IPv6",
            BinaryProxyHeader(
                familyAndTransport: 0x21,
                addresses: [UInt8](repeating: 0, count: 10) + [255, 255, 192, 0, 2, 1]
                    + [UInt8](repeating: 0, count: 16) + [4, 0, 0, 1]), client),
        Row("LOCAL", BinaryProxyHeader(versionAndCommand: 0x20, familyAndTransport: 0, addresses: []), .peer),
        Row("LOCAL with addresses", BinaryProxyHeader(versionAndCommand: 0x20), .peer),
        Row(
            "LOCAL with anything",
            BinaryProxyHeader(versionAndCommand: 0x20, familyAndTransport: 0xFF, addresses: [1, 2, 3]), .peer),
        Row("no family", BinaryProxyHeader(familyAndTransport: 0x00, addresses: []), .peer),
        Row(
            "a socket in the file system",
            BinaryProxyHeader(familyAndTransport: 0x31, addresses: [UInt8](repeating: 47, count: 216)), .peer),
        Row(
            "TLS", BinaryProxyHeader(vectors: [(0x20, [1, 0, 0, 0, 0])]),
            .client(.ipv4(0xC000_0201), port: 1_024, scheme: .https)),
        Row(
            "no TLS", BinaryProxyHeader(vectors: [(0x20, [0, 0, 0, 0, 1])]),
            .client(.ipv4(0xC000_0201), port: 1_024, scheme: .http)),
        Row("parts that nobody knows", BinaryProxyHeader(vectors: [(0x04, []), (0xEE, [1, 2, 3])]), client),
        Row("a checksum", BinaryProxyHeader(vectors: [(0x04, [0, 0])], hasChecksum: true), client),
        Row("536 bytes", BinaryProxyHeader(vectors: [(0x04, [UInt8](repeating: 0, count: 505))]), client),
        Row("537 bytes", BinaryProxyHeader(vectors: [(0x04, [UInt8](repeating: 0, count: 506))]), nil),
        Row(
            "LOCAL, too long", BinaryProxyHeader(versionAndCommand: 0x20, addresses: Array(repeating: 0, count: 521)),
            nil),
        Row("a wrong checksum", BinaryProxyHeader(vectors: [(0x03, [1, 2, 3, 4])]), nil),
        Row("a short checksum", BinaryProxyHeader(vectors: [(0x03, [1, 2, 3])]), nil),
        Row("short TLS", BinaryProxyHeader(vectors: [(0x20, [1, 0, 0, 0])]), nil),
        Row("version 1 in numbers", BinaryProxyHeader(versionAndCommand: 0x11), nil),
        Row("version 3", BinaryProxyHeader(versionAndCommand: 0x31), nil),
        Row("an unknown command", BinaryProxyHeader(versionAndCommand: 0x22), nil),
        Row("an unknown family", BinaryProxyHeader(familyAndTransport: 0x41), nil),
        Row("an unknown transport", BinaryProxyHeader(familyAndTransport: 0x13), nil),
        Row("no transport", BinaryProxyHeader(familyAndTransport: 0x10), nil),
        Row("short addresses", BinaryProxyHeader(addresses: [192, 0, 2, 1, 198, 51, 100, 2, 4, 0, 1]), nil),
        Row(
            "short addresses, IPv6",
            BinaryProxyHeader(familyAndTransport: 0x21, addresses: Array(BinaryProxyHeader.ipv6.dropLast())), nil),
        Row("a part's beginning", BinaryProxyHeader(addresses: BinaryProxyHeader().addresses + [4, 0]), nil),
        Row("a part past the end", BinaryProxyHeader(addresses: BinaryProxyHeader().addresses + [4, 0, 2, 0]), nil),
        Row("another signature", bytes: Array("\r\n\r\n\0\r\nQUIT\r".utf8) + [0x21, 0x11, 0, 0]),
    ]

    @Test(arguments: text + binary)
    func reads(_ row: Row) {
        let expected = row.sender.map { ProxyHeader.Outcome.complete(consumedBytes: row.bytes.count, $0) } ?? .malformed
        let outcome = ProxyHeader.parse(row.bytes.span)
        #expect(outcome == expected)
        // What follows belongs to others.
        let more = row.bytes + Array("GET / HTTP/1.1\r\n".utf8)
        let withMore = ProxyHeader.parse(more.span)
        #expect(withMore == expected)
        // In pieces: it goes on until it is decided, and then the same.
        var wasDecided = false
        for count in 0...row.bytes.count {
            let outcome = ProxyHeader.parse(row.bytes.span.extracting(0..<count))
            if outcome == .incomplete {
                #expect(!wasDecided, "\(count) bytes")
                #expect(count < ProxyHeader.bytesMax)
            } else {
                wasDecided = true
                #expect(outcome == expected, "\(count) bytes")
            }
        }
        #expect(wasDecided)
    }

    @Test("What is written is read back, and a bit that turns under a checksum is found")
    func property() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let isIPv6 = Bool.random(using: &random)
            let addresses = (0..<(isIPv6 ? 36 : 12)).map { _ in UInt8.random(in: 1...255, using: &random) }
            let count = Int.random(in: 0...3, using: &random)
            let vectors = (0..<count).map { _ in
                (UInt8(0xE0), (0..<Int.random(in: 0...100, using: &random)).map { UInt8($0) })
            }
            let header = BinaryProxyHeader(
                familyAndTransport: isIPv6 ? 0x21 : 0x11, addresses: addresses, vectors: vectors, hasChecksum: true
            ).bytes
            guard
                case .complete(header.count, .client(let address, let port, .unknown)) = ProxyHeader.parse(header.span)
            else {
                Issue.record("seed \(seed), round \(round): it is not read")
                continue
            }
            let read = (0..<address.byteCount).map(address.byte)
            #expect(read == Array(addresses.prefix(isIPv6 ? 16 : 4)), "seed \(seed), round \(round)")
            #expect(port == UInt16(addresses[isIPv6 ? 32 : 8]) << 8 | UInt16(addresses[isIPv6 ? 33 : 9]))
            var turned = header
            let place = Int.random(in: 16..<16 + addresses.count, using: &random)
            turned[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            let outcome = ProxyHeader.parse(turned.span)
            #expect(outcome == .malformed, "seed \(seed), round \(round), place \(place)")
        }
    }
}
