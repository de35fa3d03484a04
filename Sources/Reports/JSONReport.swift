package import Bytes
package import Campaigns

/// An answer as one JSON object: `{"asOf", "rows", "accounting", "eventKeyChanges"}`, members always in the same order.
///
/// Whoever came before and after one of `eventKeyChanges`, which lie in the question's range, counts as two people.
/// What is not known is `null`, never 0. A row carries its columns by name, a column of ids followed by the name that
/// was given (`secName` behind `sec`), then its figures. Rows by `host` add `firstSeen`, `lastSeen` and `sample`.
package struct JSONReport: Sendable {
    private let answer: ReportAnswer

    /// Makes a report of an answer.
    package init(_ answer: ReportAnswer) {
        self.answer = answer
    }

    /// The object with a line feed behind it.
    ///
    /// - Parameter layout: compact for programs, pretty for people.
    package func bytes(layout: JSONWriter.Layout = .compact) -> [UInt8] {
        var writer = JSONWriter(layout: layout)
        writer.beginObject()
        writer.key("asOf")
        writer.time(answer.asOfNanoseconds)
        writer.key("rows")
        writer.beginArray()
        for row in answer.rows { write(row, to: &writer) }
        writer.endArray()
        writer.key("accounting")
        Self.write(answer.accounting, to: &writer)
        writer.key("eventKeyChanges")
        writer.beginArray()
        for change in answer.keyChanges { writer.time(change) }
        writer.endArray()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private func write(_ row: ReportRow, to writer: inout JSONWriter) {
        writer.beginObject()
        for (column, value) in zip(answer.columns, row.values) { writer.write(value, of: column) }
        for group in [FigureColumn.Group.clicks, .opens] {
            writer.key(group.rawValue)
            writer.beginObject()
            for column in FigureColumn.all where column.group == group {
                writer.key(column.heading)
                writer.figure(column.figure(row))
            }
            writer.endObject()
        }
        for column in FigureColumn.all where column.group == .sends || column.group == .rates {
            writer.key(column.path)
            writer.figure(column.figure(row))
        }
        writer.key("uniqueComplete")
        writer.bool(row.uniqueComplete)
        if answer.columns.contains(.host) { write(row.host, to: &writer) }
        writer.endObject()
    }

    private func write(_ sighting: HostSighting?, to writer: inout JSONWriter) {
        writer.key("firstSeen")
        writer.time(sighting?.firstSeenNanoseconds)
        writer.key("lastSeen")
        writer.time(sighting?.lastSeenNanoseconds)
        writer.key("sample")
        writer.text(sighting?.sample)
    }

    static func write(_ accounting: ReportAccounting, to writer: inout JSONWriter) {
        writer.beginObject()
        for entry in accounting.entries {
            writer.key(entry.name)
            writer.number(entry.events)
        }
        writer.endObject()
    }
}

extension JSONWriter {
    mutating func text(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    /// A column of a row, and for ids the name that was given to them.
    mutating func write(_ value: ReportValue, of column: ReportColumn) {
        key(column.rawValue)
        text(value.text)
        guard column.hasNames else { return }
        key("\(column.rawValue)Name")
        text(value.name)
    }

    /// A moment to the microsecond; 0 is the moment before anything happened and not known.
    fileprivate mutating func time(_ nanoseconds: UInt64?) {
        text(nanoseconds.flatMap { $0 == 0 ? nil : RFC3339.string($0) })
    }

    fileprivate mutating func figure(_ figure: Figure) {
        switch figure {
        case .count(let value?), .people(let value?, _): number(value)
        case .rate(let rate?): number(rate.value)
        case .count(nil), .people(nil, _), .rate(nil): null()
        }
    }
}
