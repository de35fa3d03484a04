/// The 32 bytes of a SHA-256 hash or of an HMAC made with it.
///
/// `==` takes the same time wherever the difference is, because a digest is often what proves that someone knows a key.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// Eight bytes each, in the order of memory.
    private let words: InlineArray<4, UInt64>

    init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        words = [first, second, third, fourth]
    }

    /// The hash of `bytes`. O(n), allocates nothing.
    package static func hash(_ bytes: Span<UInt8>) -> SHA256Digest {
        SHA256State().digest(of: bytes, totalBytes: UInt64(bytes.count))
    }

    /// The digest of 64 hex digits of either case, or nil for anything else.
    package init?(hexadecimal digits: Span<UInt8>) {
        guard digits.count == 64, let first = Bytes16(hexadecimal: digits.extracting(0..<32)),
            let second = Bytes16(hexadecimal: digits.extracting(32..<64))
        else { return nil }
        words = [first.first, first.second, second.first, second.second]
    }

    /// The first half, where 16 bytes are enough of a name.
    package var prefix16: Bytes16 { Bytes16(words[0], words[1]) }

    /// Lends the 32 bytes.
    package func withSpan<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let words = words
        let bytes = unsafe words.span.bytes
        return try body(Span<UInt8>(_bytes: bytes))
    }

    /// The 32 bytes as 64 small hex digits. Not for the hot path.
    package var description: String { withSpan { Hexadecimal.string(of: $0) } }

    package static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
        left.withSpan { left in right.withSpan { right in constantTimeEquals(left, right) } }
    }

    package func hash(into hasher: inout Hasher) {
        for index in words.indices { hasher.combine(words[index]) }
    }
}
