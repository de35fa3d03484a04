// Which characters of a text a JSON reader, a terminal or a browser would take for something else.

extension JSONWriter {
    /// A text in quotes, escaped as `string` writes it: for a message that quotes what someone sent.
    package static func quoted(_ text: String) -> String {
        var output: [UInt8] = []
        appendQuoted(text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// True for a character that is written as an escape: what RFC 8259, 7 wants escaped; `<`, `>` and `&`, so that no
    /// text ends a script or opens a tag; U+2028 and U+2029, which end a line in older JavaScript; and everything that
    /// steers a terminal or the order of text: C1 controls, DEL, bidirectional and other invisible format characters.
    static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.value < 0x20 || scalar.value == 0x7F || scalar == "\"" || scalar == "\\" || scalar == "<"
                || scalar == ">" || scalar == "&"
        }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    static func appendQuoted(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            if needsEscape(scalar) {
                appendEscape(scalar, to: &output)
            } else {
                output.append(contentsOf: scalar.utf8)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch scalar {
        case "\"", "\\": output.append(UInt8(scalar.value))
        case "\n": output.append(UInt8(ascii: "n"))
        case "\r": output.append(UInt8(ascii: "r"))
        case "\t": output.append(UInt8(ascii: "t"))
        default:
            // Past U+FFFF an escape is a pair of surrogates (RFC 8259, 7).
            for (index, unit) in scalar.utf16.enumerated() {
                if index > 0 { output.append(UInt8(ascii: "\\")) }
                output.append(UInt8(ascii: "u"))
                let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
                output.append(contentsOf: Hexadecimal.string(of: bytes.span).utf8)
            }
        }
    }
}
