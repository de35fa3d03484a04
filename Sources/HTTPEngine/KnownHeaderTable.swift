/// Finds the known header of a name in one probe: a hash table without collisions, made from the names at the start.
///
/// 12 KiB, of which a request touches a line for each of its headers.
final class KnownHeaderTable: Sendable {
    /// The one table; a head keeps a reference to it.
    static let shared = KnownHeaderTable()

    private struct Entry {
        var key = HeaderNameKey()
        var known: KnownHeader?
    }

    private static let slotBits: UInt64 = 8
    private let entries: [Entry]
    /// Which bits of a hash are the slot.
    private let shift: UInt64
    private let multiplier: UInt64

    /// Looks for a multiplier under which every name has a slot of its own: about one in a hundred does.
    private init() {
        var candidate: UInt64 = 1
        var found = Self.entries(multiplier: candidate)
        while found == nil {
            candidate = candidate &* 0xBF58_476D_1CE4_E5B9 &+ 2
            found = Self.entries(multiplier: candidate | 1)
        }
        multiplier = candidate | 1
        shift = 64 - Self.slotBits
        entries = found ?? []
    }

    private static func entries(multiplier: UInt64) -> [Entry]? {
        var entries = [Entry](repeating: Entry(), count: 1 << Int(slotBits))
        for header in KnownHeader.allCases {
            let key = HeaderNameKey(header.name)
            let slot = Int((key.hash &* multiplier) >> (64 - slotBits))
            guard entries[slot].known == nil else { return nil }
            entries[slot] = Entry(key: key, known: header)
        }
        return entries
    }

    /// The known header of this name, whose hash is `hash`, or nil. O(1).
    @inline(__always)
    func header(_ key: HeaderNameKey, hash: UInt64) -> KnownHeader? {
        let slot = Int(truncatingIfNeeded: (hash &* multiplier) &>> shift)
        return entries[slot].key == key ? entries[slot].known : nil
    }
}
