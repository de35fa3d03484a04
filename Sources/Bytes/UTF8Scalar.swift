extension Span where Element == UInt8 {
    /// The character that begins at `offset` and how many bytes it takes, or nil where no UTF-8 character begins
    /// (Unicode standard, table 3-7). Allocates nothing.
    package func unicodeScalar(at offset: Int) -> (scalar: Unicode.Scalar, count: Int)? {
        let (count, isValid) = UTF8Validation.sequence(in: self, at: offset)
        guard isValid else { return nil }
        let first = UInt32(self[offset])
        var value = count == 1 ? first : first & (0x7F >> UInt32(count))
        for next in offset + 1..<offset + count { value = value << 6 | UInt32(self[next] & 0x3F) }
        return Unicode.Scalar(value).map { ($0, count) }
    }
}

extension ByteBuffer {
    /// Appends a character as UTF-8, one to four bytes.
    package mutating func append(_ scalar: Unicode.Scalar) {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte) }
    }
}
