// What a person reads about a text that isn't JSON5. Parts of the text are quoted so that no terminal obeys them.

extension JSON5Error: CustomStringConvertible {
    /// What is wrong and what to do, without the place.
    package var message: String {
        switch self {
        case .invalidUTF8: "a byte that is not UTF-8: save the file as UTF-8"
        case .unexpected(let found, let expected, _): Self.message(found: found, expected: expected)
        case .unclosedBracket(let bracket, let opened, let found, _):
            "the `\(bracket.opening)` opened at \(opened) is not closed: expected `\(bracket.closing)`, found \(found)"
        case .unclosedString(let opened, _): "the text opened at \(opened) is not closed: add the same quote at its end"
        case .unclosedComment: "the comment opened here is not closed: add `*/` at its end"
        case .invalidEscape: "no such escape: write `\\\\` for a backslash"
        case .unpairedSurrogate: "half of a surrogate pair is no character: write `\\uD83D\\uDE00`, both halves"
        case .controlCharacter: "a control character in a text: write it as an escape such as `\\n`"
        case .invalidNumber(let text, _): "\(Self.quoted(text)) is not a number: put text into quotes"
        case .numberTooLarge(let text, _): "the number \(Self.quoted(text)) is too large"
        case .duplicateKey(let key, let first, _):
            "the key \(Self.quoted(key)) stands here again, first at \(first): remove one"
        case .tooDeep(let limit, _): "more than \(limit) brackets inside each other"
        }
    }

    /// `line 3, column 14: ` and the message.
    package var description: String { "\(place): \(message)" }

    private static func message(found: Found, expected: Expected) -> String {
        switch (expected, found) {
        case (.value, .word): "expected a value, found \(found): put text into quotes"
        case (.value, _): "expected a value, found \(found)"
        case (.key, _): "expected a key, found \(found): put a key that is no plain word into quotes"
        case (.colon(let key), _): "expected `:` after the key \(quoted(key)), found \(found)"
        case (.commaOrClosing(let bracket, let opened), _):
            "expected `,` or the `\(bracket.closing)` for the `\(bracket.opening)` opened at \(opened), found \(found)"
        case (.endOfText, _): "expected nothing more after the value, found \(found)"
        }
    }

    /// A part of the text, in quotes, cut when it is long.
    fileprivate static func quoted(_ text: String) -> String {
        let limit = 64
        let scalars = text.unicodeScalars
        guard scalars.count > limit else { return JSONWriter.quoted(text) }
        return JSONWriter.quoted(String(String.UnicodeScalarView(scalars.prefix(limit)))) + "…"
    }
}

extension JSON5Error.Found: CustomStringConvertible {
    /// The thing found, for a message.
    package var description: String {
        switch self {
        case .endOfText: "the end of the text"
        case .character("\n"), .character("\r"): "the end of the line"
        case .character("`"): "a backtick"
        case .character(let scalar) where JSONWriter.needsEscape(scalar) && scalar.value > 0x7E || scalar.value < 0x20:
            "the character U+" + String(scalar.value, radix: 16, uppercase: true).leftPadded(to: 4)
        case .character(let scalar): "`\(scalar)`"
        case .word(let word): JSON5Error.quoted(word)
        }
    }
}

extension String {
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: "0", count: max(0, count - self.count)) + self
    }
}
