/// The sixteen bytes that decide what a SipHash gives.
package struct SipHashKey: Sendable {
    let first: UInt64
    let second: UInt64

    /// The key of sixteen bytes.
    package init(bytes: Bytes16) {
        (first, second) = bytes.littleEndianWords
    }

    /// A key of the system's random numbers.
    package static func random() -> SipHashKey {
        SipHashKey(bytes: Bytes16(littleEndian: .random(in: 0...UInt64.max), .random(in: 0...UInt64.max)))
    }

    /// The key of exactly sixteen bytes, or nil for any other number.
    package init?(_ bytes: Span<UInt8>) {
        guard let bytes = Bytes16(bytes) else { return nil }
        self.init(bytes: bytes)
    }
}
