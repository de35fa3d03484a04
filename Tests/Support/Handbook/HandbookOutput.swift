import Foundation

/// What a page says that a command prints, held against what it prints.
///
/// Times, days and identifiers in hex are never the same twice: any other stands for them. `…` in a line of the page
/// stands for anything in that line, and a line that is `…` alone for any lines.
package enum HandbookOutput {
    /// True when `printed` is what the page shows.
    package static func matches(expected: String, printed: String) -> Bool {
        matches(lines(expected)[...], lines(printed)[...])
    }

    private static func matches(_ expected: ArraySlice<String>, _ printed: ArraySlice<String>) -> Bool {
        guard let first = expected.first else { return printed.isEmpty }
        if first == "…" {
            return (printed.startIndex...printed.endIndex).contains { rest in
                matches(expected.dropFirst(), printed[rest...])
            }
        }
        guard let line = printed.first, matchesLine(first, line) else { return false }
        return matches(expected.dropFirst(), printed.dropFirst())
    }

    /// True when `line` has the parts of `expected` between its `…` in their order, from its beginning to its end.
    private static func matchesLine(_ expected: String, _ line: String) -> Bool {
        let parts = expected.components(separatedBy: "…")
        guard parts.count > 1 else { return expected == line }
        guard line.hasPrefix(parts[0]) else { return false }
        var rest = line.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }

    /// The lines, without what differs at each run, and without blanks and empty lines at their ends.
    private static func lines(_ text: String) -> [String] {
        var lines = text.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/, with: "TIME")
            .replacing(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/, with: "TIME")
            .replacing(/\d{4}-\d\d-\d\d/, with: "DAY")
            .replacing(/\b[0-9a-f]{16}\b/, with: "HEX")
            .replacing("\r\n", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
        while lines.last == "" { lines.removeLast() }
        return lines
    }
}
