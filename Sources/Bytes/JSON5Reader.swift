/// Walks through a text of JSON5 or JSON once, from front to back. See `JSON5`.
struct JSON5Reader {
    /// The whole text; known to be UTF-8 once `readText` has begun.
    let text: [UInt8]
    let dialect: JSON5.Dialect
    private(set) var offset = 0
    private var line = 1
    private var column = 1
    /// Keys that stood in their object before, in the order of the text. The tree has both members.
    private(set) var duplicates: [JSON5Error] = []
    private var openBrackets: [(bracket: JSON5Error.Bracket, place: TextPlace)] = []

    init(_ bytes: Span<UInt8>, dialect: JSON5.Dialect) {
        text = bytes.toArray()
        self.dialect = dialect
    }

    /// The place of what is read next.
    var place: TextPlace { TextPlace(line: line, column: column) }

    /// True when everything is read.
    var isAtEnd: Bool { offset >= text.count }

    mutating func readText() throws(JSON5Error) -> JSON5Value {
        let invalid = UTF8Validation.firstInvalidOffset(in: text.span)
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        if let invalid {
            while offset < invalid { advance() }
            throw .invalidUTF8(at: place)
        }
        try skipSpace()
        let value = try readValue()
        try skipSpace()
        guard isAtEnd else { throw .unexpected(found(), expected: .endOfText, at: place) }
        return value
    }

    // MARK: Characters

    /// The character that is read next, or nil at the end.
    func peek() -> Unicode.Scalar? {
        guard offset < text.count else { return nil }
        let lead = text[offset]
        if lead < 0x80 { return Unicode.Scalar(lead) }
        let length = scalarLength(lead)
        var value = UInt32(lead) & (0xFF >> UInt32(length + 1))
        for index in 1..<length where offset + index < text.count {
            value = value << 6 | UInt32(text[offset + index] & 0x3F)
        }
        return Unicode.Scalar(value)
    }

    /// The byte that is read `distance` bytes from here, or nil behind the end.
    func peekByte(_ distance: Int = 0) -> UInt8? {
        offset + distance < text.count ? text[offset + distance] : nil
    }

    /// Steps over one character.
    mutating func advance() {
        let byte = text[offset]
        offset += scalarLength(byte)
        let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && peekByte() != UInt8(ascii: "\n")
        if endsLine {
            line += 1
            column = 1
        } else {
            column += 1
        }
    }

