/// One cell of a CSV file.
package enum CSVCell {
    /// A text as a cell: in quotes where RFC 4180 section 2 asks for them, and with an apostrophe in front where a
    /// spreadsheet would take it for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a return).
    package static func text(_ text: String) -> String {
        var cell = text
        // Looked at by scalars: a combining mark behind the sign makes another Character of it, and the same formula.
        if let first = text.unicodeScalars.first, formulaStarts.contains(first) { cell = "'" + cell }
        guard cell.utf8.contains(where: needsQuotes) else { return cell }
        var quoted = "\""
        for scalar in cell.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append("\"") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r"]

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == 0x22 || byte == 0x2C || byte == 0x0A || byte == 0x0D
    }
}
