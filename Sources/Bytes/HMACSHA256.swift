/// HMAC-SHA-256 of a message that comes in pieces. See `HMACSHA256Key` for a message that is there whole.
package struct HMACSHA256: Sendable {
    private let key: HMACSHA256Key
    private var inner: SHA256

    /// A code of no message yet.
    package init(key: HMACSHA256Key) {
        self.key = key
        inner = key.innerHash
    }

    /// Adds bytes to the message. O(n).
    package mutating func update(_ bytes: Span<UInt8>) {
        inner.update(bytes)
    }

    /// The code of everything added. Afterwards the message is empty again, under the same key.
    package mutating func finalize() -> SHA256Digest {
        var outer = key.outerHash
        inner.finalize().withSpan { outer.update($0) }
        return outer.finalize()
    }
}
