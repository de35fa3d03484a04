/// Names and texts as ClickHouse's SQL has them.
package enum ClickHouseText {
    /// A text literal, quoted and escaped.
    package static func literal(_ text: String) -> String { quoted(text, "'") }

    /// The name of a table, column or database, quoted and escaped.
    package static func name(_ name: String) -> String { quoted(name, "`") }

    private static func quoted(_ text: String, _ quote: Character) -> String {
        var result = String(quote)
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\0": result += "\\0"
            default:
                if Character(character) == quote { result += "\\" }
                result.unicodeScalars.append(character)
            }
        }
        return result + String(quote)
    }
}
