import Bytes

/// The hosts whose every link is dead: names and addresses, and domains with all that is below them.
struct KilledHosts: Sendable {
    private enum Tag {
        /// The port stands in the low 16 bits; 0 means every port.
        static let wildcard: UInt32 = 1 << 16
    }

    private var table = ByteStringTable(foldsCase: false)

    /// True when there is none.
    var isEmpty: Bool { table.count == 0 }

    /// Adds a host, or with `isWildcard` what is below a domain.
    ///
    /// - Returns: false when it was there before.
    mutating func insert(_ host: [UInt8], isWildcard: Bool, port: UInt16) -> Bool {
        let count = table.count
        return table.insert(host.span, tag: (isWildcard ? Tag.wildcard : 0) | UInt32(port)) == count
    }

    /// True when links to this host are dead. O(length of the host).
    func contains(_ host: Span<UInt8>, port: UInt16) -> Bool {
        guard table.count > 0 else { return false }
        var hash = ByteStringTable.emptyHash
        var offset = host.count
        while offset > 0 {
            offset -= 1
            // What stands behind a full stop is a parent domain, and the hash so far is its hash.
            if host[offset] == UInt8(ascii: "."),
                holds(host.extracting(offset + 1..<host.count), hash, Tag.wildcard, port)
            {
                return true
            }
            hash = ByteStringTable.extend(hash, with: host[offset])
        }
        return holds(host, hash, 0, port)
    }

    private func holds(_ name: Span<UInt8>, _ hash: UInt64, _ tag: UInt32, _ port: UInt16) -> Bool {
        table.number(of: name, hash: hash, tag: tag) != nil
            || table.number(of: name, hash: hash, tag: tag | UInt32(port)) != nil
    }
}
