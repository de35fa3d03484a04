/// Which bytes are UTF-8, by table 3-7 of the Unicode standard: no surrogate, no overlong form, nothing past U+10FFFF.
package enum UTF8Validation {
    /// True when all of `bytes` are UTF-8. O(n), allocates nothing.
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        firstInvalidOffset(in: bytes) == nil
    }

    /// Offset of the first byte that no UTF-8 sequence explains, or nil. O(n), allocates nothing.
    package static func firstInvalidOffset(in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
        var offset = start
        while offset < bytes.count {
            if bytes.count - offset >= 8, bytes.littleEndian(UInt64.self, at: offset) & 0x8080_8080_8080_8080 == 0 {
                offset += 8
                continue
            }
            let sequence = sequence(in: bytes, at: offset)
            guard sequence.isValid else { return offset }
            offset += sequence.count
        }
        return nil
    }

    /// Appends `bytes` with each maximal subpart of an ill-formed sequence as one U+FFFD (Unicode standard, 3.9, D93b).
    ///
    /// The buffer needs room for `3 * bytes.count` where they may be invalid, `bytes.count` where they are not. O(n).
    ///
    /// - Returns: true when something had to be replaced.
    @discardableResult
    package static func appendRepaired(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        var validStart = 0
        while let invalid = firstInvalidOffset(in: bytes, from: validStart) {
            buffer.append(bytes.extracting(validStart..<invalid))
            buffer.append("\u{FFFD}")
            validStart = invalid + sequence(in: bytes, at: invalid).count
        }
        buffer.append(bytes.extracting(validStart..<bytes.count))
        return validStart > 0
    }

    /// How many bytes, at least 1, belong together at `offset`: a whole sequence, or as much as looked like one.
    static func sequence(in bytes: Span<UInt8>, at offset: Int) -> (count: Int, isValid: Bool) {
        let lead = bytes[offset]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00...0x7F: return (1, true)
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: return (1, false)
        }
        for index in 1..<length {
            let allowed = index == 1 ? second : 0x80...0xBF
            guard offset + index < bytes.count, allowed.contains(bytes[offset + index]) else { return (index, false) }
        }
        return (length, true)
    }
}
