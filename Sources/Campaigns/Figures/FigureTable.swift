/// What figures are kept by: a few numbers, compared whole.
protocol FigureKey: Equatable {
    /// A hash of all of its numbers.
    func hash(seed: UInt64) -> UInt64
}

/// A cheap hash of a few numbers: products of 128 bits, folded (the idea of wyhash).
///
/// It is for tables inside the process, whose keys are compared whole after it. The seed is random, so nobody outside
/// can choose keys that collide.
enum FoldedHash {
    /// Takes in 16 bytes.
    @inline(__always)
    static func mix(_ state: UInt64, _ first: UInt64, _ second: UInt64) -> UInt64 {
        let product = (state ^ first ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: second ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    /// Lets every bit decide every other.
    @inline(__always)
    static func finish(_ state: UInt64) -> UInt64 {
        mix(state, 0x8EBC_6AF0_9C88_C6E3, state)
    }
}

/// Values by keys, in the order in which keys came: an open-addressing table of places in two arrays.
///
/// A look-up costs one cheap hash and, but for chance, one comparison of a key. Nothing is ever removed.
struct FigureTable<Key: FigureKey, Value> {
    /// The keys, each once.
    private(set) var keys: [Key] = []
    /// The value of the key at the same place.
    var values: [Value] = []
    /// The upper half of a key's hash, and its place plus one; 0 is free.
    private var slots: [UInt64] = []
    private let seed = UInt64.random(in: 0...UInt64.max)

    /// Keys in the table.
    var count: Int { keys.count }

    /// Keys and values, in the order in which the keys came.
    var entries: Zip2Sequence<[Key], [Value]> { zip(keys, values) }

    /// The place of a key; nil when it was never added. O(1).
    func place(of key: Key) -> Int? {
        guard !slots.isEmpty else { return nil }
        let found = slots[slot(of: key)]
        return found == 0 ? nil : Int(UInt32(truncatingIfNeeded: found)) - 1
    }

    /// The place of a key, which is added with a value when it is new. O(1) amortised.
    @inline(__always)
    mutating func place(of key: Key, orAdd value: @autoclosure () -> Value) -> Int {
        if keys.count * 2 >= slots.count { grow() }
        let slot = slot(of: key)
        if slots[slot] != 0 { return Int(UInt32(truncatingIfNeeded: slots[slot])) - 1 }
        keys.append(key)
        values.append(value())
        slots[slot] = key.hash(seed: seed) & Self.tagMask | UInt64(keys.count)
        return keys.count - 1
    }

    private static var tagMask: UInt64 { 0xFFFF_FFFF_0000_0000 }

    /// The slot that holds the key, or the free one where it belongs.
    @inline(__always)
    private func slot(of key: Key) -> Int {
        let hash = key.hash(seed: seed)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let found = slots[slot]
            if (found ^ hash) & Self.tagMask == 0, keys[Int(UInt32(truncatingIfNeeded: found)) - 1] == key {
                return slot
            }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: max(64, slots.count * 2))
        for (place, key) in keys.enumerated() {
            let hash = key.hash(seed: seed)
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = hash & Self.tagMask | UInt64(place + 1)
        }
    }
}
