/// SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), with a result of 8 or of 16 bytes.
///
/// A keyed hash that nobody can steer who doesn't know the key. It costs about a cycle a byte and nothing here
/// allocates.
package struct SipHash24: Sendable {
    private let key: SipHashKey

    /// A hash under `key`.
    package init(key: SipHashKey) {
        self.key = key
    }

    /// The 8-byte result, as the integer whose least significant byte is the first. O(n).
    package func hash64(_ bytes: Span<UInt8>) -> UInt64 {
        var state = SipHashState(key: key, isWide: false)
        state.absorb(bytes)
        return state.finish(mark: 0xFF)
    }

    /// The 16-byte result. O(n).
    package func hash128(_ bytes: Span<UInt8>) -> Bytes16 {
        var state = SipHashState(key: key, isWide: true)
        state.absorb(bytes)
        let first = state.finish(mark: 0xEE)
        return Bytes16(littleEndian: first, state.finishAgain())
    }
}

/// The four words that SipHash stirs.
private struct SipHashState {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(key: SipHashKey, isWide: Bool) {
        v0 = key.first ^ 0x736f_6d65_7073_6575
        v1 = key.second ^ 0x646f_7261_6e64_6f6d ^ (isWide ? 0xEE : 0)
        v2 = key.first ^ 0x6c79_6765_6e65_7261
        v3 = key.second ^ 0x7465_6462_7974_6573
    }

    /// Takes in the whole message and its padding.
    mutating func absorb(_ bytes: Span<UInt8>) {
        var offset = 0
        while bytes.count - offset >= 8 {
            absorb(bytes.littleEndian(UInt64.self, at: offset))
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(bytes[offset]) << shift
            shift += 8
            offset += 1
        }
        absorb(last)
    }

    mutating func finish(mark: UInt64) -> UInt64 {
        v2 ^= mark
        return stirFourTimes()
    }

    /// The second half of the wide result.
    mutating func finishAgain() -> UInt64 {
        v1 ^= 0xDD
        return stirFourTimes()
    }

    private mutating func stirFourTimes() -> UInt64 {
        for _ in 0..<4 { stir() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func absorb(_ word: UInt64) {
        v3 ^= word
        stir()
        stir()
        v0 ^= word
    }

    @inline(__always)
    private mutating func stir() {
        v0 &+= v1
        v2 &+= v3
        v1 = v1.rotatedLeft(13) ^ v0
        v3 = v3.rotatedLeft(16) ^ v2
        v0 = v0.rotatedLeft(32)
        v2 &+= v1
        v0 &+= v3
        v1 = v1.rotatedLeft(17) ^ v2
        v3 = v3.rotatedLeft(21) ^ v0
        v2 = v2.rotatedLeft(32)
    }
}

extension UInt64 {
    fileprivate func rotatedLeft(_ bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }
}
