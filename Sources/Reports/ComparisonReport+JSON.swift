import Bytes
import Campaigns

extension ComparisonReport {
    /// One object with both sides of every figure, whatever they are, and a line feed behind it.
    func json(layout: JSONWriter.Layout) -> [UInt8] {
        var writer = JSONWriter(layout: layout)
        writer.beginObject()
        writer.key("asOf")
        let asOf = comparison.before.asOfNanoseconds
        writer.text(asOf > 0 ? RFC3339.string(asOf) : nil)
        for (key, answer) in [("rules", comparison.before), ("comparedRules", comparison.after)] {
            writer.key(key)
            writer.text(answer.rulesVersion)
        }
        writer.key("rows")
        writer.beginArray()
        for row in comparison.rows { write(row, to: &writer) }
        writer.endArray()
        writer.key("transitions")
        writer.beginArray()
        for transition in comparison.transitions { write(transition, to: &writer) }
        writer.endArray()
        writer.key("accounting")
        JSONReport.write(comparison.before.accounting, to: &writer)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private func write(_ row: RulesComparison.Row, to writer: inout JSONWriter) {
        writer.beginObject()
        for (column, value) in zip(columns, Self.values(row)) { writer.write(value, of: column) }
        for group in [FigureColumn.Group.clicks, .opens] {
            writer.key(group.rawValue)
            writer.beginObject()
            for figure in Self.figures where figure.group == group {
                let line = Line(row, figure)
                writer.key(figure.heading)
                writer.beginObject()
                for (key, number) in [("before", line.before), ("after", line.after)] {
                    writer.key(key)
                    if let number { writer.number(number) } else { writer.null() }
                }
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private func write(_ transition: RulesComparison.Transition, to writer: inout JSONWriter) {
        writer.beginObject()
        for (key, verdict) in [("from", transition.from), ("to", transition.to)] {
            writer.key(key)
            writer.beginObject()
            writer.key("class")
            writer.string(verdict.className)
            writer.key("reason")
            writer.string(verdict.reason)
            writer.endObject()
        }
        for (key, number) in [("clicks", transition.clicks), ("opens", transition.opens)] {
            writer.key(key)
            writer.number(number)
        }
        writer.key("userAgent")
        writer.text(transition.userAgent)
        writer.endObject()
    }
}
