/// Finds code that ends the process where it should have handled a case, and work that was left for later.
enum SafetyRule {
    /// For `Sources`: everything.
    static func violations(in file: SourceFile) -> [Violation] {
        var violations = leftovers(in: file)
        let traps = traps
        for (index, line) in file.code.enumerated() where line.utf8.contains(UInt8(ascii: "!")) || line.contains("(") {
            // One message a line: a cast by force is also a value with a sign behind it.
            guard let trap = traps.first(where: { line.contains($0.pattern) }) else { continue }
            violations.append(Violation(path: file.path, line: index + 1, message: trap.message))
        }
        return violations.sorted { $0.line < $1.line }
    }

    /// For every file: notes about work that is not done.
    static func leftovers(in file: SourceFile) -> [Violation] {
        // A capital T, F, X or H: most lines need no closer look.
        let marks: [UInt8] = [0x54, 0x46, 0x58, 0x48]
        let leftover = leftover
        return file.lines.enumerated().compactMap { index, line in
            guard line.utf8.contains(where: { marks.contains($0) }), line.contains(leftover) else { return nil }
            return Violation(path: file.path, line: index + 1, message: "work that is left for later")
        }
    }

    private static var traps: [(message: String, pattern: Regex<Substring>)] {
        [
            ("an error is turned into a crash", /\btry!/),
            ("a value is cast by force", /\bas!/),
            ("an optional is unwrapped by force", /[\w\)\]\}\?`"]!(?!=)/),
            ("the process is ended", /\b(?:fatalError|abort|exit)\(/),
        ]
    }

    // Written so that it doesn't find itself.
    private static var leftover: Regex<Substring> { /\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b/ }
}
