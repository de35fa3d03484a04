/// Where in a text something stands, as an editor counts.
///
/// A line ends at a line feed, a carriage return or both together. A column is one Unicode scalar.
package struct TextPlace: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first line is 1.
    package let line: Int
    /// The first column is 1.
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// `line 3, column 14`
    package var description: String { "line \(line), column \(column)" }

    package static func < (left: TextPlace, right: TextPlace) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
