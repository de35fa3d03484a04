import Bytes

/// Comma-separated values, read by both readers: they must agree on every row.
enum TableFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        for column in 0..<2 {
            var expected: [CSVRecord] = []
            let failure = records(bytes, into: &expected)
            if case .recordTooLong = failure { return }
            var found = 0
            var scanner = CSVRowScanner(column: column)
            var start = 0
            do throws(CSVError) {
                while let row = try scanner.next(in: bytes, from: start, isAtEnd: true) {
                    precondition(row.bytes.lowerBound == start && row.bytes.upperBound > start, "a byte is in no row")
                    start = row.bytes.upperBound
                    guard row.fieldCount > 0 else { continue }
                    precondition(found < expected.count, "a row is no record")
                    check(row, column, expected[found], bytes)
                    found += 1
                }
                precondition(failure == nil, "one reader refuses what the other takes")
                precondition(start == bytes.count && found == expected.count, "a record is no row")
            } catch {
                precondition(error == failure, "they are refused for another reason")
            }
        }
    }

    /// Fills in the records before the first mistake, in chunks of odd sizes.
    private static func records(_ bytes: Span<UInt8>, into records: inout [CSVRecord]) -> CSVError? {
        var reader = CSVReader()
        var start = 0
        do throws(CSVError) {
            while start < bytes.count {
                let end = min(bytes.count, start + 1 + start % 7)
                try reader.read(bytes.extracting(start..<end), into: &records)
                start = end
            }
            if let last = try reader.finish() { records.append(last) }
            return nil
        } catch {
            return error
        }
    }

    private static func check(_ row: CSVRowScanner.Row, _ column: Int, _ record: CSVRecord, _ bytes: Span<UInt8>) {
        precondition(row.line == record.line, "a row begins in another line")
        precondition(row.fieldCount == record.fields.count, "a row has other fields")
        guard let field = row.field else { return precondition(record.fields.count <= column, "a field is missing") }
        var text = bytes.extracting(field).toArray()
        if row.hasDoubledQuotes {
            var single: [UInt8] = []
            var offset = 0
            while offset < text.count {
                single.append(text[offset])
                offset += text[offset] == UInt8(ascii: "\"") ? 2 : 1
            }
            text = single
        }
        precondition(text == record.fields[column], "a field is another")
    }
}
