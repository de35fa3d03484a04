/// Why a text is not JSON5 (or JSON), and where.
package enum JSON5Error: Error, Equatable, Sendable {
    /// A byte that is not UTF-8.
    case invalidUTF8(at: TextPlace)
    /// Something else stands where one thing was needed.
    case unexpected(Found, expected: Expected, at: TextPlace)
    /// A bracket whose partner is missing: the text ends, or a closing bracket of the other kind stands at `at`.
    case unclosedBracket(Bracket, openedAt: TextPlace, found: Found, at: TextPlace)
    /// The line or the text ends inside a quoted text.
    case unclosedString(openedAt: TextPlace, at: TextPlace)
    /// The text ends inside a comment.
    case unclosedComment(openedAt: TextPlace)
    /// A backslash and something that it can't stand before.
    case invalidEscape(at: TextPlace)
    /// Half of a surrogate pair: no character.
    case unpairedSurrogate(at: TextPlace)
    /// A control character that JSON wants escaped.
    case controlCharacter(at: TextPlace)
    /// What begins as a number and is none.
    case invalidNumber(String, at: TextPlace)
    /// A number beyond what a `Double` holds.
    case numberTooLarge(String, at: TextPlace)
    /// The same key a second time in one object.
    case duplicateKey(String, firstAt: TextPlace, at: TextPlace)
    /// More brackets inside each other than allowed.
    case tooDeep(limit: Int, at: TextPlace)

    /// The two pairs of brackets.
    package enum Bracket: Equatable, Sendable {
        case object, array

        /// `{` or `[`
        package var opening: String { self == .object ? "{" : "[" }
        /// `}` or `]`
        package var closing: String { self == .object ? "}" : "]" }
    }

    /// What stood at the place.
    package enum Found: Equatable, Sendable {
        case endOfText
        case character(Unicode.Scalar)
        case word(String)
    }

    /// What was needed there.
    package enum Expected: Equatable, Sendable {
        case value
        case key
        case colon(key: String)
        case commaOrClosing(Bracket, openedAt: TextPlace)
        case endOfText
    }

    /// Where it is wrong.
    package var place: TextPlace {
        switch self {
        case .invalidUTF8(let place), .unexpected(_, _, let place), .unclosedBracket(_, _, _, let place),
            .unclosedString(_, let place), .unclosedComment(let place), .invalidEscape(let place),
            .unpairedSurrogate(let place), .controlCharacter(let place), .invalidNumber(_, let place),
            .numberTooLarge(_, let place), .duplicateKey(_, _, let place), .tooDeep(_, let place):
            place
        }
    }
}
