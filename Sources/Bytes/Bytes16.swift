/// Sixteen bytes as a value: a person, a subject, a key.
///
/// `==` and hashing are ordinary; where the bytes are a secret, compare with `constantTimeEquals`.
@usableFromInline
package struct Bytes16: Hashable, Sendable, CustomStringConvertible {
    /// Eight bytes each, in the order of memory.
    @usableFromInline let first: UInt64
    @usableFromInline let second: UInt64

    /// Sixteen zeros.
    package static let zero = Bytes16(0, 0)

    /// Eight bytes each, as they lie in memory.
    @inlinable
    init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// The value whose bytes are those of two integers, each least significant byte first.
    @inlinable
    package init(littleEndian first: UInt64, _ second: UInt64) {
        self.init(first.littleEndian, second.littleEndian)
    }

    /// The value of exactly sixteen bytes, or nil for any other number.
    package init?(_ bytes: Span<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(littleEndian: bytes.littleEndian(at: 0), bytes.littleEndian(at: 8))
    }

    /// The value of 32 hex digits of either case, or nil for anything else.
    package init?(hexadecimal digits: Span<UInt8>) {
        guard digits.count == 32,
            let first = Self.bytes(of: digits, at: 0), let second = Self.bytes(of: digits, at: 16)
        else { return nil }
        self.init(littleEndian: first, second)
    }

    /// The value of sixteen bytes at `offset`. The caller has checked that they lie inside: otherwise it traps.
    @inlinable
    package init(in bytes: Span<UInt8>, at offset: Int) {
        self.init(littleEndian: bytes.littleEndian(at: offset), bytes.littleEndian(at: offset &+ 8))
    }

    /// The bytes as two integers, each least significant byte first.
    @inlinable
    package var littleEndianWords: (UInt64, UInt64) { (UInt64(littleEndian: first), UInt64(littleEndian: second)) }

    /// Lends the sixteen bytes.
    @inlinable
    package func withSpan<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let words: InlineArray<2, UInt64> = [first, second]
        let bytes = unsafe words.span.bytes
        return try body(Span<UInt8>(_bytes: bytes))
    }

    /// The bytes as 32 small hex digits. Not for the hot path.
    package var hex: String { withSpan { Hexadecimal.string(of: $0) } }

    @usableFromInline
    package var description: String { hex }

    /// True when both are the same, in a time that says nothing about where they differ.
    package func constantTimeEquals(_ other: Bytes16) -> Bool {
        withSpan { mine in other.withSpan { others in Bytes.constantTimeEquals(mine, others) } }
    }

    /// Eight bytes read from sixteen hex digits, the first byte lowest.
    private static func bytes(of digits: Span<UInt8>, at offset: Int) -> UInt64? {
        var word: UInt64 = 0
        for index in 0..<8 {
            guard let high = digits[offset + 2 * index].hexDigitValue,
                let low = digits[offset + 2 * index + 1].hexDigitValue
            else { return nil }
            word |= UInt64(high << 4 | low) << (8 * UInt64(index))
        }
        return word
    }
}