    /// Steps over `byte` if it comes next.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard peekByte() == byte else { return false }
        advance()
        return true
    }

    private func scalarLength(_ lead: UInt8) -> Int {
        lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    /// What comes next, for an error: a whole word where one stands.
    func found() -> JSON5Error.Found {
        guard let next = peek() else { return .endOfText }
        guard JSON5Reader.isIdentifierPart(next) else { return .character(next) }
        var reader = self
        var word = String.UnicodeScalarView()
        while let scalar = reader.peek(), JSON5Reader.isIdentifierPart(scalar) {
            word.append(scalar)
            reader.advance()
        }
        return .word(String(word))
    }

    // MARK: Space and comments

    mutating func skipSpace() throws(JSON5Error) {
        while let next = peek() {
            if isSpace(next) {
                advance()
            } else if next == "/", dialect == .json5, peekByte(1) == UInt8(ascii: "/") {
                while let scalar = peek(), !Self.isLineTerminator(scalar) { advance() }
            } else if next == "/", dialect == .json5, peekByte(1) == UInt8(ascii: "*") {
                try skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() throws(JSON5Error) {
        let opened = place
        advance()
        advance()
        while !isAtEnd {
            if peekByte() == UInt8(ascii: "*"), peekByte(1) == UInt8(ascii: "/") {
                advance()
                advance()
                return
            }
            advance()
        }
        throw .unclosedComment(openedAt: opened)
    }

    /// JSON5 specification, 8: white space and line terminators. RFC 8259, 2.
    private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r": true
        case "\u{B}", "\u{C}", "\u{A0}", "\u{FEFF}", "\u{2028}", "\u{2029}": dialect == .json5
        default:
            dialect == .json5 && scalar.value > 0x7F && scalar.properties.generalCategory == .spaceSeparator
        }
    }

    static func isLineTerminator(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}"
    }

    // MARK: Values

    private mutating func readValue() throws(JSON5Error) -> JSON5Value {
        let place = place
        guard let next = peek() else { throw missing(.value) }
        switch next {
        case "{": return JSON5Value(kind: try readObject(), place: place)
        case "[": return JSON5Value(kind: try readArray(), place: place)
        case "\"": return JSON5Value(kind: .string(try readString()), place: place)
        case "'" where dialect == .json5: return JSON5Value(kind: .string(try readString()), place: place)
        case "0"..."9", "-", "+", ".":
            if dialect == .json, next == "+" || next == "." { throw missing(.value) }
            return JSON5Value(kind: try readNumber(), place: place)
        default:
            guard let word = readLiteral() else { throw missing(.value) }
            return JSON5Value(kind: word, place: place)
        }
    }

    /// `null`, `true`, `false` and what JSON5 adds. Reads nothing when there is another word, or none.
    private mutating func readLiteral() -> JSON5Value.Kind? {
        guard case .word(let word) = found() else { return nil }
        let kind: JSON5Value.Kind
        switch word {
        case "null": kind = .null
        case "true": kind = .bool(true)
        case "false": kind = .bool(false)
        case "Infinity" where dialect == .json5: kind = .number(text: word, value: .infinity)
        case "NaN" where dialect == .json5: kind = .number(text: word, value: .nan)
        default: return nil
        }
        for _ in word.unicodeScalars { advance() }
        return kind
    }

    private mutating func readArray() throws(JSON5Error) -> JSON5Value.Kind {
        try open(.array)
        var values: [JSON5Value] = []
        while try !close(.array, mayClose: values.isEmpty || dialect == .json5) {
            values.append(try readValue())
            if try !skipComma(in: .array) { break }
        }
        return .array(values)
    }

    private mutating func readObject() throws(JSON5Error) -> JSON5Value.Kind {
        try open(.object)
        var members: [JSON5Value.Member] = []
        var places: [String: TextPlace] = [:]
        while try !close(.object, mayClose: members.isEmpty || dialect == .json5) {
            let keyPlace = place
            let key = try readKey()
            if let first = places[key] {
                duplicates.append(.duplicateKey(key, firstAt: first, at: keyPlace))
            } else {
                places[key] = keyPlace
            }
            try skipSpace()
            guard skip(UInt8(ascii: ":")) else { throw missing(.colon(key: key)) }
            try skipSpace()
            members.append(JSON5Value.Member(key: key, keyPlace: keyPlace, value: try readValue()))
            if try !skipComma(in: .object) { break }
        }
        return .object(members)
    }

    private mutating func readKey() throws(JSON5Error) -> String {
        switch peek() {
        case "\"": return try readString()
        case "'" where dialect == .json5: return try readString()
        default:
            guard dialect == .json5, let key = try readIdentifier() else { throw missing(.key) }
            return key
        }
    }

    // MARK: Brackets

    private mutating func open(_ bracket: JSON5Error.Bracket) throws(JSON5Error) {
        guard openBrackets.count < JSON5.depthLimit else { throw .tooDeep(limit: JSON5.depthLimit, at: place) }
        openBrackets.append((bracket, place))
        advance()
    }

    /// Steps over space, and over the closing bracket if it comes next and may.
    private mutating func close(_ bracket: JSON5Error.Bracket, mayClose: Bool) throws(JSON5Error) -> Bool {
        try skipSpace()
        guard mayClose, skip(closingByte(bracket)) else { return false }
        openBrackets.removeLast()
        return true
    }

    /// Steps over the comma behind an element, or over the closing bracket.
    ///
    /// - Returns: true when it was the comma.
    private mutating func skipComma(in bracket: JSON5Error.Bracket) throws(JSON5Error) -> Bool {
        try skipSpace()
        if skip(UInt8(ascii: ",")) { return true }
        if try close(bracket, mayClose: true) { return false }
        throw missing(.commaOrClosing(bracket, openedAt: openBrackets.last?.place ?? place))
    }

    private func closingByte(_ bracket: JSON5Error.Bracket) -> UInt8 {
        bracket == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
    }

    /// The error for something else than `expected`: the open bracket's where the text ends or the other bracket
    /// closes.
    private func missing(_ expected: JSON5Error.Expected) -> JSON5Error {
        let found = found()
        if let open = openBrackets.last {
            let otherClosing: Unicode.Scalar = open.bracket == .object ? "]" : "}"
            if found == .endOfText || found == .character(otherClosing) {
                return .unclosedBracket(open.bracket, openedAt: open.place, found: found, at: place)
            }
        }
        return .unexpected(found, expected: expected, at: place)
    }
}
