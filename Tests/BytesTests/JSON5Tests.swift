import Bytes
import TestSupport
import Testing

@Suite("Every JSON5 text is read, with the place of each value")
struct JSON5Tests {
    struct Row: CustomTestStringConvertible {
        let input: String
        /// The value as compact JSON, or as its own notation where JSON has none.
        let value: String
        /// True when strict JSON allows the same text.
        var isJSON = false
        var testDescription: String { "\(input.debugDescription)" }
    }

    static let values = [
        Row(input: "null", value: "null", isJSON: true),
        Row(input: "true", value: "true", isJSON: true),
        Row(input: " \t\r\nfalse\n", value: "false", isJSON: true),
        Row(input: "\u{FEFF}1", value: "1", isJSON: true),
        Row(input: "\u{B}\u{C}\u{A0}\u{2003}\u{2028}\u{2029}\u{FEFF}1", value: "1"),
        Row(input: "// a comment\n1 // another", value: "1"),
        Row(input: "/* a * / comment **/1/**/", value: "1"),
        Row(input: "// ended by U+2028\u{2028}1", value: "1"),
        Row(input: "{}", value: "{}", isJSON: true),
        Row(input: "[ ]", value: "[]", isJSON: true),
        Row(input: "[1, [2, {}], 3]", value: "[1,[2,{}],3]", isJSON: true),
        Row(input: "[1, 2, ]", value: "[1,2]"),
        Row(input: "{\"a\": 1, \"\": {\"b\": null}}", value: "{\"a\":1,\"\":{\"b\":null}}", isJSON: true),
        Row(input: "{a: 1, $b_2: 2, 'c d': 3, é\u{200D}: 4,}", value: "{\"a\":1,\"$b_2\":2,\"c d\":3,\"é\\u200d\":4}"),
        Row(input: "{true: 1, null: 2, Infinity: 3}", value: "{\"true\":1,\"null\":2,\"Infinity\":3}"),
        Row(input: "{\\u0061b\\u0063: 1}", value: "{\"abc\":1}"),
        Row(input: "{/* 1 */a/* 2 */:/* 3 */1/* 4 */,/* 5 */}", value: "{\"a\":1}"),
        Row(input: #""a\"\\\/\b\f\n\r\tA""#, value: #""a\"\\/\u0008\u000c\n\r\tA""#, isJSON: true),
        Row(input: #""\uD83D\ude00 é 😀""#, value: #""😀 é 😀""#, isJSON: true),
        Row(input: #"'it\'s "one"'"#, value: #""it's \"one\"""#),
        Row(input: #""it's""#, value: #""it's""#, isJSON: true),
        Row(input: #"'\v\0\x41\a\é\😀'"#, value: #""\u000b\u0000Aaé😀""#),
        Row(input: "'one\\\ntwo\\\r\nthree\\\rfour\\\u{2028}five\\\u{2029}'", value: #""onetwothreefourfive""#),
        Row(input: "'\t\u{2028}'", value: #""\t\u2028""#),
        Row(input: "0", value: "0", isJSON: true),
        Row(input: "-0", value: "-0", isJSON: true),
        Row(input: "12.50", value: "12.5", isJSON: true),
        Row(input: "1e3", value: "1000", isJSON: true),
        Row(input: "1E+2", value: "100", isJSON: true),
        Row(input: "25e-1", value: "2.5", isJSON: true),
        Row(input: "1e-999", value: "0", isJSON: true),
        Row(input: "+5", value: "5"),
        Row(input: ".5", value: "0.5"),
        Row(input: "-5.", value: "-5"),
        Row(input: "5.e1", value: "50"),
        Row(input: "0x1F", value: "31"),
        Row(input: "-0XfF", value: "-255"),
        Row(input: "Infinity", value: "Infinity"),
        Row(input: "-Infinity", value: "-Infinity"),
        Row(input: "+Infinity", value: "Infinity"),
        Row(input: "NaN", value: "NaN"),
        Row(input: "-NaN", value: "NaN"),
    ]

    @Test(arguments: values)
    func read(_ row: Row) throws {
        let bytes = Array(row.input.utf8)
        let value = try JSON5.parse(bytes.span)
        #expect(notation(value) == row.value)
        let strict = Result { () throws(JSON5Error) in try JSON5.parse(bytes.span, dialect: .json) }
        if row.isJSON {
            let strictValue = try strict.get()
            #expect(strictValue == value)
        } else {
            #expect(throws: JSON5Error.self) { try strict.get() }
        }
    }

    @Test("Places count lines and characters as an editor does")
    func places() throws {
        let text = "{\r\n  // é\r  'ключ 😀': [1,\n 'zwei'], /* \n */ b: {c:\n\tnull} }"
        let bytes = Array(text.utf8)
        let value = try JSON5.parse(bytes.span)
        let members = try #require(value.members)
        #expect(value.place == TextPlace(line: 1, column: 1))
        #expect(members.map(\.keyPlace) == [TextPlace(line: 3, column: 3), TextPlace(line: 5, column: 5)])
        #expect(members[0].value.place == TextPlace(line: 3, column: 13))
        #expect(
            members[0].value.array?.map(\.place) == [TextPlace(line: 3, column: 14), TextPlace(line: 4, column: 2)])
        #expect(value["b"]?["c"]?.place == TextPlace(line: 6, column: 2))
    }

    @Test("Members keep the order of the text")
    func order() throws {
        let bytes = Array("{z: 1, a: 2, m: 3}".utf8)
        let value = try JSON5.parse(bytes.span)
        #expect(value.members?.map(\.key) == ["z", "a", "m"])
    }

    struct IntegerRow: CustomTestStringConvertible {
        let text: String
        let expected: Int64?
        var testDescription: String { text }
    }

    @Test(
        "An integer is exact, or it is none",
        arguments: [
            IntegerRow(text: "9223372036854775807", expected: .max),
            IntegerRow(text: "-9223372036854775808", expected: .min),
            IntegerRow(text: "9223372036854775808", expected: nil),
            IntegerRow(text: "0x7fffffffffffffff", expected: .max),
            IntegerRow(text: "-0x10", expected: -16), IntegerRow(text: "+7", expected: 7),
            IntegerRow(text: "1e3", expected: 1000),
            IntegerRow(text: "2.0", expected: 2), IntegerRow(text: "2.5", expected: nil),
            IntegerRow(text: "1e300", expected: nil),
            IntegerRow(text: "9007199254740993.0", expected: 9_007_199_254_740_992),
            IntegerRow(text: "1e18", expected: nil),
            IntegerRow(text: "Infinity", expected: nil), IntegerRow(text: "NaN", expected: nil),
            IntegerRow(text: "'7'", expected: nil), IntegerRow(text: "null", expected: nil),
        ])
    func integers(_ row: IntegerRow) throws {
        let bytes = Array(row.text.utf8)
        let value = try JSON5.parse(bytes.span)
        #expect(value.integer(Int64.self) == row.expected)
    }

    @Test("An integer that its type can't hold is none")
    func narrowIntegers() throws {
        let bytes = Array("[255, 256, -1, 18446744073709551615]".utf8)
        let values = try #require(try JSON5.parse(bytes.span).array)
        #expect(values.map { $0.integer(UInt8.self) } == [255, nil, nil, nil])
        #expect(values.map { $0.integer(UInt64.self) } == [255, 256, nil, .max])
    }

    @Test("As many brackets as allowed are read, one more is refused")
    func depth() throws {
        let limit = JSON5.depthLimit
        for (opening, closing) in [("[", "]"), ("{a:", "}")] {
            let inner = opening == "[" ? "" : "1"
            let allowed = Array(
                (String(repeating: opening, count: limit) + inner + String(repeating: closing, count: limit)).utf8)
            _ = try JSON5.parse(allowed.span)
            let deep = Array(String(repeating: opening, count: 100_000).utf8)
            let error = #expect(throws: JSON5Error.self) { _ = try JSON5.parse(deep.span) }
            let place = TextPlace(line: 1, column: limit * opening.count + 1)
            #expect(error == .tooDeep(limit: limit, at: place))
        }
    }
}

/// A value in a notation that tells all of them apart.
func notation(_ value: JSON5Value) -> String {
    switch value.kind {
    case .number(_, let number) where !number.isFinite:
        return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
    case .array(let values): return "[" + values.map(notation).joined(separator: ",") + "]"
    case .object(let members):
        return "{" + members.map { JSONWriter.quoted($0.key) + ":" + notation($0.value) }.joined(separator: ",") + "}"
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .string(let value): return JSONWriter.quoted(value)
    case .number(_, let value):
        var writer = JSONWriter()
        writer.number(value)
        return writer.text
    }
}
