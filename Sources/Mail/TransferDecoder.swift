import Bytes

/// How the body of a part is written for the way (RFC 2045, 6).
enum TransferEncoding: Equatable, Sendable {
    /// As it is: 7bit, 8bit and binary.
    case identity
    case quotedPrintable
    case base64

    /// The encoding of a name, in small letters; nil for one that nobody here knows. None is 7bit.
    init?(_ name: [UInt8]?) {
        switch String(decoding: name ?? [], as: UTF8.self) {
        case "", "7bit", "8bit", "binary": self = .identity
        case "quoted-printable": self = .quotedPrintable
        case "base64": self = .base64
        default: return nil
        }
    }
}

/// Undoes the transfer encoding of a part, line by line, as leniently as mail clients do: what is no quoted-printable
/// stays as it is, what is no base64 is left out, and both are noted.
struct TransferDecoder: Sendable {
    private(set) var text: DecodedText
    /// The line of the file on which something stood that is not of the encoding; nil for none.
    private(set) var damagedLine: Int?
    private let encoding: TransferEncoding
    private var line: Int
    private var bits: UInt32 = 0
    private var bitCount: UInt32 = 0

    /// - Parameter firstLine: the line of the file that the body begins with.
    init(_ encoding: TransferEncoding, charset: MailCharset, firstLine: Int) {
        self.encoding = encoding
        text = DecodedText(charset: charset, firstLine: firstLine)
        line = firstLine
    }

    /// Takes the next line with its end.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
        text.beginLine()
        switch encoding {
        case .identity: for byte in bytes { text.append(byte) }
        case .quotedPrintable: takeQuotedPrintable(bytes)
        case .base64: takeBase64(bytes)
        }
        line += 1
    }

    private mutating func note() { if damagedLine == nil { damagedLine = line } }

    /// RFC 2045, 6.7: space at the end of a line was put there on the way, `=` at its end joins it to the next.
    private mutating func takeQuotedPrintable(_ bytes: ArraySlice<UInt8>) {
        let endOfLine = bytes.lastIndex { !Self.lineEnd.contains($0) }.map { $0 + 1 } ?? bytes.startIndex
        let end = bytes[..<endOfLine].lastIndex { !Self.blank.contains($0) }.map { $0 + 1 } ?? bytes.startIndex
        var offset = bytes.startIndex
        while offset < end {
            guard bytes[offset] == UInt8(ascii: "=") else {
                text.append(bytes[offset])
                offset += 1
                continue
            }
            if offset + 1 == end { return }
            if offset + 2 < end, let high = bytes[offset + 1].hexDigitValue, let low = bytes[offset + 2].hexDigitValue {
                text.append(high << 4 | low)
                offset += 3
            } else {
                note()
                text.append(bytes[offset])
                offset += 1
            }
        }
        for byte in bytes[endOfLine...] { text.append(byte) }
    }

    /// RFC 2045, 6.8: what is not of the alphabet is left out. Behind padding another text may begin.
    private mutating func takeBase64(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if let value = Self.base64Value(byte) {
                bits = bits << 6 | UInt32(value)
                bitCount += 6
                guard bitCount >= 8 else { continue }
                bitCount -= 8
                text.append(UInt8(truncatingIfNeeded: bits >> bitCount))
                bits &= 1 << bitCount - 1
            } else if byte == UInt8(ascii: "=") {
                (bits, bitCount) = (0, 0)
            } else if !Self.blank.contains(byte), !Self.lineEnd.contains(byte) {
                note()
            }
        }
    }

    private static func base64Value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let blank: ByteSet = " \t"
    private static let lineEnd: ByteSet = "\r\n"
}
