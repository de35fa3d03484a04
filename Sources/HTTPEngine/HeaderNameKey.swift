import Bytes

/// A header's name as lower-cased machine words: what makes finding a known name one probe, and hashing the order of
/// names cheap. Names longer than 32 bytes keep their length and their first 32 bytes.
struct HeaderNameKey: Equatable {
    /// Length of the name in bytes.
    private(set) var count = 0
    /// The first to fourth eight bytes, little-endian, zero behind the end.
    private(set) var word0: UInt64 = 0
    private(set) var word1: UInt64 = 0
    private(set) var word2: UInt64 = 0
    private(set) var word3: UInt64 = 0

    private static let smallLetters: UInt64 = 0x2020_2020_2020_2020

    /// The key of no name.
    init() {
    }

    /// Reads the name from `start` up to its colon, in the same words that look for the colon: nil when there is none
    /// in the first 32 bytes. These lie inside.
    @inline(__always)
    init?(upToColon bytes: Span<UInt8>, start: Int) {
        word0 = bytes.uncheckedWord(at: start)
        var marks = colonMarks(word0)
        if marks != 0 {
            word0 = endName(word0, marks, at: 0)
            return
        }
        word0 |= Self.smallLetters
        word1 = bytes.uncheckedWord(at: start &+ 8)
        marks = colonMarks(word1)
        if marks != 0 {
            word1 = endName(word1, marks, at: 8)
            return
        }
        word1 |= Self.smallLetters
        word2 = bytes.uncheckedWord(at: start &+ 16)
        marks = colonMarks(word2)
        if marks != 0 {
            word2 = endName(word2, marks, at: 16)
            return
        }
        word2 |= Self.smallLetters
        word3 = bytes.uncheckedWord(at: start &+ 24)
        marks = colonMarks(word3)
        if marks == 0 { return nil }
        word3 = endName(word3, marks, at: 24)
    }

    /// Sets the count to where the first mark stands in the word at `offset`.
    ///
    /// - Returns: the letters before the mark.
    @inline(__always)
    private mutating func endName(_ word: UInt64, _ marks: UInt64, at offset: Int) -> UInt64 {
        let bits = marks.trailingZeroBitCount & 0x38
        count = offset &+ bits &>> 3
        return (word | Self.smallLetters) & ((1 &<< UInt64(truncatingIfNeeded: bits)) &- 1)
    }

    /// Reads the name at `start..<end`. At least eight bytes stand before `end`: a request line does.
    @inline(__always)
    init(_ bytes: Span<UInt8>, start: Int, end: Int) {
        count = end &- start
        word0 = Self.word(bytes, start: start, end: end)
        guard count > 8 else { return }
        word1 = Self.word(bytes, start: start &+ 8, end: end)
        guard count > 16 else { return }
        word2 = Self.word(bytes, start: start &+ 16, end: end)
        guard count > 24 else { return }
        word3 = Self.word(bytes, start: start &+ 24, end: end)
    }

    /// Reads a name of the program's own. Not for the hot path.
    init(_ name: StaticString) {
        let padding: StaticString = "        "
        var bytes: [UInt8] = []
        for index in 0..<padding.utf8CodeUnitCount { bytes.append(unsafe padding.utf8Start[index]) }
        for index in 0..<name.utf8CodeUnitCount { bytes.append(unsafe name.utf8Start[index]) }
        self.init(bytes.span, start: padding.utf8CodeUnitCount, end: bytes.count)
    }

    /// The word at `start`, cut at `end`: a short one is read from the eight bytes that stop at `end`.
    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, start: Int, end: Int) -> UInt64 {
        let length = end &- start
        if length >= 8 { return bytes.word(at: start) | smallLetters }
        if length == 0 { return 0 }
        return (bytes.word(at: end &- 8) | smallLetters) &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length)
    }

    /// Folds the name into a hash of the names before it: `RequestHead.orderHash` says how.
    @inline(__always)
    func mixed(into hash: UInt64) -> UInt64 {
        var mixed = Self.mix(hash, word0)
        if count > 8 { mixed = Self.mix(mixed, word1) }
        if count > 16 { mixed = Self.mix(mixed, word2) }
        if count > 24 { mixed = Self.mix(mixed, word3) }
        return Self.mix(mixed, UInt64(truncatingIfNeeded: count))
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product &>> 32)
    }
}
