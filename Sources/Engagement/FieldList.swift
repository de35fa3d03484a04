internal import Bytes

/// Writes the fields that every payload of this room ends with.
enum FieldList {
    /// Appends one field, cut at its limit.
    ///
    /// - Parameters:
    ///   - tag: 1 to 127.
    ///   - value: what there is of it.
    ///   - limitBytes: how much is kept, below 16,384.
    ///   - isCut: true when `value` is already only a beginning.
    @inline(__always)
    static func append(
        tag: UInt8, _ value: Span<UInt8>, limitBytes: Int, isCut: Bool, into buffer: inout ByteBuffer
    ) {
        guard isCut || value.count > limitBytes else {
            return append(tag: tag, whole: 0..<value.count, of: value, into: &buffer)
        }
        let count = scalarBoundary(in: value, notAfter: min(value.count, limitBytes))
        append(tag: tag | 0x80, whole: 0..<count, of: value, into: &buffer)
    }

    /// Appends one field, the bytes at `range`, of which nothing is missing.
    ///
    /// - Parameter tag: 1 to 127, or with the bit 0x80 for a value that is only a beginning.
    @inline(__always)
    static func append(tag: UInt8, whole range: Range<Int>, of bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        let count = range.upperBound &- range.lowerBound
        precondition(count >= 0 && count < 1 << 14, "a field has a length of two bytes at most")
        if count < 0x80 {
            buffer.appendLittleEndian(UInt16(tag) | UInt16(truncatingIfNeeded: count) &<< 8)
        } else {
            buffer.append(tag)
            buffer.append(UInt8(truncatingIfNeeded: count) | 0x80)
            buffer.append(UInt8(truncatingIfNeeded: count >> 7))
        }
        buffer.append(range, of: bytes)
    }

    /// The greatest offset up to `end` that doesn't cut a UTF-8 sequence in two. Invalid bytes are taken as they are.
    private static func scalarBoundary(in value: Span<UInt8>, notAfter end: Int) -> Int {
        for back in 1...3 where back <= end {
            let byte = value[end - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? end - back : end
        }
        return end
    }
}
