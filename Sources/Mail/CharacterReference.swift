import Bytes

/// Character references in attribute values (WHATWG HTML, 13.2.5.72 to 13.2.5.80): `&amp;`, `&#38;`, `&#x26;`.
///
/// Of the named ones, those of ASCII and Latin-1 are known. A browser knows two thousand more (`&ndash;`): where one
/// that is not known here stands in a link, nobody can say here what URL a browser reads. `unknownName` finds it, and
/// `decode` leaves it as text.
enum CharacterReference {
    /// Appends the text that an attribute's value stands for. O(n).
    static func decode(_ value: ArraySlice<UInt8>, into text: inout [UInt8]) {
        var offset = value.startIndex
        while offset < value.endIndex {
            if value[offset] == UInt8(ascii: "&"), let (scalar, end) = reference(in: value, at: offset) {
                text.append(contentsOf: String(scalar).utf8)
                offset = end
            } else {
                text.append(value[offset])
                offset += 1
            }
        }
    }

    /// Appends text so that an attribute, or text of a page, stands for it. O(n).
    ///
    /// - Parameter isQuoted: false in an attribute without quotes, which space would end.
    static func encode(_ text: some Sequence<UInt8>, isQuoted: Bool = true, into value: inout [UInt8]) {
        for byte in text {
            switch byte {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x20:
                if isQuoted { value.append(byte) } else { value.append(contentsOf: "&#\(byte);".utf8) }
            case UInt8(ascii: "&"): value.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): value.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): value.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): value.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): value.append(contentsOf: "&#39;".utf8)
            default: value.append(byte)
            }
        }
    }

    /// The first name of a reference, ended by a semicolon, that is not known here; nil where there is none. O(n).
    ///
    /// Without a semicolon a browser takes those names alone that are known here (13.5, those without one).
    static func unknownName(in value: ArraySlice<UInt8>) -> String? {
        var offset = value.startIndex
        while let sign = value[offset...].firstIndex(of: UInt8(ascii: "&")) {
            var end = sign + 1
            while end < value.endIndex, value[end].isASCIILetter || value[end].isASCIIDigit { end += 1 }
            let name = value[(sign + 1)..<end]
            if end < value.endIndex, value[end] == UInt8(ascii: ";"), name.first?.isASCIILetter == true,
                name.count <= nameBytesMax, names[String(decoding: name, as: UTF8.self)] == nil
            {
                return String(decoding: name, as: UTF8.self)
            }
            offset = end
        }
        return nil
    }

    /// No name is longer.
    private static let nameBytesMax = 32

    private static func reference(in value: ArraySlice<UInt8>, at start: Int) -> (Unicode.Scalar, end: Int)? {
        guard start + 1 < value.endIndex else { return nil }
        return value[start + 1] == UInt8(ascii: "#")
            ? numeric(in: value, digitsFrom: start + 2) : named(in: value, nameFrom: start + 1)
    }

    private static func numeric(in value: ArraySlice<UInt8>, digitsFrom start: Int) -> (Unicode.Scalar, end: Int)? {
        guard start < value.endIndex else { return nil }
        let isHexadecimal = value[start].asciiLowercased == UInt8(ascii: "x")
        let first = isHexadecimal ? start + 1 : start
        var end = first
        var code: UInt32 = 0
        while end < value.endIndex, let digit = value[end].hexDigitValue, isHexadecimal || digit < 10 {
            code = min(code * (isHexadecimal ? 16 : 10) + UInt32(digit), 0x11_0000)
            end += 1
        }
        guard end > first else { return nil }
        if end < value.endIndex, value[end] == UInt8(ascii: ";") { end += 1 }
        if 0x80...0x9F ~= code { code = windows1252[Int(code) - 0x80] }
        let scalar = code == 0 ? nil : Unicode.Scalar(code)
        return (scalar ?? "\u{FFFD}", end)
    }

    private static func named(in value: ArraySlice<UInt8>, nameFrom start: Int) -> (Unicode.Scalar, end: Int)? {
        var end = start
        while end < value.endIndex, end - start < nameBytesMax, value[end].isASCIILetter || value[end].isASCIIDigit {
            end += 1
        }
        let isEnded = end < value.endIndex && value[end] == UInt8(ascii: ";")
        guard let known = names[String(decoding: value[start..<end], as: UTF8.self)] else { return nil }
        if isEnded { return (known.scalar, end + 1) }
        // In an attribute a name without a semicolon, and with an equals sign behind, is a query's (13.2.5.73).
        guard known.isLegacy, end == value.endIndex || value[end] != UInt8(ascii: "=") else { return nil }
        return (known.scalar, end)
    }

    /// What the numbers 0x80 to 0x9F stand for (13.2.5.80): they are taken for Windows-1252.
    static let windows1252: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]

    /// The names of U+00A0 to U+00FF in their order. They, and those of `legacy`, also count without a semicolon.
    private static let latin1 = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
        acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml \
        Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde \
        Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig \
        ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide \
        oslash ugrave uacute ucirc uuml yacute thorn yuml
        """

    private static let ascii: [(name: String, scalar: Unicode.Scalar)] = [
        ("Tab", "\t"), ("NewLine", "\n"), ("excl", "!"), ("num", "#"), ("dollar", "$"), ("percnt", "%"), ("apos", "'"),
        ("lpar", "("), ("rpar", ")"), ("ast", "*"), ("midast", "*"), ("plus", "+"), ("comma", ","), ("period", "."),
        ("sol", "/"), ("colon", ":"), ("semi", ";"), ("equals", "="), ("quest", "?"), ("commat", "@"), ("lsqb", "["),
        ("lbrack", "["), ("bsol", "\\"), ("rsqb", "]"), ("rbrack", "]"), ("Hat", "^"), ("lowbar", "_"),
        ("UnderBar", "_"), ("grave", "`"), ("DiacriticalGrave", "`"), ("lcub", "{"), ("lbrace", "{"), ("verbar", "|"),
        ("vert", "|"), ("VerticalLine", "|"), ("rcub", "}"), ("rbrace", "}"),
    ]

    private static let names: [String: (scalar: Unicode.Scalar, isLegacy: Bool)] = {
        var names: [String: (scalar: Unicode.Scalar, isLegacy: Bool)] = [:]
        for (index, name) in latin1.split(separator: " ").enumerated() {
            names[String(name)] = (Unicode.Scalar(UInt8(0xA0 + index)), true)
        }
        let legacy: [(String, Unicode.Scalar)] = [("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\"")]
        for (name, scalar) in legacy {
            names[name] = (scalar, true)
            names[name.uppercased()] = (scalar, true)
        }
        names["COPY"] = names["copy"]
        names["REG"] = names["reg"]
        for (name, scalar) in ascii { names[name] = (scalar, false) }
        return names
    }()
}
