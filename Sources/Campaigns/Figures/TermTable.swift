import Bytes

/// The words that figures are kept by, each once, with a number.
///
/// Number 0 is no word at all (an open has no link). The empty word, `(other)` and `(unknown)` have fixed numbers. The
/// hash is seeded anew in every process, so nobody can choose words that collide.
struct TermTable {
    /// The number of no word.
    static let none: UInt32 = 0
    /// The number of the empty word, which a field that is missing has too.
    static let empty: UInt32 = 1
    /// The number of `(other)`: keys past a limit.
    static let other: UInt32 = 2
    /// The number of `(unknown)`: sections that the configuration does not have.
    static let unknown: UInt32 = 3

    /// Text of all words, one behind the other.
    private var text: [UInt8] = []
    /// Where each word's text ends; the word 0 is empty and stands at the start.
    private var ends: [Int] = [0]
    private var hashes: [UInt64] = [0]
    private var slots: [UInt32]

    /// A table that holds the fixed words.
    init() {
        slots = [UInt32](repeating: 0, count: 256)
        for word in ["", "(other)", "(unknown)"] { _ = intern(word) }
    }

    /// Words in the table, the one numbered 0 included.
    var count: Int { ends.count }

    /// Bytes that the table takes, about.
    var memoryBytes: Int { text.capacity + ends.capacity * 8 + hashes.capacity * 8 + slots.capacity * 4 }

    /// The word's number, given now when the word is new. O(length).
    mutating func intern(_ word: Span<UInt8>) -> UInt32 {
        let hash = Self.hash(word)
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != 0 {
            let number = slots[place]
            if hashes[Int(number)] == hash, equals(number, word) { return number }
            place = (place + 1) & (slots.count - 1)
        }
        let number = UInt32(ends.count)
        unsafe word.withUnsafeBufferPointer { unsafe text.append(contentsOf: $0) }
        ends.append(text.count)
        hashes.append(hash)
        slots[place] = number
        if ends.count * 2 > slots.count { grow() }
        return number
    }

    /// The number of a word that came from a client, invalid UTF-8 in it replaced by U+FFFD: what reports print alike
    /// is counted alike. The words that stand for what was folded are no client's: one that spells them is counted as
    /// it would stand in a link, with its parentheses encoded.
    mutating func intern(repairing word: Span<UInt8>) -> UInt32 {
        if word.equals("(other)") { return intern("%28other%29") }
        if word.equals("(unknown)") { return intern("%28unknown%29") }
        return UTF8Validation.isValid(word) ? intern(word) : intern(word.toString())
    }

    /// The word's number, given now when the word is new.
    mutating func intern(_ word: String) -> UInt32 {
        let bytes = Array(word.utf8)
        return intern(bytes.span)
    }

    /// The bytes of a word; empty for number 0.
    func bytes(_ number: UInt32) -> [UInt8] {
        number == 0 ? [] : Array(text[ends[Int(number) - 1]..<ends[Int(number)]])
    }

    /// Gives the bytes of a word; none for number 0.
    @inline(__always)
    func withBytes<Result>(_ number: UInt32, _ body: (Span<UInt8>) -> Result) -> Result {
        body(text.span.extracting(number == 0 ? 0..<0 : ends[Int(number) - 1]..<ends[Int(number)]))
    }

    /// The hash of a word: the same in this process for the same bytes, 0 for number 0.
    func hash(_ number: UInt32) -> UInt64 {
        hashes[Int(number)]
    }

    /// The hash that a word has or would have here.
    static func hash(_ word: Span<UInt8>) -> UInt64 {
        var hasher = Hasher()
        unsafe word.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// True when the text of `left` sorts before that of `right`, byte by byte.
    func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
        left != right && bytes(left).lexicographicallyPrecedes(bytes(right))
    }

    private func equals(_ number: UInt32, _ word: Span<UInt8>) -> Bool {
        let start = ends[Int(number) - 1]
        guard ends[Int(number)] - start == word.count else { return false }
        for offset in word.indices where text[start + offset] != word[offset] { return false }
        return true
    }

    private mutating func grow() {
        var grown = [UInt32](repeating: 0, count: slots.count * 2)
        for number in slots where number != 0 {
            var place = Int(truncatingIfNeeded: hashes[Int(number)]) & (grown.count - 1)
            while grown[place] != 0 { place = (place + 1) & (grown.count - 1) }
            grown[place] = number
        }
        slots = grown
    }
}
