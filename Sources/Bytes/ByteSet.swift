/// A set of byte values: 32 bytes, one test a look-up. A literal lists its members: `let vowels: ByteSet = "aeiou"`.
@usableFromInline
package struct ByteSet: Equatable, Sendable, ExpressibleByStringLiteral {
    @usableFromInline var words = InlineArray<4, UInt64>(repeating: 0)

    /// The set of no byte.
    package init() {}

    /// The set of the bytes of a literal's UTF-8.
    @usableFromInline
    package init(stringLiteral literal: StaticString) {
        for offset in 0..<literal.utf8CodeUnitCount { insert(unsafe literal.utf8Start[offset]) }
    }

    /// The set of all bytes in `range`.
    package init(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    /// True when `byte` is in the set.
    @inlinable
    package func contains(_ byte: UInt8) -> Bool {
        // Chosen without a branch and without a look into memory: this runs for each byte that comes in.
        let low = byte & 0x40 == 0 ? words[0] : words[1]
        let high = byte & 0x40 == 0 ? words[2] : words[3]
        return (byte & 0x80 == 0 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }

    /// Puts `byte` into the set.
    package mutating func insert(_ byte: UInt8) {
        words[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
    }

    /// The bytes that are in one of the two.
    package func union(_ other: ByteSet) -> ByteSet {
        var result = self
        for index in words.indices { result.words[index] |= other.words[index] }
        return result
    }

    /// The bytes that are not in this set.
    package var inverted: ByteSet {
        var result = self
        for index in words.indices { result.words[index] = ~words[index] }
        return result
    }

    @usableFromInline
    package static func == (left: ByteSet, right: ByteSet) -> Bool {
        for index in left.words.indices where left.words[index] != right.words[index] { return false }
        return true
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
