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

    /// The key of no name.
    init() {
    }

    /// Reads the name at `start..<end`.
    @inline(__always)
    init(_ bytes: Span<UInt8>, start: Int, end: Int) {
        count = end &- start
        guard start &+ 32 <= bytes.count else {
            readNearEnd(bytes, start: start, end: end)
            return
        }
        word0 = Self.small(bytes.uncheckedWord(at: start) & Self.mask(count))
        guard count > 8 else { return }
        word1 = Self.small(bytes.uncheckedWord(at: start &+ 8) & Self.mask(count &- 8))
        guard count > 16 else { return }
        word2 = Self.small(bytes.uncheckedWord(at: start &+ 16) & Self.mask(count &- 16))
        guard count > 24 else { return }
        word3 = Self.small(bytes.uncheckedWord(at: start &+ 24) & Self.mask(count &- 24))
    }

    /// The same where the bytes end soon behind the name.
    @inline(never)
    private mutating func readNearEnd(_ bytes: Span<UInt8>, start: Int, end: Int) {
        word0 = Self.small(bytes.word(at: start, to: end))
        if count > 8 { word1 = Self.small(bytes.word(at: start &+ 8, to: end)) }
        if count > 16 { word2 = Self.small(bytes.word(at: start &+ 16, to: end)) }
        if count > 24 { word3 = Self.small(bytes.word(at: start &+ 24, to: end)) }
    }

    /// The bits of the first `count` bytes of a word, which is at least 0.
    @inline(__always)
    private static func mask(_ count: Int) -> UInt64 {
        count >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: 8 &* count)) &- 1
    }

    /// Reads a name of the program's own. Not for the hot path.
    init(_ name: StaticString) {
        var bytes: [UInt8] = []
        for index in 0..<name.utf8CodeUnitCount { bytes.append(unsafe name.utf8Start[index]) }
        self.init(bytes.span, start: 0, end: bytes.count)
    }

    /// The word with its capital letters made small: of the bytes with the bit 0x40, which letters have, the bit 0x20
    /// is set. A control byte stays one, so that no name with a carriage return in it passes for a known one.
    @inline(__always)
    private static func small(_ word: UInt64) -> UInt64 {
        word | (word & 0x4040_4040_4040_4040) &>> 1
    }

    /// A hash of the name alone: its words and its length, each multiplied by an odd number of its own and added up.
    @inline(__always)
    var hash: UInt64 {
        let words =
            (word0 &* 0x9E37_79B9_7F4A_7C15) &+ (word1 &* 0xC2B2_AE3D_27D4_EB4F) &+ (word2 &* 0x1656_67B1_9E37_79F9)
            &+ (word3 &* 0x27D4_EB2F_1656_67C5)
        return words &+ (UInt64(truncatingIfNeeded: count) &* 0x85EB_CA77_C2B2_AE63)
    }
}
