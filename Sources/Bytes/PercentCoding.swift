/// Percent-coding of URLs (RFC 3986, 2.1), done once in each direction. A `+` is a plus.
package enum PercentCoding {
    /// Appends `bytes` with each `%` and two hex digits as the byte that they name.
    ///
    /// A `%` that no two hex digits follow stays as text. What an escape gave is never read again, so `%2541` gives
    /// `%41`. The buffer needs room for `bytes.count`; less comes out, never more. O(n), allocates nothing.
    @discardableResult
    package static func decode(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) -> PercentDecoding {
        precondition(buffer.freeCapacity >= bytes.count, "the buffer is full")
        var result = PercentDecoding(appendedBytes: 0, brokenEscapes: false, hadEscapes: false)
        result.appendedBytes = unsafe buffer.appendFilling { room in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress, let target = room.baseAddress else { return 0 }
                return unsafe decode(start, source.count, into: target, &result)
            }
        }
        return result
    }

    /// Decodes `count` bytes into a place with room for as many, and returns how many came out.
    private static func decode(
        _ source: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutableRawPointer,
        _ result: inout PercentDecoding
    ) -> Int {
        var offset = 0
        var written = 0
        while offset < count {
            if count &- offset >= ByteBlock.byteCount {
                // A block is copied whole and counted up to its first sign: what is behind that is written again. No
                // more was written than read, so there is room for it.
                let place = unsafe UnsafeRawPointer(source + offset)
                let words = unsafe (
                    place.loadUnaligned(as: UInt64.self), place.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
                unsafe target.storeBytes(of: words.0, toByteOffset: written, as: UInt64.self)
                unsafe target.storeBytes(of: words.1, toByteOffset: written &+ 8, as: UInt64.self)
                let signs = unsafe ByteBlock(source + offset).equal(UInt8(ascii: "%"))
                let plain = signs == 0 ? ByteBlock.byteCount : signs.trailingZeroBitCount
                offset &+= plain
                written &+= plain
                if signs == 0 { continue }
            } else {
                while offset < count, unsafe source[offset] != UInt8(ascii: "%") {
                    unsafe target.storeBytes(of: source[offset], toByteOffset: written, as: UInt8.self)
                    offset &+= 1
                    written &+= 1
                }
                guard offset < count else { break }
            }
            let isLong = count &- offset >= 3
            let high = isLong ? digitValue(unsafe source[offset &+ 1]) : 0xFF
            let low = isLong ? digitValue(unsafe source[offset &+ 2]) : 0xFF
            let isEscape = high | low < 16
            let byte = isEscape ? high &<< 4 | low : UInt8(ascii: "%")
            unsafe target.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
            offset &+= isEscape ? 3 : 1
            written &+= 1
            if isEscape { result.hadEscapes = true } else { result.brokenEscapes = true }
        }
        return written
    }

    /// The byte that the escape at `offset` names, or nil when there is no `%` and two hex digits.
    package static func escapedByte(in bytes: Span<UInt8>, at offset: Int) -> UInt8? {
        guard offset >= 0, bytes.count - offset >= 3, bytes[offset] == UInt8(ascii: "%") else { return nil }
        let high = digitValue(bytes[offset + 1])
        let low = digitValue(bytes[offset + 2])
        return high | low < 16 ? high << 4 | low : nil
    }

    /// Appends `bytes` with each byte that is not in `kept` as `%` and two capital hex digits (RFC 3986, 2.1).
    ///
    /// The buffer needs room for `encodedCount(of:keeping:)`, at most three times `bytes.count`. O(n), allocates
    /// nothing.
    package static func encode(
        _ bytes: Span<UInt8>, into buffer: inout ByteBuffer, keeping kept: ByteSet = .unreserved
    ) {
        precondition(
            buffer.freeCapacity / 3 >= bytes.count || buffer.freeCapacity >= encodedCount(of: bytes, keeping: kept),
            "the buffer is full")
        unsafe buffer.appendFilling { room in
            var count = 0
            for offset in bytes.indices {
                let byte = bytes[offset]
                if kept.contains(byte) {
                    unsafe room[count] = byte
                    count += 1
                } else {
                    unsafe room[count] = UInt8(ascii: "%")
                    unsafe room[count + 1] = capitalDigit(byte >> 4)
                    unsafe room[count + 2] = capitalDigit(byte & 0xF)
                    count += 3
                }
            }
            return count
        }
    }

    /// How many bytes `encode` appends for these. O(n).
    package static func encodedCount(of bytes: Span<UInt8>, keeping kept: ByteSet = .unreserved) -> Int {
        var count = bytes.count
        for offset in bytes.indices where !kept.contains(bytes[offset]) { count += 2 }
        return count
    }

    /// The value of a hex digit, at least 16 for any other byte.
    @inline(__always)
    private static func digitValue(_ byte: UInt8) -> UInt8 {
        let digit = byte &- UInt8(ascii: "0")
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return digit < 10 ? digit : letter < 6 ? letter &+ 10 : 0xFF
    }

    @inline(__always)
    private static func capitalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

/// What percent-decoding did.
package struct PercentDecoding: Equatable, Sendable {
    /// Bytes that were appended to the buffer.
    package var appendedBytes: Int
    /// True when a `%` stayed as text because no two hex digits followed it.
    package var brokenEscapes: Bool
    /// True when at least one escape was decoded.
    package var hadEscapes: Bool
}
