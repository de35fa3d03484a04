/// A set of people by their hashes, to be asked for one person after the other: 10 bytes a person.
///
/// Open addressing with the hash itself as its own place: hashes are keyed, so that they spread and nobody outside
/// chooses them. Made once, for as many people as there are.
struct PersonHashes {
    private var slots: [UInt64]
    /// Zero marks a free slot, and stands here as a member.
    private var hasZero = false

    /// Makes an empty set.
    ///
    /// - Parameter count: how many people will be added at the most.
    init(count: Int) {
        slots = [UInt64](repeating: 0, count: count + count / 4 + 2)
    }

    /// Adds a person. O(1).
    mutating func insert(_ hash: UInt64) {
        if hash == 0 { return hasZero = true }
        slots[slot(of: hash)] = hash
    }

    /// True for a member. O(1).
    func contains(_ hash: UInt64) -> Bool {
        hash == 0 ? hasZero : slots[slot(of: hash)] == hash
    }

    /// The slot that holds `hash`, or the free one where it belongs.
    private func slot(of hash: UInt64) -> Int {
        var place = Int(hash.multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[place] != 0, slots[place] != hash {
            place += 1
            if place == slots.count { place = 0 }
        }
        return place
    }
}
