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
    static func append(
        tag: UInt8, _ value: Span<UInt8>, limitBytes: Int, isCut: Bool, into buffer: inout ByteBuffer
    ) {
        let isCutNow = isCut || value.count > limitBytes
        var count = min(value.count, limitBytes)
        if isCutNow { count = scalarBoundary(in: value, notAfter: count) }
        buffer.append(isCutNow ? tag | 0x80 : tag)
        if count < 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: count))
        } else {
            buffer.append(UInt8(truncatingIfNeeded: count) | 0x80)
            buffer.append(UInt8(truncatingIfNeeded: count >> 7))
        }
        buffer.append(value.extracting(0..<count))
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
