/// A page for man(1) that is written line by line, in the macros of man(7).
///
/// Text is given as people read it. What roff would take for something of its own is escaped here: backslashes,
/// quotes that typesetting would turn, dots in front of a line, and dashes, so that a flag can be copied from a page.
struct RoffText: Equatable, Sendable {
    /// The lines so far.
    private(set) var lines: [String] = []

    /// The page, with a line break behind each line.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// Writes a request or macro with its arguments, each of them one argument whatever is in it.
    mutating func request(_ name: String, _ arguments: String...) {
        lines.append(([".\(name)"] + arguments.map { "\"\(Self.escaped($0))\"" }).joined(separator: " "))
    }

    /// Writes a line of the page's own, which is roff already.
    mutating func raw(_ line: String) {
        lines.append(line)
    }

    /// Writes text in lines of at most 78 bytes, where its words allow.
    mutating func words(_ text: String) {
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace).map({ Self.escaped(String($0)) }) {
            if !line.isEmpty, line.utf8.count + 1 + word.utf8.count > 78 {
                lines.append(Self.guarded(line))
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(Self.guarded(line)) }
    }

    /// Writes paragraphs.
    mutating func paragraphs(_ texts: [String]) {
        for (index, text) in texts.enumerated() {
            if index > 0 { lines.append(".PP") }
            words(text)
        }
    }

    /// Writes a term and, indented below it, what it means.
    ///
    /// - Parameter term: roff already, as `bold` and `italic` make it.
    mutating func entry(_ term: String, _ meaning: String) {
        lines.append(".TP")
        lines.append(Self.guarded(term))
        words(meaning)
    }

    /// Writes lines as they stand, in a typewriter's letters.
    mutating func example(_ examples: [String]) {
        lines.append(".PP")
        lines.append(".EX")
        lines += examples.map { Self.guarded(Self.escaped($0)) }
        lines.append(".EE")
    }

    /// What is typed as it stands.
    static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }

    /// What something else stands for.
    static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

    /// The text without anything that roff would read as its own, within a line.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "'": escaped += "\\(aq"
            case "`": escaped += "\\(ga"
            case "^": escaped += "\\(ha"
            case "~": escaped += "\\(ti"
            case "\"": escaped += "\\(dq"
            case " "..."~": escaped.unicodeScalars.append(scalar)
            case "\n", "\t", "\r": escaped += " "
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                escaped += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
            }
        }
        return escaped
    }

    /// A line that begins with no control character.
    private static func guarded(_ line: String) -> String {
        line.hasPrefix(".") ? "\\&" + line : line
    }
}
