/// What a command tells a person on standard error: what failed, why, and what to do about it.
///
/// It prints as `tremolo: what: why: what to do` on one line, with another program's name where that speaks. What of it
/// came from outside (an argument, a file's name) is made harmless for a terminal: control characters, bidirectional
/// overrides and line breaks are printed as escapes, so that a message is always one line and can't pretend to be
/// another.
package struct Message: Equatable, Sendable {
    /// The thing that failed, such as a command, a flag or a file.
    package let what: String
    /// What is wrong with it.
    package let why: String
    /// What to do about it, if that can be said.
    package let whatToDo: String?

    /// Makes a message of its parts.
    package init(_ what: String, why: String, whatToDo: String? = nil) {
        self.what = what
        self.why = why
        self.whatToDo = whatToDo
    }
}

extension Message: CustomStringConvertible {
    /// The line, without a line break behind it.
    package var description: String { line(of: "tremolo") }

    /// The line of a program, without a line break behind it.
    package func line(of program: String) -> String {
        let parts = [program, what, why] + (whatToDo.map { [$0] } ?? [])
        return parts.map(Self.onOneLine).joined(separator: ": ")
    }

    /// The text with everything that could break the line or steer a terminal written as an escape.
    package static func onOneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: line.append(scalar)
            }
        }
        return String(line)
    }
}
