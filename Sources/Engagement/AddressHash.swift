package import Bytes

/// A client's whole address under the key of one day: events of one node and day with one hash came from one address.
///
/// The key is destroyed a day later, and nobody can find the address of a hash any more.
package struct AddressHash: Hashable, Sendable {
    /// The day of the key, in days since 1970.
    package let keyDay: UInt16
    /// SipHash-2-4-64 of the address's 4 or 16 bytes in network order.
    package let value: UInt64

    /// A hash that was worked out before.
    package init(keyDay: UInt16, value: UInt64) {
        self.keyDay = keyDay
        self.value = value
    }

    /// The hash of `address` under the key of the day `keyDay`.
    package init(of address: NetworkAddress, keyDay: UInt16, key: SipHashKey) {
        let words: InlineArray<2, UInt64> = [address.high.bigEndian, address.low.bigEndian]
        let bytes = unsafe words.span.bytes
        let all = Span<UInt8>(_bytes: bytes)
        let hash = SipHash24(key: key).hash64(all.extracting(0..<address.family.bitCount / 8))
        self.init(keyDay: keyDay, value: hash)
    }

    /// Appends the part *address hash* of an event.
    func append(to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(keyDay)
        buffer.appendLittleEndian(value)
    }
}
