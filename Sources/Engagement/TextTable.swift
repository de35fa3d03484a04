internal import Bytes

/// Texts that are compared whole, each with a number: an open-addressing table over one block of bytes.
///
/// A look-up costs one hash of the text and, but for chance, one comparison. Only the owner's own data goes in, so that
/// no visitor can make the table slow.
struct TextTable: Sendable {
    private struct Entry: Sendable {
        let hash: UInt64
        let bytes: [UInt8]
        let number: UInt16
    }

    private var slots: [Int32]
    private var entries: [Entry] = []

    /// A table that will hold at most `capacity` texts.
    init(capacity: Int) {
        var slotCount = 16
        while slotCount < 2 * capacity { slotCount *= 2 }
        slots = Array(repeating: -1, count: slotCount)
    }

    /// Adds a text. A text that is there already keeps its number.
    mutating func insert(_ text: String, number: UInt16) {
        let bytes = Array(text.utf8)
        let hash = textHash(bytes.span)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, entry.bytes == bytes { return }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(entries.count)
        entries.append(Entry(hash: hash, bytes: bytes, number: number))
    }

    /// The number of a text, or nil. Allocates nothing.
    func number(of text: Span<UInt8>) -> UInt16? {
        let hash = textHash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, sameText(entry.bytes.span, text) { return entry.number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }
}

/// A hash for tables inside the process.
func textHash(_ text: Span<UInt8>) -> UInt64 {
    SipHash24(key: SipHashKey(bytes: .zero)).hash64(text)
}

/// True when two texts are the same, compared eight bytes at a time. Not for secrets.
func sameText(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
    guard first.count == second.count else { return false }
    var offset = 0
    while first.count - offset >= 8 {
        guard first.littleEndian(UInt64.self, at: offset) == second.littleEndian(UInt64.self, at: offset) else {
            return false
        }
        offset += 8
    }
    while offset < first.count {
        guard first[offset] == second[offset] else { return false }
        offset += 1
    }
    return true
}
