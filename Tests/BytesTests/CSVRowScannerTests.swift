import Bytes
import TestSupport
import Testing

@Suite("Rows are found as they stand, and are those that CSVReader reads")
struct CSVRowScannerTests {
    /// What a text comes to: the rows' bytes, lines and looked-for fields, and the error that ended it.
    fileprivate struct Found: Equatable {
        var rows: [String] = []
        var lines: [Int] = []
        var counts: [Int] = []
        var fields: [[UInt8]?] = []
        var error: CSVError?
    }

    /// Scans a text that arrives in pieces.
    private static func scan(_ text: [UInt8], column: Int, chunk: Int) -> Found {
        var found = Found()
        var scanner = CSVRowScanner(column: column)
        var start = 0
        var end = 0
        do throws(CSVError) {
            while true {
                let isAtEnd = end == text.count
                guard let row = try scanner.next(in: text.span.extracting(0..<end), from: start, isAtEnd: isAtEnd)
                else {
                    if isAtEnd { return found }
                    end = min(end + chunk, text.count)
                    continue
                }
                start = row.bytes.upperBound
                found.rows.append(String(decoding: text[row.bytes], as: UTF8.self))
                if row.fieldCount == 0 { continue }
                found.lines.append(row.line)
                found.counts.append(row.fieldCount)
                found.fields.append(
                    row.field.map { field in row.hasDoubledQuotes ? unquoted(text[field]) : Array(text[field]) })
            }
        } catch {
            found.error = error
        }
        return found
    }

    private static func unquoted(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var offset = field.startIndex
        while offset < field.endIndex {
            bytes.append(field[offset])
            offset += field[offset] == UInt8(ascii: "\"") ? 2 : 1
        }
        return bytes
    }

    private static func read(_ text: [UInt8], column: Int) -> Found {
        var found = Found()
        var reader = CSVReader()
        do throws(CSVError) {
            // A byte at a time, so that records before an error are seen.
            for byte in text {
                let one = [byte]
                var records: [CSVRecord] = []
                try reader.read(one.span, into: &records)
                for record in records { found.take(record, column) }
            }
            if let record = try reader.finish() { found.take(record, column) }
        } catch {
            found.error = error
        }
        return found
    }

    @Test("Line ends, quotes, a byte order mark and the last line's missing end stay with their rows")
    func rows() {
        let text = "\u{FEFF}a,b\r\n\n1,\"x\r\ny\"\r\"\"\"q\"\"\",2\n\r\n3,\"\""
        let found = Self.scan(Array(text.utf8), column: 1, chunk: .max)
        #expect(
            found.rows == ["\u{FEFF}a,b\r\n", "\n", "1,\"x\r\ny\"\r", "\"\"\"q\"\"\",2\n", "\r\n", "3,\"\""])
        #expect(found.lines == [1, 3, 5, 7] && found.counts == [2, 2, 2, 2])
        #expect(found.fields == [Array("b".utf8), Array("x\r\ny".utf8), Array("2".utf8), []])
        let quoted = Self.scan(Array(text.utf8), column: 0, chunk: 1)
        #expect(quoted.fields == [Array("a".utf8), Array("1".utf8), Array("\"q\"".utf8), Array("3".utf8)])
    }

    @Test("Random texts come to the same, however they arrive, and nothing of them is lost between rows")
    func random() {
        let seed: UInt64 = 1_807
        var generator = SeededGenerator(seed: seed)
        let alphabet: [UInt8] = Array("a,,\"\"\n\r\nb".utf8) + [0xEF, 0xBB, 0xBF, 0xFF, 0]
        for round in 0..<20_000 {
            var text = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            if round % 4 == 0 { text = [0xEF, 0xBB, 0xBF] + text }
            let column = Int.random(in: 0...2, using: &generator)
            let expected = Self.read(text, column: column)
            for chunk in [.max, 1, 3] {
                let found = Self.scan(text, column: column, chunk: chunk)
                #expect(
                    found.lines == expected.lines && found.counts == expected.counts && found.fields == expected.fields
                        && found.error == expected.error, "seed \(seed): \(text) in \(chunk): \(found) \(expected)")
                if found.error == nil {
                    #expect(found.rows.joined() == String(decoding: text, as: UTF8.self), "seed \(seed): \(text)")
                }
            }
        }
    }
}

extension CSVRowScannerTests.Found {
    fileprivate mutating func take(_ record: CSVRecord, _ column: Int) {
        lines.append(record.line)
        counts.append(record.fields.count)
        fields.append(column < record.fields.count ? record.fields[column] : nil)
    }
}
