// Quoted texts, plain keys and numbers.

extension JSON5Reader {
    /// Reads a quoted text, from its opening quote to its closing one.
    mutating func readString() throws(JSON5Error) -> String {
        let opened = place
        let quote = text[offset]
        advance()
        var bytes: [UInt8] = []
        while let next = peek() {
            if text[offset] == quote {
                advance()
                return String(decoding: bytes, as: UTF8.self)
            }
            switch next {
            case "\\": try readEscape(into: &bytes)
            case "\n", "\r": throw .unclosedString(openedAt: opened, at: place)
            case "\u{0}"..."\u{1F}" where dialect == .json: throw .controlCharacter(at: place)
            default:
                let start = offset
                advance()
                bytes.append(contentsOf: text[start..<offset])
            }
        }
        throw .unclosedString(openedAt: opened, at: place)
    }

    /// Reads what a backslash begins (JSON5 specification, 5.1; RFC 8259, 7).
    private mutating func readEscape(into bytes: inout [UInt8]) throws(JSON5Error) {
        let escapePlace = place
        advance()
        guard let next = peek() else { throw .invalidEscape(at: escapePlace) }
        advance()
        switch next {
        case "\"", "\\", "/": bytes.append(contentsOf: String(next).utf8)
        case "b": bytes.append(0x08)
        case "f": bytes.append(0x0C)
        case "n": bytes.append(0x0A)
        case "r": bytes.append(0x0D)
        case "t": bytes.append(0x09)
        case "u": bytes.append(contentsOf: String(try readUnicodeEscape(at: escapePlace)).utf8)
        default:
            guard dialect == .json5 else { throw .invalidEscape(at: escapePlace) }
            try readJSON5Escape(next, at: escapePlace, into: &bytes)
        }
    }

    /// The escapes that JSON5 adds: two more letters, NUL, `\x41`, the end of a line, and any character that means
    /// itself.
    private mutating func readJSON5Escape(
        _ next: Unicode.Scalar, at escapePlace: TextPlace, into bytes: inout [UInt8]
    ) throws(JSON5Error) {
        switch next {
        case "v": bytes.append(0x0B)
        case "0":
            guard peekByte()?.isASCIIDigit != true else { throw .invalidEscape(at: escapePlace) }
            bytes.append(0)
        case "x":
            guard let value = readHexDigits(2), let scalar = Unicode.Scalar(value) else {
                throw .invalidEscape(at: escapePlace)
            }
            bytes.append(contentsOf: String(scalar).utf8)
        case "1"..."9": throw .invalidEscape(at: escapePlace)
        case "\r": _ = skip(UInt8(ascii: "\n"))
        case "\n", "\u{2028}", "\u{2029}": break
        default: bytes.append(contentsOf: String(next).utf8)
        }
    }

    /// Reads the four digits behind `\u`, and the second half of a surrogate pair.
    private mutating func readUnicodeEscape(at escapePlace: TextPlace) throws(JSON5Error) -> Unicode.Scalar {
        guard let first = readHexDigits(4) else { throw .invalidEscape(at: escapePlace) }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")), let second = readHexDigits(4),
            0xDC00...0xDFFF ~= second, let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw .unpairedSurrogate(at: escapePlace) }
        return scalar
    }

    private mutating func readHexDigits(_ count: Int) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = peekByte()?.hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
            advance()
        }
        return value
    }

    // MARK: Plain keys

    /// Reads a key without quotes (ECMAScript 5.1, 7.6, IdentifierName), or nothing when none begins here.
    mutating func readIdentifier() throws(JSON5Error) -> String? {
        var name = String.UnicodeScalarView()
        while let next = peek() {
            let isFirst = name.isEmpty
            if next == "\\" {
                let escapePlace = place
                advance()
                guard skip(UInt8(ascii: "u")) else { throw .invalidEscape(at: escapePlace) }
                let scalar = try readUnicodeEscape(at: escapePlace)
                guard isFirst ? Self.isIdentifierStart(scalar) : Self.isIdentifierPart(scalar) else {
                    throw .invalidEscape(at: escapePlace)
                }
                name.append(scalar)
            } else {
                guard isFirst ? Self.isIdentifierStart(next) : Self.isIdentifierPart(next) else { break }
                name.append(next)
                advance()
            }
        }
        return name.isEmpty ? nil : String(name)
    }

    static func isIdentifierStart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return UInt8(scalar.value).isASCIILetter || scalar == "_" || scalar == "$" }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: true
        default: false
        }
    }

    static func isIdentifierPart(_ scalar: Unicode.Scalar) -> Bool {
        if isIdentifierStart(scalar) { return true }
        if scalar.isASCII { return UInt8(scalar.value).isASCIIDigit }
        if scalar == "\u{200C}" || scalar == "\u{200D}" { return true }
        return switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: true
        default: false
        }
    }

    // MARK: Numbers

    /// Reads everything that hangs together like a number, then asks whether it is one.
    mutating func readNumber() throws(JSON5Error) -> JSON5Value.Kind {
        let start = offset
        let numberPlace = place
        if text[offset] == UInt8(ascii: "-") || text[offset] == UInt8(ascii: "+") { advance() }
        let isHexadecimal = peekByte() == UInt8(ascii: "0") && peekByte(1)?.asciiLowercased == UInt8(ascii: "x")
        while let next = peek() {
            let isExponentSign =
                !isHexadecimal && (next == "+" || next == "-") && offset > start
                && text[offset - 1].asciiLowercased == UInt8(ascii: "e")
            guard Self.isIdentifierPart(next) || next == "." || isExponentSign else { break }
            advance()
        }
        let written = Array(text[start..<offset])
        let spelling = String(decoding: written, as: UTF8.self)
        guard let value = JSON5Number.value(of: written.span, dialect: dialect) else {
            throw .invalidNumber(spelling, at: numberPlace)
        }
        guard value.isFinite || spelling.hasSuffix("Infinity") || value.isNaN else {
            throw .numberTooLarge(spelling, at: numberPlace)
        }
        return .number(text: spelling, value: value)
    }
}
