/// A table of short texts in columns: the first one flush left, the others flush right.
enum PlainTable {
    /// The lines, each with its end.
    static func text(_ rows: [[String]]) -> String {
        guard let head = rows.first else { return "" }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for row in rows {
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + padding : padding + row[column]
            }
            text += cells.joined(separator: "  ") + "\n"
        }
        return text
    }
}
