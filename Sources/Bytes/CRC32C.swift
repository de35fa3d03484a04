import CIntrinsics

/// CRC-32C, the checksum of the journal's records (Castagnoli's polynomial; RFC 3720, 12.1).
///
/// It finds damage, not forgery. The processor's instruction does the work where there is one (about 8 bytes in
/// 3 cycles); elsewhere eight tables do. Nothing here allocates, but for the tables at their first use.
package enum CRC32C {
    /// True when the processor computes the checksum itself.
    package static var isAccelerated: Bool { tremolo_crc32c_is_accelerated() }

    /// The checksum of `bytes`. O(n).
    ///
    /// - Parameter seed: the checksum of the bytes before these, so that `checksum(b, seed: checksum(a))` is the
    ///   checksum of `a` followed by `b`. Any other value makes a checksum of its own that only the same seed repeats.
    @inline(__always)
    package static func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        guard isAccelerated else { return portableChecksum(bytes, seed: seed) }
        return
            ~(unsafe bytes.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return ~seed }
                return unsafe tremolo_crc32c_update(~seed, start, buffer.count)
            })
    }

    /// The same checksum without the processor's instruction: what other processors run, and what tests compare with.
    package static func portableChecksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        tables.checksum(bytes, seed: seed)
    }

    private static let tables = ChecksumTables(reversedPolynomial: 0x82F6_3B78)
}
