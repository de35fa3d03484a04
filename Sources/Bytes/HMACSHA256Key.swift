/// A key for HMAC-SHA-256 (RFC 2104, FIPS 198-1), with the hash of both its pads made in advance.
///
/// A message of up to 55 bytes then costs two compressions. Nothing here allocates.
package struct HMACSHA256Key: Sendable {
    private let inner: SHA256State
    private let outer: SHA256State

    /// Makes a key of any number of bytes. More than 64 are hashed first, as RFC 2104, 2 says.
    package init(_ key: Span<UInt8>) {
        if key.count > SHA256.blockBytes {
            let digest = SHA256Digest.hash(key)
            (inner, outer) = digest.withSpan { (Self.state($0, pad: 0x36), Self.state($0, pad: 0x5C)) }
        } else {
            (inner, outer) = (Self.state(key, pad: 0x36), Self.state(key, pad: 0x5C))
        }
    }

    /// Makes a key of a digest: how one key is derived from another.
    package init(_ digest: SHA256Digest) {
        (inner, outer) = digest.withSpan { (Self.state($0, pad: 0x36), Self.state($0, pad: 0x5C)) }
    }

    /// The code of one whole message. O(n).
    package func authenticate(_ message: Span<UInt8>) -> SHA256Digest {
        let prefix = UInt64(SHA256.blockBytes)
        let digest = inner.digest(of: message, totalBytes: prefix + UInt64(message.count))
        return digest.withSpan { outer.digest(of: $0, totalBytes: prefix + UInt64($0.count)) }
    }

    /// A hash that has taken in the inner pad.
    var innerHash: SHA256 { SHA256(from: inner, after: UInt64(SHA256.blockBytes)) }

    /// A hash that has taken in the outer pad.
    var outerHash: SHA256 { SHA256(from: outer, after: UInt64(SHA256.blockBytes)) }

    private static func state(_ key: Span<UInt8>, pad: UInt8) -> SHA256State {
        var block = InlineArray<64, UInt8>(repeating: pad)
        for offset in key.indices { block[offset] ^= key[offset] }
        var state = SHA256State()
        state.compress(block.span)
        return state
    }
}
