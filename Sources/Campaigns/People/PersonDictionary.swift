/// The numbers of one section's people: 64-bit hash of a person to a dense number, counted from 0 in the order of first
/// sight.
///
/// Dense numbers are what makes sets of people small (`PersonSet`): people who were first seen together, such as those
/// of one campaign, have neighbouring numbers. The hash is keyed, so nobody outside can choose two people that collide;
/// two people whose 64 bits are the same are one person here.
///
/// An open-addressing table of 12-byte slots (hash, number), filled to 85% and grown by 1.4: between 14.1 and 19.8
/// bytes a person, and both tables for the moment of growing. A slot's home is the hash scaled to the capacity, so the
/// table stays in the order of the hashes and growing is one pass from front to back. Numbers are never given twice.
@safe
final class PersonDictionary {
    /// People in the dictionary, which is also the next number.
    private(set) var count = 0
    /// Hashes by number from `unsavedStart` on: what the store does not hold in full chunks yet.
    private(set) var unsaved: [UInt64] = []
    /// The number of the first hash in `unsaved`: a multiple of `chunkCount`.
    private(set) var unsavedStart = 0

    private var savedCount = 0

    /// People in one stored chunk.
    static let chunkCount = 4_096

    private var slots: UnsafeMutableRawPointer
    private var capacity: Int

    /// Makes an empty dictionary.
    ///
    /// - Parameter expected: how many people to make room for at once.
    init(expected: Int = 0) {
        capacity = max(64, expected + expected / 4)
        unsafe slots = Self.emptySlots(capacity)
    }

    deinit {
        unsafe slots.deallocate()
    }

    /// The person's number, or nil when the person was never seen. O(1).
    func number(of hash: UInt64) -> UInt32? {
        let number = numberInSlot(slot(of: hash))
        return number == Self.free ? nil : number
    }

    /// The person's number, given now when the person was never seen. O(1) amortised.
    ///
    /// - Returns: nil when all 2^32 - 1 numbers are given.
    func intern(_ hash: UInt64) -> UInt32? {
        let place = slot(of: hash)
        let known = numberInSlot(place)
        if known != Self.free { return known }
        guard count < Int(Self.free) else { return nil }
        let number = UInt32(count)
        store(hash, number, inSlot: place)
        count += 1
        unsaved.append(hash)
        if count * 100 > capacity * 85 { grow(to: capacity * 7 / 5) }
        return number
    }

    /// Takes in a stored chunk: the hashes of the numbers that follow those known so far.
    ///
    /// - Returns: false when a hash stands in it twice or was known, which a sound store never has.
    func load(_ hashes: [UInt64]) -> Bool {
        for hash in hashes {
            let before = count
            guard intern(hash) != nil, count == before + 1 else { return false }
        }
        markSaved()
        return true
    }

    /// Forgets the unsaved hashes of full chunks: the store holds them now. The last, partial chunk stays, since it
    /// is written again when it grows.
    func markSaved() {
        let full = unsaved.count / Self.chunkCount * Self.chunkCount
        unsaved.removeFirst(full)
        unsavedStart += full
        savedCount = count
    }

    /// True when there are people that the store does not hold.
    var hasUnsaved: Bool { count > savedCount }

    /// Bytes of memory that the table takes.
    var memoryBytes: Int { capacity * Self.slotBytes + unsaved.capacity * 8 }

    private static let slotBytes = 12
    private static let free = UInt32.max

    /// The slot that holds `hash`, or the free one where it belongs.
    private func slot(of hash: UInt64) -> Int {
        var place = Int(hash.multipliedFullWidth(by: UInt64(capacity)).high)
        while true {
            let slot = unsafe slots + place * Self.slotBytes
            let number = unsafe slot.load(fromByteOffset: 8, as: UInt32.self)
            if number == Self.free { return place }
            if (unsafe slot.loadUnaligned(as: UInt64.self)) == hash { return place }
            place += 1
            if place == capacity { place = 0 }
        }
    }

    private func numberInSlot(_ place: Int) -> UInt32 {
        unsafe slots.load(fromByteOffset: place * Self.slotBytes + 8, as: UInt32.self)
    }

    private func store(_ hash: UInt64, _ number: UInt32, inSlot place: Int) {
        unsafe slots.storeBytes(of: hash, toByteOffset: place * Self.slotBytes, as: UInt64.self)
        unsafe slots.storeBytes(of: number, toByteOffset: place * Self.slotBytes + 8, as: UInt32.self)
    }

    private func grow(to newCapacity: Int) {
        let old = unsafe slots
        let oldCapacity = capacity
        unsafe slots = Self.emptySlots(newCapacity)
        capacity = newCapacity
        for place in 0..<oldCapacity {
            let source = unsafe old + place * Self.slotBytes
            let number = unsafe source.load(fromByteOffset: 8, as: UInt32.self)
            if number == Self.free { continue }
            let hash = unsafe source.loadUnaligned(as: UInt64.self)
            store(hash, number, inSlot: slot(of: hash))
        }
        unsafe old.deallocate()
    }

    private static func emptySlots(_ capacity: Int) -> UnsafeMutableRawPointer {
        let bytes = capacity * slotBytes
        let slots = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        unsafe slots.initializeMemory(as: UInt8.self, repeating: 0xFF, count: bytes)
        return unsafe slots
    }
}
