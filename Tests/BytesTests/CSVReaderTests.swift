import Bytes
import TestSupport
import Testing

@Suite("Comma-separated values are read as RFC 4180 has them, however they arrive")
struct CSVReaderTests {
    private static func read(_ text: String, chunk: Int = .max) throws -> [CSVRecord] {
        var reader = CSVReader()
        var records: [CSVRecord] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let bytes = Array(rest.prefix(chunk))
            try reader.read(bytes.span, into: &records)
            rest = rest.dropFirst(bytes.count)
        }
        if let last = try reader.finish() { records.append(last) }
        return records
    }

    private static func texts(_ records: [CSVRecord]) -> [[String]] {
        records.map { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(arguments: [
        ("", []), ("\n\r\n\r", []), ("a", [["a"]]), ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
        ("a,b\nc,d", [["a", "b"], ["c", "d"]]), ("a\rb\r", [["a"], ["b"]]), (",", [["", ""]]), ("a,\n", [["a", ""]]),
        ("\"a,b\",\"c\"\"d\",\"e\r\nf\"\n", [["a,b", "c\"d", "e\r\nf"]]), ("\"\"\n\"\"", [[""], [""]]),
        ("\u{FEFF}a,b", [["a", "b"]]), ("\u{FEFF}\"a\",b", [["a", "b"]]), ("ab\u{FEFF}c", [["ab\u{FEFF}c"]]),
        ("a\"b,c", [["a\"b", "c"]]), ("a\n\nb\n", [["a"], ["b"]]), ("ü,😀\n", [["ü", "😀"]]),
        (" a , b ", [[" a ", " b "]]),
    ])
    func records(_ text: String, _ expected: [[String]]) throws {
        #expect(Self.texts(try Self.read(text)) == expected)
        for chunk in 1...3 { #expect(Self.texts(try Self.read(text, chunk: chunk)) == expected) }
    }

    @Test func recordsKnowTheirLines() throws {
        #expect(try Self.read("a\r\n\"b\r\nc\"\r\n\r\nd").map(\.line) == [1, 2, 5])
        #expect(try Self.read("a\n\"b\n\nc\"\n\nd\re\r\nf").map(\.line) == [1, 2, 6, 7, 8])
    }

    @Test(arguments: [
        ("a\n\"b\n", CSVError.unclosedQuote(line: 2)), ("a\n\nb,\"c\"d", .textBehindQuote(line: 3)),
        ("a\n" + String(repeating: "x", count: CSVReader.recordBytesMax + 1), .recordTooLong(line: 2)),
    ])
    func whatIsWrongIsSaidWithItsLine(_ text: String, _ error: CSVError) {
        #expect(throws: error) { _ = try Self.read(text) }
    }

    @Test("The records before a mistake are handed over, in whichever chunk it lies")
    func recordsBeforeAMistake() {
        for chunk in [1, 5, 100] {
            var reader = CSVReader()
            var records: [CSVRecord] = []
            var rest = Array("a\nb\n\"c\"d\n".utf8)[...]
            #expect(throws: CSVError.textBehindQuote(line: 3)) {
                while !rest.isEmpty {
                    let bytes = Array(rest.prefix(chunk))
                    rest = rest.dropFirst(bytes.count)
                    try reader.read(bytes.span, into: &records)
                }
            }
            #expect(Self.texts(records) == [["a"], ["b"]], "chunks of \(chunk)")
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for seed in UInt64(0)..<300 {
            var generator = SeededGenerator(seed: seed)
            let columns = Int.random(in: 2...4, using: &generator)
            let rows = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                (0..<columns).map { _ in
                    String(
                        (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                            "ab,\"\r\n".randomElement(using: &generator) ?? "a"
                        })
                }
            }
            let text = rows.map { row in
                row.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
            }.joined(separator: "\r\n")
            let chunk = Int.random(in: 1...9, using: &generator)
            #expect(Self.texts(try Self.read(text, chunk: chunk)) == rows, "seed \(seed): \(text)")
        }
    }
}
