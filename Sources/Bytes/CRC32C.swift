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
        let tables = tables.span
        var state = ~seed
        var offset = 0
        while bytes.count - offset >= 8 {
            let word = bytes.littleEndian(UInt64.self, at: offset) ^ UInt64(state)
            state = 0
            for lane in 0..<8 {
                state ^= tables[(7 - lane) << 8 | Int(UInt8(truncatingIfNeeded: word >> (8 * UInt64(lane))))]
            }
            offset += 8
        }
        while offset < bytes.count {
            state = state >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: state) ^ bytes[offset])]
            offset += 1
        }
        return ~state
    }

    /// Eight tables of 256: the n-th says what a byte does to the register when n zero bytes follow it.
    private static let tables: [UInt32] = {
        let reversedPolynomial: UInt32 = 0x82F6_3B78
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var state = UInt32(byte)
            for _ in 0..<8 { state = state >> 1 ^ (state & 1 == 1 ? reversedPolynomial : 0) }
            tables[byte] = state
        }
        for entry in 256..<tables.count {
            let previous = tables[entry - 256]
            tables[entry] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()
}
