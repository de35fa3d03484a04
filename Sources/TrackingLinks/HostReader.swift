import Bytes

/// Reads the host of a URL as browsers do and writes it as they look it up (WHATWG URL, 3.5, "host parser").
///
/// Labels are of 1 to 63 letters, digits, hyphens and underscores, 253 bytes in all (RFC 1035, 2.3.4): what else a
/// browser lets through leads nowhere. One full stop at the end is kept: a browser treats `a.example.` as another host
/// than `a.example`, so no list holds it.
enum HostReader {
    /// The longest name without a final full stop.
    static let nameBytesMax = 253

    /// Reads a host and appends it: a name in lower case, an IPv4 address as four decimal numbers, an IPv6 address in
    /// brackets, compressed; a host that a browser would map in a way that is not certain percent-encoded.
    ///
    /// - Parameters:
    ///   - names: listed hosts, for one outside ASCII that only its list can tell.
    ///   - buffer: has room for `writtenBytesMax` bytes.
    static func read(
        _ host: Span<UInt8>, names: HostList, into buffer: inout ByteBuffer
    ) throws(TargetRefusal) -> Target.HostKind {
        guard !host.isEmpty else { throw .emptyHost }
        if host[0] == UInt8(ascii: "[") {
            guard let address = IPv6Address(bracketed: host) else { throw .ipv6Syntax }
            address.append(into: &buffer)
            return .ipv6
        }
        let start = buffer.count
        if buffer.appendName(host) { return try finish(from: start, &buffer) }
        buffer.truncate(to: start)
        return try readUnusual(host, names: names, into: &buffer)
    }

    /// Bytes that reading a host takes at most: each byte of the longest one as an escape.
    static let writtenBytesMax = 3 * decodedBytesMax
    private static let decodedBytesMax = 256

    /// A host with escapes or bytes outside ASCII.
    private static func readUnusual(
        _ host: Span<UInt8>, names: HostList, into buffer: inout ByteBuffer
    ) throws(TargetRefusal) -> Target.HostKind {
        var decoded = InlineArray<256, UInt8>(repeating: 0)
        var count = 0
        var cursor = PercentCursor()
        while let byte = cursor.next(in: host) {
            guard count < decoded.count else { throw .hostSyntax }
            decoded[count] = byte
            count += 1
        }
        let name = decoded.span.extracting(first: count)
        guard UTF8Validation.isValid(name) else { throw .hostSyntax }
        let start = buffer.count
        if buffer.appendName(name) { return try finish(from: start, &buffer) }
        buffer.truncate(to: start)
        try refuseForbidden(name)
        if BidiRule.allows(name), !holdsPunycode(name) {
            if UnicodeHost.appendASCII(of: name, into: &buffer) { return try finish(from: start, &buffer) }
            buffer.truncate(to: start)
            if names.appendASCII(ofUnicode: name, into: &buffer) { return try finish(from: start, &buffer) }
        }
        PercentCoding.encode(name, into: &buffer, keeping: nameBytes)
        return .nonASCII
    }

    /// True when a label is in Punycode. A browser takes a host of such labels as it is, and reads each of them where
    /// another one is outside ASCII: whoever mixes the two meant neither.
    private static func holdsPunycode(_ name: Span<UInt8>) -> Bool {
        var start: Int? = 0
        while let labelStart = start {
            if name.extracting(labelStart..<name.count).hasPrefixIgnoringASCIICase("xn--") { return true }
            start = name.firstOffset(of: UInt8(ascii: "."), from: labelStart).map { $0 + 1 }
        }
        return false
    }

    /// Looks at a name that stands in the buffer from `start`, in lower case, and makes an address of one that is meant
    /// as one.
    private static func finish(from start: Int, _ buffer: inout ByteBuffer) throws(TargetRefusal) -> Target.HostKind {
        let range = start..<buffer.count
        let found = buffer.withSpan(of: range) { name in
            Result { () throws(TargetRefusal) in try Found(name) }
        }
        switch try found.get() {
        case .name(let isPunycode): return isPunycode ? .punycode : .name
        case .address(let address):
            buffer.truncate(to: start)
            address.append(into: &buffer)
            return .ipv4
        }
    }

    private enum Found {
        case name(isPunycode: Bool)
        case address(IPv4Address)

        init(_ name: Span<UInt8>) throws(TargetRefusal) {
            let hasFinalStop = name[name.count - 1] == UInt8(ascii: ".")
            let labels = name.extracting(0..<(hasFinalStop ? name.count - 1 : name.count))
            guard !labels.isEmpty else { throw .emptyHost }
            guard labels.count <= HostReader.nameBytesMax else { throw .hostSyntax }
            var isPunycode = false
            var labelStart = 0
            for offset in 0...labels.count where offset == labels.count || labels[offset] == UInt8(ascii: ".") {
                let label = labels.extracting(labelStart..<offset)
                guard !label.isEmpty, label.count <= 63 else { throw .hostSyntax }
                isPunycode = isPunycode || label.hasPrefix("xn--")
                labelStart = offset + 1
            }
            guard IPv4Address.isMeant(by: name) else {
                // A browser goes nowhere with what only looks like Punycode.
                guard !isPunycode || UnicodeHost.isPunycode(name) else { throw .hostSyntax }
                self = .name(isPunycode: isPunycode)
                return
            }
            guard let address = IPv4Address(parsing: name) else { throw .ipv4Spelling }
            self = .address(address)
        }
    }

    /// Refuses what stands for no character of a host, whatever is beside it.
    private static func refuseForbidden(_ name: Span<UInt8>) throws(TargetRefusal) {
        for offset in name.indices {
            let byte = name[offset]
            guard byte < 0x80 else { continue }
            if byte < 0x20 || byte == 0x7F { throw .controlByte }
            if byte == UInt8(ascii: " ") { throw .space }
            guard nameBytes.contains(byte) else { throw .hostSyntax }
        }
    }

    /// The bytes of a name.
    static let nameBytes = ByteSet.letters.union(.digits).union("-_.")
}

extension ByteBuffer {
    /// Appends a name in lower case.
    ///
    /// - Returns: false when a byte is none of a name; what was appended is then of no use.
    fileprivate mutating func appendName(_ name: Span<UInt8>) -> Bool {
        guard name.count <= HostReader.nameBytesMax + 1 else { return false }
        for offset in name.indices where !HostReader.nameBytes.contains(name[offset]) { return false }
        return appendLowercased(ascii: name)
    }
}
