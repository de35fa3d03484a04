import Bytes

/// What stretches of bytes came to, found again by the bytes themselves.
///
/// Events repeat: the words of a campaign, its links, the user agents that fetch. Hashing and comparing a stretch as a
/// whole costs a few nanoseconds, where reading each word of it again costs hundreds. Every byte is compared, so that
/// no collision of hashes ever gives the value of other bytes. It holds `entriesMax` stretches and `bytesMax` bytes at
/// the most; when either is full all are forgotten and learnt again, and its memory stays what it was.
struct ByteMemo<Value> {
    private struct Entry {
        let hash: UInt64
        let extra: UInt64
        let start: Int
        let firstCount: Int
        let secondCount: Int
        let value: Value
    }

    private var entries: [Entry] = []
    private var text: [UInt8] = []
    /// Places of entries plus one; 0 is free.
    private var slots: [UInt16] = []
    private let seed: UInt64
    private let hashMask: UInt64

    /// Stretches that are remembered at once.
    static var entriesMax: Int { 4_096 }
    /// Bytes that are remembered at once.
    static var bytesMax: Int { 1 << 20 }
    private static var slotCount: Int { 4 * entriesMax }

    /// - Parameter hashMask: bits of the hash that count; all of them, but for tests that want collisions.
    init(hashMask: UInt64 = .max) {
        seed = .random(in: 0...UInt64.max)
        self.hashMask = hashMask
    }

    /// Forgets everything. The memory stays.
    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = 0 }
    }

    /// The value that was remembered for two stretches and a number that belongs to them. O(bytes).
    @inline(__always)
    func value(of first: Span<UInt8>, _ second: Span<UInt8>, extra: UInt64) -> Value? {
        guard !slots.isEmpty else { return nil }
        let hash = Self.hash(first, second, extra, seed) & hashMask
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if entries[place].hash == hash, holds(place, first, second, extra) { return entries[place].value }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return nil
    }

    /// Remembers a value. Stretches that are remembered already stay as they are.
    mutating func remember(_ value: Value, of first: Span<UInt8>, _ second: Span<UInt8>, extra: UInt64) {
        let count = first.count + second.count
        guard count <= Self.bytesMax / 16 else { return }
        if slots.isEmpty { slots = [UInt16](repeating: 0, count: Self.slotCount) }
        if entries.count == Self.entriesMax || text.count + count > Self.bytesMax { removeAll() }
        let hash = Self.hash(first, second, extra, seed) & hashMask
        var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
        while slots[slot] != 0 {
            if holds(Int(slots[slot]) - 1, first, second, extra) { return }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        entries.append(
            Entry(
                hash: hash, extra: extra, start: text.count, firstCount: first.count, secondCount: second.count,
                value: value))
        unsafe first.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        unsafe second.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        slots[slot] = UInt16(entries.count)
    }

    @inline(__always)
    private func holds(_ place: Int, _ first: Span<UInt8>, _ second: Span<UInt8>, _ extra: UInt64) -> Bool {
        let entry = entries[place]
        guard entry.extra == extra, entry.firstCount == first.count, entry.secondCount == second.count else {
            return false
        }
        let bytes = text.span
        let middle = entry.start + entry.firstCount
        return Self.isSame(first, bytes.extracting(entry.start..<middle))
            && Self.isSame(second, bytes.extracting(middle..<middle + entry.secondCount))
    }

    @inline(__always)
    private static func isSame(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var offset = 0
        var difference: UInt64 = 0
        while left.count - offset >= 8 {
            difference |= left.littleEndian(UInt64.self, at: offset) ^ right.littleEndian(UInt64.self, at: offset)
            offset += 8
        }
        while offset < left.count {
            difference |= UInt64(left[offset] ^ right[offset])
            offset += 1
        }
        return difference == 0
    }

    @inline(__always)
    private static func hash(
        _ first: Span<UInt8>, _ second: Span<UInt8>, _ extra: UInt64, _ seed: UInt64
    ) -> UInt64 {
        let state = FoldedHash.mix(seed, extra, UInt64(first.count))
        return FoldedHash.finish(absorb(second, into: absorb(first, into: state)))
    }

    /// Takes in all bytes, the last ones by a word that overlaps those before it.
    @inline(__always)
    private static func absorb(_ bytes: Span<UInt8>, into start: UInt64) -> UInt64 {
        var state = start
        var offset = 0
        while bytes.count - offset >= 16 {
            state = FoldedHash.mix(
                state, bytes.littleEndian(at: offset), bytes.littleEndian(at: offset + 8))
            offset += 16
        }
        guard offset < bytes.count else { return state }
        if bytes.count >= 16 {
            return FoldedHash.mix(
                state, bytes.littleEndian(at: bytes.count - 16), bytes.littleEndian(at: bytes.count - 8))
        }
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<min(8, bytes.count) { words.0 |= UInt64(bytes[index]) << UInt64(8 * index) }
        for index in min(8, bytes.count)..<bytes.count { words.1 |= UInt64(bytes[index]) << UInt64(8 * (index - 8)) }
        return FoldedHash.mix(state, words.0, words.1)
    }
}
