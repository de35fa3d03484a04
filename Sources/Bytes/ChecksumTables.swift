/// Eight tables for a reflected 32-bit cyclic redundancy check, by which eight bytes are taken at a time (Kounavis and
/// Berry: "A Systematic Approach to Building High Performance Software-Based CRC Generators", 2005).
struct ChecksumTables: Sendable {
    /// The n-th table of 256 says what a byte does to the register when n zero bytes follow it.
    private let entries: [UInt32]

    /// Makes the tables of a polynomial, its bits reversed.
    init(reversedPolynomial: UInt32) {
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
        entries = tables
    }

    /// The checksum of `bytes` behind others whose checksum is `seed`, 0 for none. O(n).
    func checksum(_ bytes: Span<UInt8>, seed: UInt32) -> UInt32 {
        let tables = entries.span
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
}
