/// CRC-32, the checksum of gzip and zip (ISO 3309; RFC 1952, section 8). For the journal's see `CRC32C`.
package enum CRC32 {
    /// The checksum of `bytes`. O(n).
    ///
    /// - Parameter seed: the checksum of the bytes before these.
    package static func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        tables.checksum(bytes, seed: seed)
    }

    private static let tables = ChecksumTables(reversedPolynomial: 0xEDB8_8320)
}
