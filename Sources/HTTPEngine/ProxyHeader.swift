import Bytes
package import LinuxSystem

/// Reads the header that a proxy writes before everything else of a connection: the PROXY protocol, versions 1 and 2
/// (haproxy.org, "The PROXY protocol", 2020-03-05), strictly.
///
/// A pure function of the bytes, without an allocation, and of bounded length: more than `bytesMax` is never waited
/// for. It is asked only where such a header has to be: whether there is one is configured and never guessed, because a
/// header that was not announced is written by a client that wants to be somebody else. Bytes that can't begin a header
/// are malformed at once.
package enum ProxyHeader {
    /// Longest header of version 1, its line end included, in bytes (section 2.1).
    package static var textBytesMax: Int { 107 }
    /// Longest header of version 2 that is taken, in bytes: what every receiver has to take (section 2.2).
    package static var bytesMax: Int { 536 }

    /// What the bytes are so far.
    package enum Outcome: Equatable, Sendable {
        /// They begin a header that is not over.
        case incomplete
        /// The header is over; that many bytes belong to it.
        case complete(consumedBytes: Int, Sender)
        /// They can't become a header.
        case malformed
    }

    /// On whose behalf the connection was made.
    package enum Sender: Equatable, Sendable {
        /// The proxy's own, or somebody's without an address (`LOCAL`, `UNKNOWN`, a socket in the file system): the
        /// connection's peer is all that is known.
        case peer
        /// A client's, IPv4 in IPv6 unwrapped.
        case client(IPAddress, port: UInt16, scheme: ClientScheme)
    }

    /// Parses the header at the start of `bytes`; more may follow.
    package static func parse(_ bytes: Span<UInt8>) -> Outcome {
        guard bytes.count > 0 else { return .incomplete }
        return bytes[0] == UInt8(ascii: "P") ? parseText(bytes) : parseBinary(bytes)
    }

    // MARK: Version 1: PROXY TCP4 192.0.2.1 192.0.2.2 1024 443, and a line end

    private static var textStart: StaticString { "PROXY " }

    private static func parseText(_ bytes: Span<UInt8>) -> Outcome {
        guard begins(bytes, with: textStart) else { return .malformed }
        let room = min(bytes.count, textBytesMax)
        let end = bytes.firstControl(from: 0, to: room)
        guard end < room else { return room == textBytesMax ? .malformed : .incomplete }
        guard bytes[end] == UInt8(ascii: "\r"), end + 1 < textBytesMax else { return .malformed }
        guard end + 1 < bytes.count else { return .incomplete }
        guard bytes[end + 1] == UInt8(ascii: "\n"), let sender = sender(bytes.extracting(6..<end)) else {
            return .malformed
        }
        return .complete(consumedBytes: end + 2, sender)
    }

    /// What stands between `PROXY ` and the line end. Behind `UNKNOWN` anything may stand.
    private static func sender(_ line: Span<UInt8>) -> Sender? {
        if line.equals("UNKNOWN") || line.hasPrefix("UNKNOWN ") { return .peer }
        let bytesInAddress: Int
        if line.hasPrefix("TCP4 ") {
            bytesInAddress = 4
        } else if line.hasPrefix("TCP6 ") {
            bytesInAddress = 16
        } else {
            return nil
        }
        var offset = 5
        guard let source = address(line, &offset, bytesInAddress), address(line, &offset, bytesInAddress) != nil,
            let sourcePort = port(line, &offset), port(line, &offset) != nil, offset == line.count + 1
        else { return nil }
        return .client(source.folded, port: sourcePort, scheme: .unknown)
    }

    /// The word at `offset`, which moves behind the space that ends it.
    private static func word(_ line: Span<UInt8>, _ offset: inout Int) -> Range<Int>? {
        guard offset < line.count else { return nil }
        let end = line.firstOffset(of: UInt8(ascii: " "), from: offset, to: line.count)
        defer { offset = end + 1 }
        return offset..<end
    }

    private static func address(_ line: Span<UInt8>, _ offset: inout Int, _ byteCount: Int) -> IPAddress? {
        guard let range = word(line, &offset), let address = IPAddress(ascii: line.extracting(range)),
            address.byteCount == byteCount
        else { return nil }
        return address
    }

    private static func port(_ line: Span<UInt8>, _ offset: inout Int) -> UInt16? {
        word(line, &offset).flatMap { UInt16(port: line.extracting($0)) }
    }

    // MARK: Version 2: twelve bytes that no other protocol begins with, then numbers

    private static var signature: StaticString { "\r\n\r\n\0\r\nQUIT\n" }
    /// Signature, version and command, family and transport, length.
    private static var fixedBytes: Int { 16 }

    private static func parseBinary(_ bytes: Span<UInt8>) -> Outcome {
        guard begins(bytes, with: signature) else { return .malformed }
        guard bytes.count >= fixedBytes else { return .incomplete }
        let end = fixedBytes + Int(bigEndian(bytes, at: 14))
        guard bytes[12] >> 4 == 2, bytes[12] & 0xF <= 1, end <= bytesMax else { return .malformed }
        guard bytes.count >= end else { return .incomplete }
        let isLocal = bytes[12] & 0xF == 0
        // Whatever stands behind LOCAL is to be passed over (section 2.2).
        guard let sender = isLocal ? .peer : sender(ofBinary: bytes.extracting(0..<end)) else { return .malformed }
        return .complete(consumedBytes: end, sender)
    }

    /// The addresses of a whole header, which is checked to its end.
    private static func sender(ofBinary header: Span<UInt8>) -> Sender? {
        let addressBytes: Int
        switch header[13] {
        case 0x00: addressBytes = 0
        case 0x11, 0x12: addressBytes = 12
        case 0x21, 0x22: addressBytes = 36
        case 0x31, 0x32: addressBytes = 216
        default: return nil
        }
        let behind = fixedBytes + addressBytes
        guard behind <= header.count, let scheme = readVectors(header, from: behind) else { return nil }
        switch addressBytes {
        case 12:
            let address = IPAddress.ipv4(UInt32(bigEndian(header, at: 16)) << 16 | UInt32(bigEndian(header, at: 18)))
            return .client(address, port: bigEndian(header, at: 24), scheme: scheme)
        case 36:
            let address = IPAddress.ipv6(high: word(header, at: 16), low: word(header, at: 24))
            return .client(address.folded, port: bigEndian(header, at: 48), scheme: scheme)
        default: return .peer
        }
    }

    private static var checksumType: UInt8 { 0x03 }
    private static var tlsType: UInt8 { 0x20 }

    /// Walks over what follows the addresses, a type, a length and so many bytes each (section 2.2), and holds the
    /// header to its checksum where there is one.
    ///
    /// - Returns: how the client came, or nil where a part runs over the end or the checksum is wrong.
    private static func readVectors(_ header: Span<UInt8>, from start: Int) -> ClientScheme? {
        var scheme = ClientScheme.unknown
        var offset = start
        while offset < header.count {
            guard header.count - offset >= 3 else { return nil }
            let value = offset + 3..<offset + 3 + Int(bigEndian(header, at: offset + 1))
            guard value.upperBound <= header.count else { return nil }
            switch header[offset] {
            case checksumType:
                guard value.count == 4, isRight(checksumAt: value.lowerBound, header) else { return nil }
            case tlsType:
                guard value.count >= 5 else { return nil }
                // Bit 0: the client came over TLS.
                scheme = header[value.lowerBound] & 1 == 1 ? .https : .http
            default: break
            }
            offset = value.upperBound
        }
        return scheme
    }

    /// The checksum is that of the whole header with zeros in its own place.
    private static func isRight(checksumAt place: Int, _ header: Span<UInt8>) -> Bool {
        let zeros = InlineArray<4, UInt8>(repeating: 0)
        var sum = CRC32C.checksum(header.extracting(0..<place))
        sum = CRC32C.checksum(zeros.span, seed: sum)
        sum = CRC32C.checksum(header.extracting(place + 4..<header.count), seed: sum)
        return UInt32(bigEndian(header, at: place)) << 16 | UInt32(bigEndian(header, at: place + 2)) == sum
    }

    private static func bigEndian(_ bytes: Span<UInt8>, at offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    private static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
        bytes.littleEndian(UInt64.self, at: offset).byteSwapped
    }

    /// True when the bytes are the beginning of a header's first bytes, or go on behind them.
    private static func begins(_ bytes: Span<UInt8>, with start: StaticString) -> Bool {
        let count = min(bytes.count, start.utf8CodeUnitCount)
        return start.withUTF8Buffer { text in
            for index in 0..<count where unsafe text[index] != bytes[index] { return false }
            return true
        }
    }
}

/// How a client reached the proxy in front, as far as the proxy says it.
package enum ClientScheme: UInt8, Sendable, CaseIterable {
    /// Nobody has said.
    case unknown
    /// In the clear.
    case http
    /// Over TLS.
    case https
}

extension UInt16 {
    /// A port in decimal digits without leading zeros, or nil.
    init?(port text: Span<UInt8>) {
        guard (1...5).contains(text.count), text.count == 1 || text[0] != UInt8(ascii: "0") else { return nil }
        var number: UInt32 = 0
        for index in text.indices {
            guard text[index].isASCIIDigit else { return nil }
            number = number * 10 + UInt32(text[index] &- UInt8(ascii: "0"))
        }
        guard let port = UInt16(exactly: number) else { return nil }
        self = port
    }
}
