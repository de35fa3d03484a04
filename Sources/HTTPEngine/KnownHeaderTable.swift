/// Finds the known header of a name in one probe: a hash table without collisions, made from the names at the start.
///
/// 12 KiB, of which a request touches a line for each of its headers.
struct KnownHeaderTable: Sendable {
    /// The one table; a head keeps a reference to it.
    static let shared = KnownHeaderTable()

    private struct Entry {
        var key = HeaderNameKey()
        var known: KnownHeader?
    }

    private static let slotBits: UInt64 = 8
    private var entries: [Entry] = []
    private var multiplier: UInt64 = 1

    /// Looks for a multiplier under which every name has a slot of its own: about one in a hundred does.
    private init() {
        var candidate: UInt64 = 0x9E37_79B9_7F4A_7C15
        while !fill(multiplier: candidate) { candidate = candidate &* 0xBF58_476D_1CE4_E5B9 &+ 2 }
    }

    private mutating func fill(multiplier: UInt64) -> Bool {
        self.multiplier = multiplier
        entries = [Entry](repeating: Entry(), count: 1 << Int(Self.slotBits))
        for header in KnownHeader.allCases {
            let key = HeaderNameKey(header.name)
            let slot = slot(of: key)
            guard entries[slot].known == nil else { return false }
            entries[slot] = Entry(key: key, known: header)
        }
        return true
    }

    @inline(__always)
    private func slot(of key: HeaderNameKey) -> Int {
        // The rotations keep words that two names share from cancelling each other out.
        let mixed = key.word0 ^ (key.word1 &<< 1 | key.word1 &>> 63) ^ (key.word2 &<< 3 | key.word2 &>> 61)
        let hash = (mixed &+ UInt64(truncatingIfNeeded: key.count)) &* multiplier
        return Int(truncatingIfNeeded: hash &>> (64 &- Self.slotBits))
    }

    /// The known header of this name, or nil. O(1).
    @inline(__always)
    func header(_ key: HeaderNameKey) -> KnownHeader? {
        let slot = slot(of: key)
        return entries[slot].key == key ? entries[slot].known : nil
    }
}
