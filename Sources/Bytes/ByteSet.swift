/// A set of byte values: 32 bytes, one test a look-up. A literal lists its members: `let vowels: ByteSet = "aeiou"`.
package struct ByteSet: Equatable, Sendable, ExpressibleByStringLiteral {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The set of no byte.
    package init() {}

    /// The set of the bytes of a literal's UTF-8.
    package init(stringLiteral literal: StaticString) {
        for offset in 0..<literal.utf8CodeUnitCount { insert(unsafe literal.utf8Start[offset]) }
    }

    /// The set of all bytes in `range`.
    package init(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    /// True when `byte` is in the set.
    @inline(__always)
    package func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        return switch byte >> 6 {
        case 0: words.0 & bit != 0
        case 1: words.1 & bit != 0
        case 2: words.2 & bit != 0
        default: words.3 & bit != 0
        }
    }

    /// Puts `byte` into the set.
    package mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    /// The bytes that are in one of the two.
    package func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words.0 |= other.words.0
        result.words.1 |= other.words.1
        result.words.2 |= other.words.2
        result.words.3 |= other.words.3
        return result
    }

    /// The bytes that are not in this set.
    package var inverted: ByteSet {
        var result = self
        result.words = (~words.0, ~words.1, ~words.2, ~words.3)
        return result
    }

    package static func == (left: ByteSet, right: ByteSet) -> Bool {
        left.words == right.words
    }

    /// `0` to `9`.
    package static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))

    /// `A` to `Z`, `a` to `z`.
    package static let letters = ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        .union(ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z")))

    /// What never needs percent-coding in a URL (RFC 3986, 2.3).
    package static let unreserved = letters.union(digits).union("-._~")

    /// What separates the parts of a URL or of one of them (RFC 3986, 2.2).
    package static let reserved: ByteSet = ":/?#[]@!$&'()*+,;="

    /// 0x00 to 0x1F and 0x7F.
    package static let controls = ByteSet(0x00...0x1F).union(ByteSet(0x7F...0x7F))
}
