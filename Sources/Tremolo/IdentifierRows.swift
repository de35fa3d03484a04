import Bytes
import LinuxSystem

/// The rows of a list of people, a CSV file whose first row names the columns, and the identifier in each: found where
/// they stand, so that a list of any length goes through a buffer of one size.
struct IdentifierRows {
    /// Columns of the header; 0 before it has come.
    private(set) var columnCount = 0
    private var scanner = CSVRowScanner()
    private var unquoted: [UInt8] = []

    /// The line that the next row begins in.
    var line: Int { scanner.line }

    /// The next row from `start` on; nil when its end is not there yet, or at the end.
    mutating func next(in bytes: Span<UInt8>, from start: Int, isAtEnd: Bool) throws(CSVError) -> CSVRowScanner.Row? {
        try scanner.next(in: bytes, from: start, isAtEnd: isAtEnd)
    }

    /// The names of the columns, where a row is the header.
    func names(in row: CSVRowScanner.Row, of bytes: Span<UInt8>) throws(CSVError) -> [String] {
        var reader = CSVReader()
        var records: [CSVRecord] = []
        try reader.read(bytes.extracting(row.bytes), into: &records)
        if let last = try reader.finish() { records.append(last) }
        return records.first?.fields.map { String(decoding: $0, as: UTF8.self) } ?? []
    }

    /// Goes on behind the header: identifiers stand in a column of it, from 0.
    mutating func begin(behind header: CSVRowScanner.Row, column: Int) {
        scanner.column = column
        columnCount = header.fieldCount
    }

    /// Lends the identifier of a row, its doubled quotes made single.
    ///
    /// - Returns: nil, and `body` is not called, for a row of another number of fields: nobody knows which one it is.
    mutating func withIdentifier<Result>(
        of row: CSVRowScanner.Row, in bytes: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        guard row.fieldCount == columnCount, let range = row.field else { return nil }
        let field = bytes.extracting(range)
        guard row.hasDoubledQuotes else { return body(field) }
        unquoted.removeAll(keepingCapacity: true)
        var offset = 0
        while offset < field.count {
            unquoted.append(field[offset])
            offset += field[offset] == UInt8(ascii: "\"") ? 2 : 1
        }
        return body(unquoted.span)
    }
}

/// One pass over a list of people, row by row.
protocol IdentifierListRun: ~Copyable {
    /// Where the rows are.
    var rows: IdentifierRows { get set }
    /// Takes the first row, which names the columns, and begins the rows behind it.
    mutating func takeHeader(
        _ header: CSVRowScanner.Row, names: [String], _ bytes: Span<UInt8>
    ) throws(CommandFailure)
    /// Takes a further row.
    mutating func take(_ row: CSVRowScanner.Row, _ bytes: Span<UInt8>) throws(CommandFailure)
    /// What is said of a list that is no CSV.
    func malformed(_ error: CSVError) -> CommandFailure
}

extension IdentifierListRun where Self: ~Copyable {
    /// Takes the rows that are whole.
    ///
    /// - Returns: their bytes.
    mutating func takeRows(_ bytes: Span<UInt8>, isAtEnd: Bool) throws(CommandFailure) -> Int {
        var consumed = 0
        while let row = try wellFormed({ rows throws(CSVError) in
            try rows.next(in: bytes, from: consumed, isAtEnd: isAtEnd)
        }) {
            consumed = row.bytes.upperBound
            if row.fieldCount == 0 { continue }
            if rows.columnCount == 0 {
                let names = try wellFormed { rows throws(CSVError) in try rows.names(in: row, of: bytes) }
                try takeHeader(row, names: names, bytes)
            } else {
                try take(row, bytes)
            }
        }
        if consumed == 0, !isAtEnd { throw malformed(.recordTooLong(line: rows.line)) }
        return consumed
    }

    private mutating func wellFormed<Result>(
        _ read: (inout IdentifierRows) throws(CSVError) -> Result
    ) throws(CommandFailure) -> Result {
        do throws(CSVError) {
            return try read(&rows)
        } catch {
            throw malformed(error)
        }
    }
}

extension CSVInput {
    /// Hands over the file, as many bytes at a time as one row may have, with progress on a terminal.
    ///
    /// - Parameter body: takes bytes, and whether none follow; it says how many it has used up. The rest comes again.
    borrowing func forEachPiece(
        title: String, _ body: (Span<UInt8>, Bool) throws(CommandFailure) -> Int
    ) throws(CommandFailure) {
        let progress = ProgressLine(title: title, unit: .bytes)
        defer { progress.clear() }
        var buffer = ByteBuffer(capacity: CSVReader.recordBytesMax)
        var done: UInt64 = 0
        var isAtEnd = false
        while !isAtEnd {
            while !isAtEnd, buffer.freeCapacity > 0 { isAtEnd = try read(into: &buffer) == 0 }
            let consumed = try buffer.withSpan { bytes throws(CommandFailure) in try body(bytes, isAtEnd) }
            buffer.removeFirst(consumed)
            done += UInt64(consumed)
            if let size = sizeBytes { progress.show(done, of: size) }
        }
    }
}
