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
        guard let (scalar, count) = bytes.unicodeScalar(at: offset) else {
            buffer.append("&#65533;")
            return 1
        }
        if isInvisible(scalar.value) {
            buffer.append("&#65533;")
        } else {
            buffer.append("&#")
            buffer.appendDecimal(UInt64(scalar.value))
            buffer.append(";")
        }
        return count
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
