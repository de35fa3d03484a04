package import Bytes

/// Makes bytes that a client sent fit to stand in the text or in a quoted attribute of an HTML page.
///
/// The output is printable ASCII. The five signs of markup and every character outside ASCII become character
/// references; control characters, bidirectional and other invisible formatting, and what is not UTF-8 become U+FFFD,
/// so that a text can neither end its place nor look like another.
package enum HTMLEscaping {
    /// The most bytes that escaping `count` bytes can give.
    package static func maximumCount(escaping count: Int) -> Int { count &* 8 }

    /// Appends `bytes`, escaped. O(n), no allocation.
    ///
    /// - Parameter buffer: has room for `maximumCount(escaping: bytes.count)` bytes.
    package static func append(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x80 {
                appendASCII(byte, into: &buffer)
                offset += 1
            } else {
                offset += appendScalar(bytes, at: offset, into: &buffer)
            }
        }
    }

    private static func appendASCII(_ byte: UInt8, into buffer: inout ByteBuffer) {
        switch byte {
        case UInt8(ascii: "&"): buffer.append("&amp;")
        case UInt8(ascii: "<"): buffer.append("&lt;")
        case UInt8(ascii: ">"): buffer.append("&gt;")
        case UInt8(ascii: "\""): buffer.append("&quot;")
        case UInt8(ascii: "'"): buffer.append("&#39;")
        case 0x20...0x7E: buffer.append(byte)
        default: buffer.append("&#65533;")
        }
    }

    /// Appends the character that begins with the byte outside ASCII at `offset` and returns its length; 1 for a byte
    /// that begins none.
    private static func appendScalar(_ bytes: Span<UInt8>, at offset: Int, into buffer: inout ByteBuffer) -> Int {
        guard let (scalar, count) = scalar(bytes, at: offset) else {
            buffer.append("&#65533;")
            return 1
        }
        if isInvisible(scalar) {
            buffer.append("&#65533;")
        } else {
            buffer.append("&#")
            buffer.appendDecimal(UInt64(scalar))
            buffer.append(";")
        }
        return count
    }

    /// Decodes one character of two to four bytes (Unicode 15, table 3-7).
    private static func scalar(_ bytes: Span<UInt8>, at offset: Int) -> (value: UInt32, count: Int)? {
        let first = UInt32(bytes[offset])
        let count: Int
        var value: UInt32
        switch first {
        case 0xC2...0xDF: (count, value) = (2, first & 0x1F)
        case 0xE0...0xEF: (count, value) = (3, first & 0x0F)
        case 0xF0...0xF4: (count, value) = (4, first & 0x07)
        default: return nil
        }
        guard offset + count <= bytes.count else { return nil }
        for next in offset + 1..<offset + count {
            guard bytes[next] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(bytes[next] & 0x3F)
        }
        let smallest: UInt32 = count == 2 ? 0x80 : count == 3 ? 0x800 : 0x1_0000
        guard value >= smallest, value <= 0x10_FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
        return (value, count)
    }

    /// True for characters that are not seen but change how others are: C1 controls, zero-width and bidirectional
    /// formatting, line separators, tags, variation selectors, private use and noncharacters.
    private static func isInvisible(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x80...0x9F, 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x2000...0x200F,
            0x2028...0x202F, 0x205F...0x206F, 0x3000, 0x3164, 0xE000...0xF8FF, 0xFDD0...0xFDEF, 0xFE00...0xFE0F,
            0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0xE_0000...0x10_FFFF:
            true
        default:
            scalar & 0xFFFE == 0xFFFE
        }
    }
}
