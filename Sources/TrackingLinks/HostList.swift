import Bytes

/// The hosts that a section's links may lead to.
///
/// A pattern is a host (`www.example.com`, `192.0.2.1`, `[2001:db8::1]`) or `*.` and a domain, which covers every depth
/// of subdomain but not the domain itself. With `:port` behind it a pattern lists that port alone, without one the
/// default ports. Hosts are compared without regard to ASCII case.
///
/// Looking up costs O(labels of the host) whatever the list's size, and allocates nothing.
package struct HostList: Sendable {
    private enum Tag {
        /// The port stands in the low 16 bits; 0 means the schemes' default ports.
        static let wildcard: UInt32 = 1 << 16
    }

    private var table = ByteStringTable(foldsCase: true)
    private var hasWildcards = false

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

    private mutating func insert(_ pattern: String) throws(HostPatternError) {
        guard !pattern.isEmpty else { throw .empty(pattern: pattern) }
        let isWildcard = pattern.hasPrefix("*.")
        let bytes = Array(isWildcard ? pattern.utf8.dropFirst(2) : pattern.utf8[...])
        guard !bytes.isEmpty else { throw .empty(pattern: pattern) }
        guard !bytes.contains(UInt8(ascii: "*")) else { throw .misplacedWildcard(pattern: pattern) }
        guard !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F || HostList.notInHosts.contains($0) }) else {
            throw .notAHost(pattern: pattern)
        }
        let authority: Authority
        do throws(TargetRefusal) {
            authority = try Authority(parsing: bytes.span)
        } catch {
            throw .host(pattern: pattern, error)
        }
        guard authority.hostKind.isListable else { throw .unlistable(pattern: pattern, authority.hostKind) }
        guard !isWildcard || authority.hostKind == .name else { throw .misplacedWildcard(pattern: pattern) }
        guard bytes[authority.hostCount - 1] != UInt8(ascii: ".") else { throw .finalStop(pattern: pattern) }

        let tag = (isWildcard ? Tag.wildcard : 0) | UInt32(authority.port ?? 0)
        if let address = IPv6Address(bracketed: bytes.span.extracting(0..<authority.hostCount)) {
            var canonical = ByteBuffer(capacity: 64)
            address.append(into: &canonical)
            canonical.withSpan { _ = table.insert($0, tag: tag) }
        } else {
            _ = table.insert(bytes.span.extracting(0..<authority.hostCount), tag: tag)
        }
        hasWildcards = hasWildcards || isWildcard
    }

    private static let notInHosts: ByteSet = "/\\?#@"
}
