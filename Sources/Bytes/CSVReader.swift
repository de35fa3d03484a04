/// Reads comma-separated values (RFC 4180) as they arrive, a chunk at a time: fields in quotes may hold commas, line
/// ends and doubled quotes; lines end with CRLF, a line feed or a carriage return; a byte order mark is skipped, and so
/// are empty lines. The memory is that of one record and one chunk.
package struct CSVReader {
    /// The most bytes that one record may have.
    package static let recordBytesMax = 1 << 20

    /// The line, from 1, that the record begins in which is read next.
    package private(set) var recordLine = 1

    private enum Place {
        case fieldStart, plain, quoted, behindQuote
    }

    private var place = Place.fieldStart
    private var record: [[UInt8]] = []
    private var field: [UInt8] = []
    private var recordBytes = 0
    private var line = 1
    private var quoteLine = 1
    private var previous: UInt8 = 0
    private var isFirst = true

    package init() {}

    /// Takes the next bytes.
    ///
    /// - Parameter records: where the records are appended that end in them, each with the line that it begins in;
    ///   where it throws, those before the mistake.
    package mutating func read(_ chunk: Span<UInt8>, into records: inout [CSVRecord]) throws(CSVError) {
        for offset in chunk.indices { try take(chunk[offset], &records) }
    }

    /// Takes the end.
    ///
    /// - Returns: the last record, where no line end stands behind it.
    package mutating func finish() throws(CSVError) -> CSVRecord? {
        if place == .quoted { throw .unclosedQuote(line: quoteLine) }
        guard !record.isEmpty || !field.isEmpty || place == .behindQuote else { return nil }
        var records: [CSVRecord] = []
        endRecord(&records)
        return records.first
    }

    private mutating func take(_ byte: UInt8, _ records: inout [CSVRecord]) throws(CSVError) {
        defer { previous = byte }
        recordBytes += 1
        guard recordBytes <= Self.recordBytesMax else { throw .recordTooLong(line: recordLine) }
        // A line feed behind a carriage return belongs to it.
        let isSecondOfPair = byte == UInt8(ascii: "\n") && previous == UInt8(ascii: "\r")
        let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        if endsLine, !isSecondOfPair { line += 1 }
        if place == .quoted {
            if byte == UInt8(ascii: "\"") { place = .behindQuote } else { field.append(byte) }
        } else if endsLine {
            if isSecondOfPair, record.isEmpty, field.isEmpty, place == .fieldStart {
                recordBytes = 0
                recordLine = line
            } else {
                endRecord(&records)
            }
        } else if byte == UInt8(ascii: ",") {
            endField()
        } else if byte == UInt8(ascii: "\""), place != .plain {
            if place == .behindQuote { field.append(byte) } else { quoteLine = line }
            place = .quoted
        } else {
            guard place != .behindQuote else { throw .textBehindQuote(line: line) }
            field.append(byte)
            place = .plain
            skipMark()
        }
    }

    /// The byte order mark is the first three bytes of the first field.
    private mutating func skipMark() {
        guard isFirst, record.isEmpty, field.count == 3 else { return }
        isFirst = false
        if field == [0xEF, 0xBB, 0xBF] {
            field = []
            place = .fieldStart
        }
    }

    private mutating func endField() {
        record.append(field)
        field = []
        place = .fieldStart
        isFirst = false
    }

    private mutating func endRecord(_ records: inout [CSVRecord]) {
        let isEmpty = record.isEmpty && field.isEmpty && place != .behindQuote
        endField()
        if !isEmpty { records.append(CSVRecord(fields: record, line: recordLine)) }
        record = []
        recordBytes = 0
        recordLine = line
    }
}

/// One record of comma-separated values.
package struct CSVRecord: Equatable, Sendable {
    /// Its fields without quotes, at least one.
    package let fields: [[UInt8]]
    /// The line that it begins in; the first is 1.
    package let line: Int

    /// Makes a record.
    package init(fields: [[UInt8]], line: Int) {
        self.fields = fields
        self.line = line
    }
}

/// Why bytes are no comma-separated values, and in which line.
package enum CSVError: Error, Equatable, Sendable {
    /// A quote that opens in this line is not closed.
    case unclosedQuote(line: Int)
    /// Something else than a comma or the line's end stands behind a closing quote.
    case textBehindQuote(line: Int)
    /// The record that begins here has more than `CSVReader.recordBytesMax` bytes.
    case recordTooLong(line: Int)

    /// What is wrong, as a sentence without a full stop; nothing of the record stands in it.
    package var message: String {
        switch self {
        case .unclosedQuote(let line): "the quote that opens in line \(line) is not closed"
        case .textBehindQuote(let line): "text stands behind a closing quote in line \(line)"
        case .recordTooLong(let line):
            "the record in line \(line) has more than \(CSVReader.recordBytesMax) bytes"
        }
    }
}
