import Bytes
import TestSupport
import Testing

@Suite("What is not JSON5 is refused with the place and what to do")
struct JSON5ErrorTests {
    struct Row: CustomTestStringConvertible {
        let input: String
        let message: String
        var dialect = JSON5.Dialect.json5
        var testDescription: String { input.debugDescription }
    }

    static let messages = [
        Row(input: "", message: "line 1, column 1: expected a value, found the end of the text"),
        Row(input: " // only this", message: "line 1, column 14: expected a value, found the end of the text"),
        Row(
            input: "{\n  a: [1, 2\n}",
            message: "line 3, column 1: the `[` opened at line 2, column 6 is not closed: expected `]`, found `}`"),
        Row(
            input: "{\n  a: {\n    b: 1\n  }\n",
            message:
                "line 5, column 1: the `{` opened at line 1, column 1 is not closed: expected `}`, found "
                + "the end of the text"
        ),
        Row(
            input: "[1,",
            message:
                "line 1, column 4: the `[` opened at line 1, column 1 is not closed: expected `]`, found "
                + "the end of the text"
        ),
        Row(
            input: "{a: ]",
            message: "line 1, column 5: the `{` opened at line 1, column 1 is not closed: expected `}`, found `]`"),
        Row(
            input: "{\n  a: 1\n  b: 2\n}",
            message: "line 3, column 3: expected `,` or the `}` for the `{` opened at line 1, column 1, found \"b\""),
        Row(
            input: "[1 'x']",
            message: "line 1, column 4: expected `,` or the `]` for the `[` opened at line 1, column 1, found `'`"),
        Row(input: "{a 1}", message: "line 1, column 4: expected `:` after the key \"a\", found \"1\""),
        Row(
            input: "{a\n",
            message:
                "line 2, column 1: the `{` opened at line 1, column 1 is not closed: expected `}`, found "
                + "the end of the text"
        ),
        Row(input: "{a: }", message: "line 1, column 5: expected a value, found `}`"),
        Row(input: "{a: yes}", message: "line 1, column 5: expected a value, found \"yes\": put text into quotes"),
        Row(input: "{a: True}", message: "line 1, column 5: expected a value, found \"True\": put text into quotes"),
        Row(input: "{a-b: 1}", message: "line 1, column 3: expected `:` after the key \"a\", found `-`"),
        Row(
            input: "{1: 1}",
            message: "line 1, column 2: expected a key, found \"1\": put a key that is no plain word into quotes"),
        Row(
            input: "{, }",
            message: "line 1, column 2: expected a key, found `,`: put a key that is no plain word into quotes"),
        Row(input: "[,]", message: "line 1, column 2: expected a value, found `,`"),
        Row(input: "[1,,2]", message: "line 1, column 4: expected a value, found `,`"),
        Row(input: "{} x", message: "line 1, column 4: expected nothing more after the value, found \"x\""),
        Row(input: "1 2", message: "line 1, column 3: expected nothing more after the value, found \"2\""),
        Row(input: "]", message: "line 1, column 1: expected a value, found `]`"),
        Row(input: "\u{1B}[31m", message: "line 1, column 1: expected a value, found the character U+001B"),
        Row(input: "\u{202E}", message: "line 1, column 1: expected a value, found the character U+202E"),
        Row(
            input: "{a: 1,\n 'b': 2,\n \"a\": 3}",
            message: "line 3, column 2: the key \"a\" stands here again, first at line 1, column 2: remove one"),
        Row(
            input: "{é: 1, 'e\u{301}': 2}",
            message: "line 1, column 8: the key \"e\u{301}\" stands here again, first at line 1, column 2: remove one"),
        Row(
            input: "{a: 1, \\u0061: 2}",
            message: "line 1, column 8: the key \"a\" stands here again, first at line 1, column 2: remove one"),
        Row(
            input: "{a: 'text\n}",
            message:
                "line 1, column 10: the text opened at line 1, column 5 is not closed: add the same quote at its end"),
        Row(
            input: "'text",
            message:
                "line 1, column 6: the text opened at line 1, column 1 is not closed: add the same quote at its end"),
        Row(input: "'text\\", message: "line 1, column 6: no such escape: write `\\\\` for a backslash"),
        Row(input: "/* 1", message: "line 1, column 1: the comment opened here is not closed: add `*/` at its end"),
        Row(input: "/ 1", message: "line 1, column 1: expected a value, found `/`"),
        Row(input: #"'\1'"#, message: "line 1, column 2: no such escape: write `\\\\` for a backslash"),
        Row(input: #"'\01'"#, message: "line 1, column 2: no such escape: write `\\\\` for a backslash"),
        Row(input: #"'\x4g'"#, message: "line 1, column 2: no such escape: write `\\\\` for a backslash"),
        Row(input: #"'\u12'"#, message: "line 1, column 2: no such escape: write `\\\\` for a backslash"),
        Row(input: #"{\x61: 1}"#, message: "line 1, column 2: no such escape: write `\\\\` for a backslash"),
        Row(input: #"{\u0031: 1}"#, message: "line 1, column 2: no such escape: write `\\\\` for a backslash"),
        Row(
            input: #"'\uD83D'"#,
            message: "line 1, column 2: half of a surrogate pair is no character: write `\\uD83D\\uDE00`, both halves"),
        Row(
            input: #"'\uD83D\u0041'"#,
            message: "line 1, column 2: half of a surrogate pair is no character: write `\\uD83D\\uDE00`, both halves"),
        Row(
            input: #"'\uDE00\uD83D'"#,
            message: "line 1, column 2: half of a surrogate pair is no character: write `\\uD83D\\uDE00`, both halves"),
        Row(input: "[1e999]", message: "line 1, column 2: the number \"1e999\" is too large"),
        Row(input: "{size: 64MiB}", message: "line 1, column 8: \"64MiB\" is not a number: put text into quotes"),
        Row(input: "{at: 127.0.0.1}", message: "line 1, column 6: \"127.0.0.1\" is not a number: put text into quotes"),
        Row(
            input: "[\"\t\"]",
            message: "line 1, column 3: a control character in a text: write it as an escape such as `\\n`",
            dialect: .json),
        Row(
            input: "{a: 1}",
            message: "line 1, column 2: expected a key, found \"a\": put a key that is no plain word into quotes",
            dialect: .json),
        Row(input: "[1,]", message: "line 1, column 4: expected a value, found `]`", dialect: .json),
        Row(
            input: "{\"a\":1,}",
            message: "line 1, column 8: expected a key, found `}`: put a key that is no plain word into quotes",
            dialect: .json),
        Row(
            input: #"["\v"]"#, message: "line 1, column 3: no such escape: write `\\\\` for a backslash", dialect: .json
        ),
    ]

    @Test(arguments: messages)
    func message(_ row: Row) throws {
        let bytes = Array(row.input.utf8)
        let error = #expect(throws: JSON5Error.self) { _ = try JSON5.parse(bytes.span, dialect: row.dialect) }
        #expect(error?.description == row.message)
    }

    @Test(
        "What only looks like a number is none",
        arguments: [
            "01", "-01", "00", "1.2.3", ".", "-", "+", "-.", "e1", "1e", "1e+", "1e1.5", "0x", "0xg", "0x1.8", "1_000",
            "--1",
            "+-1", "1-", "0b1", "Infinit", "-infinity", "+nan", "- 1", "1é", ".e1", "0x1p3", "0xE+0",
        ])
    func invalidNumber(_ text: String) {
        for dialect in [JSON5.Dialect.json5, .json] {
            let bytes = Array(text.utf8)
            #expect(throws: JSON5Error.self) { _ = try JSON5.parse(bytes.span, dialect: dialect) }
        }
    }

    @Test("A byte that is not UTF-8 is named by its place")
    func invalidUTF8() {
        for (bytes, place) in [
            (Array("{\n  é: '".utf8) + [0xFF] + Array("'}".utf8), TextPlace(line: 2, column: 7)),
            ([0xEF, 0xBB, 0xBF, 0x20, 0xC3], TextPlace(line: 1, column: 2)),
            ([0xED, 0xA0, 0x80], TextPlace(line: 1, column: 1)),
        ] {
            let error = #expect(throws: JSON5Error.self) { _ = try JSON5.parse(bytes.span) }
            #expect(error == .invalidUTF8(at: place))
        }
    }

    @Test("A long word is cut in the message")
    func longWord() {
        let bytes = Array(String(repeating: "x", count: 10_000).utf8)
        let error = #expect(throws: JSON5Error.self) { _ = try JSON5.parse(bytes.span) }
        #expect((error?.description.utf8.count ?? .max) < 200)
    }

    @Test("Repeated keys can be collected, with the tree that they stand in")
    func duplicates() throws {
        var duplicates: [JSON5Error] = []
        let bytes = Array("{ a: 1, b: { c: 2, c: 3 }, a: 4, a: 5 }".utf8)
        let value = try JSON5.parse(bytes.span, duplicates: &duplicates)
        #expect(value.members?.map(\.key) == ["a", "b", "a", "a"])
        #expect(duplicates.map(\.place.column) == [20, 28, 34])
        let first = TextPlace(line: 1, column: 3)
        #expect(duplicates.last == .duplicateKey("a", firstAt: first, at: TextPlace(line: 1, column: 34)))
        var before: [JSON5Error] = []
        let broken = Array("{ a: 1, a: 2, [".utf8)
        #expect(throws: JSON5Error.self) { _ = try JSON5.parse(broken.span, duplicates: &before) }
        #expect(before.count == 1)
    }

    static let document = """
        // A comment é
        { listen: "127.0.0.1:8080", 'a\\u00e9\\x41': [1, -2.5e3, 0xFF, .5, +Infinity, NaN], /* */
          sections: { "8781202": { hosts: ["*.example.com",], on: true, off: false, none: null }, }, text: 'one\\
        two \\uD83D\\uDE00' }
        """

    @Test("No text that is cut short is read, and none of its changes traps")
    func damage() throws {
        let bytes = Array(Self.document.utf8)
        _ = try JSON5.parse(bytes.span)
        for count in 0..<bytes.count {
            #expect(throws: JSON5Error.self) { _ = try JSON5.parse(bytes.span.extracting(0..<count)) }
        }
        let seed: UInt64 = 5
        var random = SeededGenerator(seed: seed)
        var refused = 0
        let interesting = Array("{}[]:,'\"\\/*+-.e0xNu\n\r\u{2028}é\u{0}".utf8)
        for round in 0..<3000 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let offset = Int.random(in: changed.indices, using: &random)
                let byte = interesting.randomElement(using: &random) ?? 0
                switch Int.random(in: 0...2, using: &random) {
                case 0:
                    changed[offset] = round.isMultiple(of: 2) ? byte : UInt8.random(in: .min ... .max, using: &random)
                case 1: changed.insert(byte, at: offset)
                default: changed.remove(at: offset)
                }
            }
            do {
                _ = try JSON5.parse(changed.span)
            } catch {
                refused += 1
                #expect(error.place.line >= 1 && error.place.column >= 1, "seed \(seed), round \(round)")
                #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 }, "seed \(seed), round \(round)")
            }
        }
        #expect(refused > 1000 && refused < 3000)
    }
}
