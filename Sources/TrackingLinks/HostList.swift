import Bytes

/// The hosts that a section's links may lead to.
///
/// A pattern is a host (`www.example.com`, `192.0.2.1`, `[2001:db8::1]`) or `*.` and a domain, which covers every depth
/// of subdomain but not the domain itself. With `:port` behind it a pattern lists that port alone, without one the
/// default ports. Hosts are compared as browsers look them up: without regard to case, and a pattern outside ASCII
/// (`bücher.example`) is the same as its Punycode (`xn--bcher-kva.example`).
///
/// Looking up costs O(labels of the host) whatever the list's size, and allocates nothing, but for a host outside ASCII
/// that is not in NFC, or holds more than letters and digits.
package struct HostList: Sendable {
    private enum Tag {
        /// The port stands in the low 16 bits; 0 means the schemes' default ports.
        static let wildcard: UInt32 = 1 << 16
    }

    private var table = ByteStringTable(foldsCase: true)
    private var hasWildcards = false
    /// The listed names outside ASCII with their Punycode; keys compare by canonical equivalence.
    private var unicodeNames: [String: [UInt8]] = [:]

    /// The list of no host.
    package init() {}

    /// Compiles a list. O(total length). A pattern that occurs twice is in the list once.
    package init(patterns: [String]) throws(HostPatternError) {
        for pattern in patterns { try insert(pattern) }
    }

    /// Checks one pattern without keeping it.
    package static func check(pattern: String) throws(HostPatternError) {
        var list = HostList()
        try list.insert(pattern)
    }

    /// How many different patterns the list holds.
    package var count: Int { table.count }

    /// True when the list holds a target's host and port.
    ///
    /// - Parameters:
    ///   - host: as it stands in a normalised target; an IPv6 address is compared as browsers write it, in brackets.
    ///   - port: the target's port.
    ///   - scheme: decides whether the port is a default one.
    package func contains(host: Span<UInt8>, port: UInt16, scheme: Target.Scheme) -> Bool {
        guard table.count > 0 else { return false }
        let isDefaultPort = port == scheme.defaultPort
        var hash = ByteStringTable.emptyHash
        var offset = host.count
        while offset > 0 {
            offset -= 1
            // What stands behind a full stop is a parent domain, and the hash so far is its hash.
            if host[offset] == UInt8(ascii: "."), hasWildcards,
                holds(host.extracting(offset + 1..<host.count), hash, Tag.wildcard, port, isDefaultPort)
            {
                return true
            }
            hash = ByteStringTable.extend(hash, with: host[offset])
        }
        return holds(host, hash, 0, port, isDefaultPort)
    }

    private func holds(
        _ name: Span<UInt8>, _ hash: UInt64, _ tag: UInt32, _ port: UInt16, _ isDefaultPort: Bool
    ) -> Bool {
        if isDefaultPort, table.number(of: name, hash: hash, tag: tag) != nil { return true }
        return table.number(of: name, hash: hash, tag: tag | UInt32(port)) != nil
    }

    /// Appends the Punycode of a host outside ASCII that is, lower-cased and in NFC, a listed one or below one.
    ///
    /// - Parameter host: UTF-8.
    /// - Returns: false, and nothing appended, for any other.
    func appendASCII(ofUnicode host: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        guard !unicodeNames.isEmpty else { return false }
        let start = buffer.count
        var labelStart = 0
        while labelStart < host.count {
            if let name = UnicodeHost.lowercased(host.extracting(labelStart..<host.count)),
                let ascii = unicodeNames[name], buffer.freeCapacity >= ascii.count
            {
                buffer.append(ascii.span)
                return true
            }
            // What stands before a listed domain need not be listed, but has to be certain.
            guard let stop = host.firstOffset(of: UInt8(ascii: "."), from: labelStart),
                UnicodeHost.appendASCII(of: host.extracting(labelStart...stop), into: &buffer)
            else { break }
            labelStart = stop + 1
        }
        buffer.truncate(to: start)
        return false
    }

    private mutating func insert(_ pattern: String) throws(HostPatternError) {
        guard !pattern.isEmpty else { throw .empty(pattern: pattern) }
        let isWildcard = pattern.hasPrefix("*.")
        let bytes = Array(isWildcard ? pattern.utf8.dropFirst(2) : pattern.utf8[...])
        guard !bytes.isEmpty else { throw .empty(pattern: pattern) }
        guard !bytes.contains(UInt8(ascii: "*")) else { throw .misplacedWildcard(pattern: pattern) }
        guard !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F || HostList.notInHosts.contains($0) }) else {
            throw .notAHost(pattern: pattern)
        }
        var buffer = ByteBuffer(capacity: HostReader.writtenBytesMax)
        let authority: Authority
        let kind: Target.HostKind
        do throws(TargetRefusal) {
            authority = try Authority(parsing: bytes.span)
            kind = try HostReader.read(bytes.span.extracting(authority.host), names: HostList(), into: &buffer)
        } catch {
            let isPunycode = error == .hostSyntax && pattern.lowercased().contains("xn--")
            throw isPunycode ? .notPunycode(pattern: pattern) : .host(pattern: pattern, error)
        }
        let host = buffer.toArray()
        guard kind != .nonASCII else { throw .notCertain(pattern: pattern) }
        guard kind != .ipv4 || bytes[authority.host].elementsEqual(host) else {
            throw .host(pattern: pattern, .ipv4Spelling)
        }
        guard !isWildcard || kind == .name || kind == .punycode else { throw .misplacedWildcard(pattern: pattern) }
        guard host.last != UInt8(ascii: ".") else { throw .finalStop(pattern: pattern) }
        if kind == .punycode, let name = Self.unicodeName(host) { unicodeNames[name] = host }
        _ = table.insert(host.span, tag: (isWildcard ? Tag.wildcard : 0) | UInt32(authority.port ?? 0))
        hasWildcards = hasWildcards || isWildcard
    }

    /// The name that a browser makes the Punycode of; nil where it makes that of no name as it stands.
    private static func unicodeName(_ host: [UInt8]) -> String? {
        var buffer = ByteBuffer(capacity: UnicodeHost.bytesMax)
        guard UnicodeHost.appendUnicodeForm(of: host.span, into: &buffer) else { return nil }
        let bytes = buffer.toArray()
        let name = String(decoding: bytes, as: UTF8.self)
        return UnicodeHost.lowercased(bytes.span) == name ? name : nil
    }

    private static let notInHosts: ByteSet = "/\\?#@%"
}
