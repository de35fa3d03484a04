internal import Bytes

/// A client's address without its last bits: what an event keeps of it.
package struct AddressCut: Equatable, Sendable {
    /// The address with every bit behind the prefix 0.
    package let address: NetworkAddress
    /// Bits that were kept: 0 to 32, or to 128.
    package let prefixBitCount: Int

    init(address: NetworkAddress, prefixBitCount: Int) {
        self.address = address
        self.prefixBitCount = prefixBitCount
    }

    /// The address that `words` gave, cut to so many bits.
    package init(family: NetworkAddress.Family, words: (UInt64, UInt64), prefixBitCount: Int) {
        self.init(
            address: NetworkAddress(family: family, high: words.0, low: words.1), prefixBitCount: prefixBitCount)
    }

    /// The address as two numbers, for whoever keeps many of one family and prefix.
    package var words: (UInt64, UInt64) { (address.high, address.low) }

    /// Bytes that stand in an event behind family and prefix.
    var storedByteCount: Int { (prefixBitCount + 7) / 8 }

    /// Reads the part *address* of an event.
    ///
    /// - Returns: the address and the offset behind it.
    static func read(_ payload: Span<UInt8>, at start: Int) throws(EngagementError) -> (AddressCut, end: Int) {
        guard payload.count - start >= 2 else { throw .truncated(byteOffset: start + 2) }
        guard let family = NetworkAddress.Family(rawValue: payload[start]) else {
            throw .unknownValue(byteOffset: start, value: payload[start])
        }
        let prefix = Int(payload[start + 1])
        guard prefix <= family.bitCount else { throw .badAddress(byteOffset: start) }
        let count = (prefix + 7) / 8
        guard payload.count - start - 2 >= count else { throw .truncated(byteOffset: start + 2 + count) }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<count {
            let byte = UInt64(payload[start + 2 + index]) << UInt64(56 - 8 * (index & 7))
            if index < 8 { high |= byte } else { low |= byte }
        }
        let whole = NetworkAddress(family: family, high: high, low: low)
        let cut = whole.cut(ipv4Prefix: prefix, ipv6Prefix: prefix)
        guard cut.address == whole else { throw .badAddress(byteOffset: start) }
        return (cut, start + 2 + count)
    }

    /// Appends the part *address* of an event.
    func append(to buffer: inout ByteBuffer) {
        buffer.append(address.family.rawValue)
        buffer.append(UInt8(truncatingIfNeeded: prefixBitCount))
        for index in 0..<storedByteCount { buffer.append(address.byte(at: index)) }
    }
}
