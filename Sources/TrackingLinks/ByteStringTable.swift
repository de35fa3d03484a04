import Bytes

/// A read-only dictionary from short byte strings, each with a tag beside it, to their numbers.
///
/// Strings lie in one array and are found by open addressing in a table that is at most half full, so that a look-up
/// touches no other object and allocates nothing. The hash runs from the last byte to the first: one pass over a host
/// gives the hashes of all its parent domains. A table that folds case
/// compares ASCII letters without regard to it. Whoever asks can't change the table,
/// so a hostile name costs one probe sequence of the operator's own names and no more.
struct ByteStringTable: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let offset: UInt32
        let count: UInt32
        let tag: UInt32
    }

    private let foldsCase: Bool
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Entry number plus one, 0 for a free slot. The count is a power of two.
    private var slots: [UInt32] = [0, 0]

    init(foldsCase: Bool) {
        self.foldsCase = foldsCase
    }

    /// How many strings the table holds; they are numbered from 0 in the order of insertion.
    var count: Int { entries.count }

    /// The hash of no bytes, from which `extend` goes on.
    static let emptyHash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash of a string with `byte` put before it (FNV-1a, read backwards), the same for both cases of a letter.
    @inline(__always)
    static func extend(_ hash: UInt64, with byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte.asciiLowercased)) &* 0x0000_0100_0000_01B3
    }

    /// The hash of a whole string.
    static func hash(_ string: Span<UInt8>) -> UInt64 {
        var hash = emptyHash
        var offset = string.count
        while offset > 0 {
            offset -= 1
            hash = extend(hash, with: string[offset])
        }
        return hash
    }

    /// Number of the string with that tag, or nil. O(length) for a table that is well filled.
    ///
    /// - Parameter hash: `hash(string)`.
    func number(of string: Span<UInt8>, hash: UInt64, tag: UInt32) -> Int? {
        let mask = UInt64(slots.count - 1)
        var slot = Self.firstSlot(hash, tag) & mask
        while slots[Int(slot)] != 0 {
            let number = Int(slots[Int(slot)] - 1)
            if entries[number].hash == hash, entries[number].tag == tag, matches(string, entries[number]) {
                return number
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Adds a string that is not in the table yet and returns its number; one that is keeps its number.
    mutating func insert(_ string: Span<UInt8>, tag: UInt32 = 0) -> Int {
        let hash = Self.hash(string)
        if let number = number(of: string, hash: hash, tag: tag) { return number }
        entries.append(Entry(hash: hash, offset: UInt32(bytes.count), count: UInt32(string.count), tag: tag))
        for offset in string.indices { bytes.append(string[offset]) }
        if entries.count * 2 > slots.count {
            slots = Array(repeating: 0, count: slots.count * 4)
            for number in entries.indices { place(number) }
        } else {
            place(entries.count - 1)
        }
        return entries.count - 1
    }

    private mutating func place(_ number: Int) {
        let mask = UInt64(slots.count - 1)
        var slot = Self.firstSlot(entries[number].hash, entries[number].tag) & mask
        while slots[Int(slot)] != 0 { slot = (slot + 1) & mask }
        slots[Int(slot)] = UInt32(number + 1)
    }

    private func matches(_ string: Span<UInt8>, _ entry: Entry) -> Bool {
        guard string.count == Int(entry.count) else { return false }
        for offset in string.indices {
            let byte = string[offset]
            let stored = bytes[Int(entry.offset) + offset]
            guard byte == stored || (foldsCase && byte.asciiLowercased == stored.asciiLowercased) else { return false }
        }
        return true
    }

    private static func firstSlot(_ hash: UInt64, _ tag: UInt32) -> UInt64 {
        let mixed = (hash ^ UInt64(tag)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed >> 32)
    }
}
