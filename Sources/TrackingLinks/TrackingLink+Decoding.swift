package import Bytes

/// A field's value after decoding.
package struct DecodedField: Equatable, Sendable {
    /// Where the value stands in the buffer that it was decoded into.
    package let range: ByteRange
    /// True when it was longer than the limit and its end was left out.
    package let isCut: Bool
}

extension TrackingLink {
    /// Appends the decoded value of a field to a buffer.
    ///
    /// A value that is cut ends before the character that would not fit, not inside it.
    ///
    /// - Parameters:
    ///   - query: the bytes that this link was read from.
    ///   - buffer: has room for three times `limitBytes` and 3 bytes more.
    ///   - limitBytes: the most decoded bytes that are kept.
    /// - Returns: where the value is, or nil when the query does not hold the field.
    package func decodeField(
        _ field: TrackingField, of query: Span<UInt8>, into buffer: inout ByteBuffer,
        limitBytes: Int = LinkLimits.fieldBytesMax
    ) -> DecodedField? {
        guard let range = value(of: field) else { return nil }
        let start = buffer.count
        let raw = query.extracting(range.offsets)
        // Three bytes for each decoded one and one escape more: enough to know that something is left out.
        PercentCoding.decode(raw.extracting(first: min(raw.count, limitBytes * 3 + 3)), into: &buffer)
        let isCut = buffer.count - start > limitBytes
        if isCut {
            let kept = buffer.withSpan(of: start..<buffer.count) { Self.wholeCharacters(of: $0, upTo: limitBytes) }
            buffer.truncate(to: start + kept)
        }
        return DecodedField(range: ByteRange(start..<buffer.count), isCut: isCut)
    }

    /// The longest count up to `limit` that does not end inside a UTF-8 character. Text that is not UTF-8 is cut at the
    /// limit.
    private static func wholeCharacters(of bytes: Span<UInt8>, upTo limit: Int) -> Int {
        var end = limit
        while end > 0, limit - end < 3, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return bytes[end] & 0xC0 == 0x80 ? limit : end
    }
}
