/// Text that came from the network, made fit for a terminal.
///
/// A user agent or a link may hold escape sequences that move the cursor, colour the screen or retitle the window, and
/// bidirectional controls that make one host look like another. Nothing that is printed for a person goes to a terminal
/// without passing here.
package enum TerminalText {
    /// The text with every control character (C0, DEL, C1), every format character (bidirectional controls, zero-width
    /// ones) and every line or paragraph separator written as `\u{1b}`. Line breaks and tabs are escaped too, so that
    /// the result is one line. What is fit already comes back as it was.
    package static func escape(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isDangerous) else { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isDangerous(scalar) {
                escaped.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// Columns that an escaped text takes: 2 for East Asian wide and fullwidth characters and emoji (Unicode Standard
    /// Annex 11), 0 for combining marks, 1 for the rest. Terminals differ on rare characters; a table is then askew by
    /// that much and not wrong.
    package static func columnCount(of text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columnCount(of: $1) }
    }

    /// The escaped text cut to at most `columns` columns, an ellipsis at its end when something is missing.
    package static func cut(_ text: String, toColumns columns: Int) -> String {
        guard columnCount(of: text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in text {
            let width = columnCount(of: character)
            guard used + width <= columns - 1 else { break }
            kept.append(character)
            used += width
        }
        return kept + "…"
    }

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    private static func columnCount(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        let isEmoji = first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
        return isEmoji || wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// The blocks of wide and fullwidth characters.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1_F300...0x1_F64F, 0x1_F900...0x1_F9FF, 0x2_0000...0x3_FFFD,
    ]
}
