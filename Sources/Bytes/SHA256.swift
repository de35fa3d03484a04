/// SHA-256 (FIPS 180-4, 6.2), fed in pieces of any size.
///
/// The processor's instructions do the work where it has them. A value can be copied at any point, and the copies
/// go on independently. Nothing here allocates. What was hashed is not wiped from memory afterwards.
package struct SHA256: Sendable {
    /// Bytes that the compression function takes at once.
    package static let blockBytes = 64

    /// True when the processor computes the hash itself.
    package static var isAccelerated: Bool { SHA256State.isAccelerated }

    private let start: SHA256State
    private let startBytes: UInt64
    private var state: SHA256State
    private var block = InlineArray<64, UInt8>(repeating: 0)
    /// Bytes in `block` that wait for the rest of their block.
    private var waiting = 0
    private var totalBytes: UInt64

    /// A hash of nothing yet.
    package init() {
        self.init(from: SHA256State(), after: 0)
    }

    /// A hash of nothing yet that never uses the processor's instructions: for tests and to measure their worth.
    package static func portable() -> SHA256 {
        SHA256(from: SHA256State(isAccelerated: false), after: 0)
    }

    /// A hash that goes on from a state that whole blocks led to.
    init(from state: SHA256State, after bytes: UInt64) {
        start = state
        startBytes = bytes
        self.state = state
        totalBytes = bytes
    }

    /// Adds bytes to what is hashed. O(n).
    package mutating func update(_ bytes: Span<UInt8>) {
        totalBytes &+= UInt64(bytes.count)
        var offset = 0
        if waiting > 0 {
            while waiting < Self.blockBytes && offset < bytes.count {
                block[waiting] = bytes[offset]
                waiting += 1
                offset += 1
            }
            guard waiting == Self.blockBytes else { return }
            state.compress(block.span)
            waiting = 0
        }
        let wholeBlocksEnd = bytes.count - (bytes.count - offset) % Self.blockBytes
        if offset < wholeBlocksEnd {
            state.compress(bytes.extracting(offset..<wholeBlocksEnd))
            offset = wholeBlocksEnd
        }
        while offset < bytes.count {
            block[waiting] = bytes[offset]
            waiting += 1
            offset += 1
        }
    }

    /// The digest of everything added. Afterwards the hash is as new.
    package mutating func finalize() -> SHA256Digest {
        let digest = state.digest(of: block.span.extracting(0..<waiting), totalBytes: totalBytes)
        state = start
        totalBytes = startBytes
        waiting = 0
        return digest
    }
}
