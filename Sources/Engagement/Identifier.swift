package import Bytes

/// The kind of identifier that a section's links carry in `cuid`.
package enum IdentifierType: String, Sendable, Equatable, CaseIterable {
    /// An email address, or the SHA-256 of one.
    case email
    /// A phone number.
    case phone
    /// Anything else, taken as it is.
    case other
}

/// Brings the spellings of one person's identifier to one form, so that they are one person.
///
/// The rules are `FORMAT.md`'s "Keys" and never change: people are made of the result. Links, consent lists, the
/// consent API and `people` all come through here.
package enum Identifier {
    /// The room that `normalise` needs for `count` bytes.
    package static func bytesMax(normalising count: Int) -> Int { 2 * count + 64 }

    /// Appends the identifier in `value`, a decoded `cuid`, to a buffer.
    ///
    /// O(n). Allocates nothing, but where an address holds characters outside ASCII whose small forms are long.
    ///
    /// - Parameter buffer: has room for `bytesMax(normalising: value.count)` bytes.
    /// - Returns: where the identifier stands in the buffer, or nil, and nothing appended, when there is none.
    package static func normalise(
        _ value: Span<UInt8>, as type: IdentifierType, into buffer: inout ByteBuffer
    ) -> Range<Int>? {
        let start = buffer.count
        switch type {
        case .email:
            appendEmail(value.extracting(withoutWhitespace(value)), to: &buffer)
        case .phone:
            var hasDigit = false
            for offset in value.indices where value[offset].isASCIIDigit || value[offset] == UInt8(ascii: "+") {
                hasDigit = hasDigit || value[offset].isASCIIDigit
                buffer.append(value[offset])
            }
            if !hasDigit { buffer.truncate(to: start) }
        case .other:
            buffer.append(value)
        }
        return buffer.count > start ? start..<buffer.count : nil
    }

    /// True where `value`, a decoded `cuid`, is anybody's: `normalise` leaves something of it. Not for the hot path.
    package static func isSomebodys(_ value: Span<UInt8>, as type: IdentifierType) -> Bool {
        var buffer = ByteBuffer(capacity: bytesMax(normalising: value.count))
        return normalise(value, as: type, into: &buffer) != nil
    }

    /// True for what a person of the world outside can have as an identifier of that kind: what lists and calls of an
    /// API are held to, which can be refused. Links can't, and are read as they come.
    ///
    /// - `email`: an address, one `@` with something on both sides and nothing that is no text, or 64 hex digits, the
    ///   SHA-256 of one. At most 254 bytes (RFC 5321, 4.5.3.1.3). No link to one (`isMailto`).
    /// - `phone`: `+`, then 7 to 15 digits (E.164), with spaces and punctuation anywhere behind the `+`.
    /// - `other`: UTF-8 text without control characters, at its ends either: there they would be a part of it.
    package static func isWellFormed(_ value: Span<UInt8>, as type: IdentifierType) -> Bool {
        let text = value.extracting(withoutWhitespace(value))
        guard !text.isEmpty, UTF8Validation.isValid(text) else { return false }
        guard !(type == .other ? value : text).holdsControlCharacter else { return false }
        switch type {
        case .email:
            return isAddress(text) && !isMailto(text)
                || text.count == hashDigits && Hexadecimal.isHexadecimal(text)
        case .phone: return isPhoneNumber(text)
        case .other: return true
        }
    }

    /// True for a link to an address (RFC 6068) where an address is asked for. Whoever wrote it meant the address, but
    /// their other lists may have it so too, and their mails' links: it is theirs to mend.
    package static func isMailto(_ value: Span<UInt8>) -> Bool {
        value.extracting(withoutWhitespace(value)).hasPrefixIgnoringASCIICase("mailto:")
    }

    private static func isAddress(_ text: Span<UInt8>) -> Bool {
        guard text.count <= addressBytesMax else { return false }
        var at = -1
        for offset in text.indices {
            if text[offset] == UInt8(ascii: " ") { return false }
            guard text[offset] == UInt8(ascii: "@") else { continue }
            guard at < 0 else { return false }
            at = offset
        }
        return at > 0 && at + 1 < text.count
    }

    private static func isPhoneNumber(_ text: Span<UInt8>) -> Bool {
        guard text[0] == UInt8(ascii: "+") else { return false }
        var digits = 0
        for offset in text.indices.dropFirst() {
            if text[offset].isASCIIDigit {
                digits += 1
            } else if text[offset].isASCIILetter || text[offset] >= 0x80 || text[offset] == UInt8(ascii: "+") {
                return false
            }
        }
        return (7...15).contains(digits)
    }

    private static let addressBytesMax = 254
    private static let hashDigits = 64

    private static func appendEmail(_ address: Span<UInt8>, to buffer: inout ByteBuffer) {
        guard !address.isEmpty else { return }
        let start = buffer.count
        appendLowercased(address, to: &buffer)
        if address.count == hashDigits, Hexadecimal.isHexadecimal(address) { return }
        let digest = buffer.withSpan(of: start..<buffer.count) { SHA256Digest.hash($0) }
        buffer.truncate(to: start)
        digest.withSpan { Hexadecimal.append($0, into: &buffer) }
    }

    /// What is left without ASCII whitespace (9 to 13 and 32) at the ends.
    private static func withoutWhitespace(_ value: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = value.count
        while start < end, isWhitespace(value[start]) { start += 1 }
        while end > start, isWhitespace(value[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte)
    }

    /// Appends text in small letters, scalar by scalar as Unicode maps them; what is not UTF-8 stays.
    private static func appendLowercased(_ text: Span<UInt8>, to buffer: inout ByteBuffer) {
        if buffer.appendLowercased(ascii: text) { return }
        var offset = 0
        while offset < text.count {
            if text[offset] < 0x80 {
                buffer.append(text[offset].asciiLowercased)
                offset += 1
                continue
            }
            let count = scalarByteCount(in: text, at: offset)
            let bytes = text.extracting(offset..<offset + max(count, 1))
            if count > 0, let scalar = bytes.toString().unicodeScalars.first {
                buffer.append(scalar.properties.lowercaseMapping)
            } else {
                buffer.append(bytes)
            }
            offset += max(count, 1)
        }
    }

    /// Bytes of the valid scalar at `offset`, 2 to 4, or 0 when there is none.
    private static func scalarByteCount(in text: Span<UInt8>, at offset: Int) -> Int {
        let lead = text[offset]
        let count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard lead >= 0xC2, lead <= 0xF4, text.count - offset >= count,
            UTF8Validation.isValid(text.extracting(offset..<offset + count))
        else { return 0 }
        return count
    }
}
