/// A value as JSON5 text.
indirect enum SettingText: Equatable, Sendable {
    /// A number, a text with its quotes, `null`.
    case literal(String)
    /// A value that is never printed.
    case secret
    case list([SettingText])
    case group([Member])

    struct Member: Equatable, Sendable {
        let name: String
        let value: SettingText
    }

    /// A text with its quotes.
    static func quoted(_ text: String) -> SettingText {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                default: literal.unicodeScalars.append(scalar)
                }
            }
        }
        return .literal(literal + "\"")
    }

    /// The value without line breaks.
    var onOneLine: String {
        switch self {
        case .literal(let text): text
        case .secret: "null"
        case .list(let elements): "[" + elements.map(\.onOneLine).joined(separator: ", ") + "]"
        case .group(let members) where members.isEmpty: "{}"
        case .group(let members):
            "{ " + members.map { "\(Self.key($0.name)): \($0.value.onOneLine)" }.joined(separator: ", ") + " }"
        }
    }

    /// A member's name, in quotes where JSON5 asks for them.
    static func key(_ name: String) -> String {
        let isPlain =
            name.first?.isLetter == true && name.utf8.allSatisfy { $0 < 0x80 }
            && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        return isPlain ? name : quoted(name).onOneLine
    }
}
