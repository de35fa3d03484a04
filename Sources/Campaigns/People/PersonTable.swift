/// A part of a `PersonDictionary`: the numbers of the hashes of one range, in an open-addressing table.
///
/// Slots of 12 bytes (hash, number), filled to 85% and grown by a quarter. A slot's home is the hash scaled to the
/// capacity, so the table stays in the order of the hashes and growing is one pass from front to back.
@safe
struct PersonTable: ~Copyable {
    private var slots: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = 0

    /// A number that nobody has.
    static let free = UInt32.max
    private static let slotBytes = 12

    init(capacity: Int) {
        self.capacity = max(8, capacity)
        unsafe slots = Self.emptySlots(self.capacity)
    }

    deinit {
        unsafe slots.deallocate()
    }

    /// Bytes of memory that the slots take.
    var memoryBytes: Int { capacity * Self.slotBytes }

    /// Reads the number where the hash's home is, whosever it is. It brings the place into the processor's cache, and
    /// several such reads go on at once, where one look-up after the other waits for each.
    @inline(__always)
    func touch(_ hash: UInt64) -> UInt32 {
        numberInSlot(home(of: hash))
    }

    /// The number of a hash, or `free`. O(1).
    @inline(__always)
    func number(of hash: UInt64) -> UInt32 {
        numberInSlot(slot(of: hash))
    }

    /// The number of a hash, which is `next` when the hash is new. O(1) amortised.
    @inline(__always)
    mutating func number(of hash: UInt64, orAdd next: UInt32) -> UInt32 {
        let place = slot(of: hash)
        let known = numberInSlot(place)
        if known != Self.free { return known }
        store(hash, next, inSlot: place)
        count += 1
        if count * 100 > capacity * 85 { grow(to: capacity * 5 / 4 + 8) }
        return next
    }

    /// Removes a hash. What stands behind it moves up where its home allows, so that a look-up still ends at a free
    /// slot.
    mutating func remove(_ hash: UInt64) {
        var hole = slot(of: hash)
        guard numberInSlot(hole) != Self.free else { return }
        count -= 1
        var place = hole
        while true {
            place = place + 1 == capacity ? 0 : place + 1
            let number = numberInSlot(place)
            if number == Self.free { break }
            let other = unsafe (slots + place * Self.slotBytes).loadUnaligned(as: UInt64.self)
            let home = home(of: other)
            // A slot between the hole and the home would be missed by whoever looks from there.
            if hole <= place ? home > hole && home <= place : home > hole || home <= place { continue }
            store(other, number, inSlot: hole)
            hole = place
        }
        store(0, Self.free, inSlot: hole)
    }

    /// The hash scaled to the capacity by what stands behind its first six bits: those chose the table.
    @inline(__always)
    private func home(of hash: UInt64) -> Int {
        Int((hash << 6).multipliedFullWidth(by: UInt64(capacity)).high)
    }

    /// The slot that holds `hash`, or the free one where it belongs.
    @inline(__always)
    private func slot(of hash: UInt64) -> Int {
        var place = home(of: hash)
        while true {
            let slot = unsafe slots + place * Self.slotBytes
            let number = unsafe slot.load(fromByteOffset: 8, as: UInt32.self)
            if number == Self.free { return place }
            if (unsafe slot.loadUnaligned(as: UInt64.self)) == hash { return place }
            place += 1
            if place == capacity { place = 0 }
        }
    }

    @inline(__always)
    private func numberInSlot(_ place: Int) -> UInt32 {
        unsafe slots.load(fromByteOffset: place * Self.slotBytes + 8, as: UInt32.self)
    }

    private func store(_ hash: UInt64, _ number: UInt32, inSlot place: Int) {
        unsafe slots.storeBytes(of: hash, toByteOffset: place * Self.slotBytes, as: UInt64.self)
        unsafe slots.storeBytes(of: number, toByteOffset: place * Self.slotBytes + 8, as: UInt32.self)
    }

    private mutating func grow(to newCapacity: Int) {
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
