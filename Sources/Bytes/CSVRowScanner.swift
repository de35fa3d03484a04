/// Finds the rows of comma-separated values as they stand, byte for byte, and one column of each: for lists that go
/// through unchanged, where `CSVReader` would take every field apart. The grammar is `CSVReader`'s. Nothing is copied.
package struct CSVRowScanner {
    /// One row.
    package struct Row: Equatable, Sendable {
        /// Where it stands, its line end and a byte order mark included.
        package var bytes: Range<Int>
        /// The line that it begins in; the first is 1.
        package var line: Int
        /// Its fields; 0 in an empty line.
        package var fieldCount: Int
        /// The column that is looked for, without the quotes around it; nil where the row has not so many.
        package var field: Range<Int>?
        /// True when quotes in the field are doubled.
        package var hasDoubledQuotes: Bool
    }

    private enum Place {
        case fieldStart, plain, quoted, behindQuote
    }

    /// The column that is looked for, from 0.
    package var column: Int
    /// The line, from 1, that the row begins in which is looked for next.
    package private(set) var line = 1
    private var isFirst = true

    /// Looks for a column, from 0.
    package init(column: Int = 0) {
        self.column = column
    }

    /// The row that begins at `start`. O(its bytes).
    ///
    /// - Parameter isAtEnd: true when no bytes come behind those of `bytes`.
    /// - Returns: nil when its end is not there yet, or, at the end, when there are no more rows.
    package mutating func next(
        in bytes: Span<UInt8>, from start: Int, isAtEnd: Bool
    ) throws(CSVError) -> Row? {
        guard start < bytes.count else { return nil }
        var row = Row(bytes: start..<start, line: line, fieldCount: 0, field: nil, hasDoubledQuotes: false)
        var line = line
        var quoteLine = line
        var offset = start
        if isFirst, bytes.count - start >= 3, bytes[start] == 0xEF, bytes[start + 1] == 0xBB, bytes[start + 2] == 0xBF {
            offset += 3
        }
        var fieldStart = offset
        let contentStart = offset
        var place = Place.fieldStart
        while offset < bytes.count {
            let byte = bytes[offset]
            // The bytes that mean something are all below 45.
            if byte > UInt8(ascii: ",") || !Self.means(byte) {
                guard place != .behindQuote else { throw .textBehindQuote(line: line) }
                if place == .fieldStart { place = .plain }
                offset += 1
                continue
            }
            switch (byte, place) {
            case (UInt8(ascii: "\""), .plain): break
            case (UInt8(ascii: "\""), .fieldStart):
                place = .quoted
                quoteLine = line
            case (UInt8(ascii: "\""), .quoted): place = .behindQuote
            case (UInt8(ascii: "\""), .behindQuote):
                place = .quoted
                if row.fieldCount == column { row.hasDoubledQuotes = true }
            case (UInt8(ascii: ","), .quoted): break
            case (UInt8(ascii: ","), _):
                endField(&row, fieldStart..<offset, place)
                fieldStart = offset + 1
                place = .fieldStart
            default:
                let isPair = byte == UInt8(ascii: "\r") && offset + 1 < bytes.count
                let count = isPair && bytes[offset + 1] == UInt8(ascii: "\n") ? 2 : 1
                if byte == UInt8(ascii: "\r"), offset + 1 == bytes.count, !isAtEnd { return nil }
                line += 1
                if place == .quoted {
                    offset += count
                    continue
                }
                if offset > contentStart { endField(&row, fieldStart..<offset, place) }
                return finish(&row, end: offset + count, line: line)
            }
            offset += 1
        }
        guard isAtEnd else { return nil }
        if place == .quoted { throw .unclosedQuote(line: quoteLine) }
        if offset > contentStart { endField(&row, fieldStart..<offset, place) }
        return finish(&row, end: offset, line: line)
    }

    @inline(__always)
    private static func means(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    @inline(__always)
    private func endField(_ row: inout Row, _ range: Range<Int>, _ place: Place) {
        if row.fieldCount == column {
            row.field = place == .behindQuote ? range.lowerBound + 1..<range.upperBound - 1 : range
        }
        row.fieldCount += 1
    }

    private mutating func finish(_ row: inout Row, end: Int, line: Int) -> Row {
        row.bytes = row.bytes.lowerBound..<end
        self.line = line
        isFirst = false
        return row
    }
}
