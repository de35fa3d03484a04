import CIntrinsics

// What every parser asks of bytes: integers at an offset, a search, a comparison. Nothing here allocates.
// What is called for each byte or integer is inlinable, because `package` code of another module is not inlined
// otherwise.

extension Span where Element == UInt8 {
    /// The little-endian integer at `offset`. The caller has checked that it lies inside: otherwise it traps.
    @inlinable
    package func littleEndian<Value: FixedWidthInteger>(_ type: Value.Type = Value.self, at offset: Int) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "the integer lies outside the bytes")
        return unsafe withUnsafeBytes {
            Value(littleEndian: unsafe $0.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
    }

    /// Offset of the first `byte` at or behind `start`, or nil. O(n).
    package func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
        let offset = firstOffset(from: start, to: count) { $0.equal(byte) }
        return offset < count ? offset : nil
    }

    /// True when the bytes are exactly those of `literal`.
    @inlinable
    package func equals(_ literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && hasPrefix(literal)
    }

    /// True when the bytes are exactly those of `other`. Not constant-time: see `constantTimeEquals` for secrets.
    package func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        if count >= 64 { return equalsLong(other) }
        var offset = 0
        while count &- offset >= 8 {
            if littleEndian(UInt64.self, at: offset) != other.littleEndian(UInt64.self, at: offset) { return false }
            offset &+= 8
        }
        return word(at: offset, to: count) == other.word(at: offset, to: count)
    }

    /// The same for what is long enough to be worth a call.
    private func equalsLong(_ other: Span<UInt8>) -> Bool {
        unsafe withUnsafeBufferPointer { mine in
            unsafe other.withUnsafeBufferPointer { others in
                guard let left = mine.baseAddress, let right = others.baseAddress else { return true }
                return unsafe tremolo_equals(left, right, mine.count)
            }
        }
    }

    /// False when a word stands nowhere in the bytes, ASCII letters compared without regard to case: a look before a
    /// search. A control character may be taken for a digit. O(n), sixteen bytes at a time.
    ///
    /// - Parameters:
    ///   - word: small letters and digits, the first in the lowest byte.
    ///   - length: how many, 2 to 8.
    package func mayHold(word: UInt64, length: Int) -> Bool {
        precondition(2...8 ~= length, "a word has 2 to 8 letters and digits")
        return unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe tremolo_may_hold_word(base, bytes.count, word, length)
        }
    }

    /// True where text holds a control character: one of ASCII, or one of U+0080 to U+009F as UTF-8. O(n).
    package var holdsControlCharacter: Bool {
        var previous: UInt8 = 0
        for offset in indices {
            let byte = self[offset]
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte & 0xE0 == 0x80) { return true }
            previous = byte
        }
        return false
    }

    /// True when the bytes begin with those of `literal`.
    @inlinable
    package func hasPrefix(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard count >= length else { return false }
        let start = unsafe literal.utf8Start
        for offset in 0..<length where self[offset] != (unsafe start[offset]) { return false }
        return true
    }

    /// True when the bytes are those of `literal`, ASCII letters compared without regard to case.
    @inlinable
    package func equalsIgnoringASCIICase(_ literal: StaticString) -> Bool {
        count == literal.utf8CodeUnitCount && hasPrefixIgnoringASCIICase(literal)
    }

    /// True when the bytes begin with those of `literal`, ASCII letters compared without regard to case.
    @inlinable
    package func hasPrefixIgnoringASCIICase(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard count >= length else { return false }
        let start = unsafe literal.utf8Start
        for offset in 0..<length where self[offset].asciiLowercased != (unsafe start[offset]).asciiLowercased {
            return false
        }
        return true
    }

    /// The bytes as an array. Not for the hot path.
    package func toArray() -> [UInt8] {
        var array: [UInt8] = []
        array.reserveCapacity(count)
        for offset in indices { array.append(self[offset]) }
        return array
    }

    /// The bytes as a string, each invalid UTF-8 sequence as U+FFFD. Not for the hot path.
    package func toString() -> String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension UInt8 {
    /// The byte with an ASCII capital letter made small; every other byte as it is.
    @inlinable
    package var asciiLowercased: UInt8 {
        self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
    }

    /// True for `0` to `9`.
    @inlinable
    package var isASCIIDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// True for `A` to `Z` and `a` to `z`.
    @inlinable
    package var isASCIILetter: Bool { asciiLowercased &- UInt8(ascii: "a") < 26 }

    /// The value of an ASCII hex digit, or nil.
    @inlinable
    package var hexDigitValue: UInt8? {
        if isASCIIDigit { return self - UInt8(ascii: "0") }
        let letter = asciiLowercased &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : nil
    }
}
