import Bytes
import TestSupport
import Testing

@Suite("JSON is written compactly, always the same, and harms neither a terminal nor a page")
struct JSONWriterTests {
    @Test func compact() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("total")
        writer.number(12)
        writer.key("rows")
        writer.beginArray()
        writer.string("a")
        writer.null()
        writer.bool(true)
        writer.bool(false)
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.endArray()
        writer.key("rate")
        writer.number(0.125)
        writer.endObject()
        #expect(writer.text == #"{"total":12,"rows":["a",null,true,false,{},[]],"rate":0.125}"#)
        writer.removeAll()
        writer.bool(true)
        writer.endLine()
        #expect(writer.bytes == Array("true\n".utf8))
    }

    @Test func pretty() {
        var writer = JSONWriter(layout: .pretty)
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.number(1)
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.key("b")
        writer.null()
        writer.endObject()
        #expect(writer.text == "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": null\n}")
    }

    struct NumberRow: CustomTestStringConvertible {
        let value: Double
        let text: String
        var testDescription: String { text }
    }

    @Test(
        "A number is its shortest digits, and null when it is none",
        arguments: [
            NumberRow(value: 0, text: "0"), NumberRow(value: -0.0, text: "-0"), NumberRow(value: 0.1, text: "0.1"),
            NumberRow(value: 1, text: "1"), NumberRow(value: -2.5, text: "-2.5"), NumberRow(value: 1e21, text: "1e+21"),
            NumberRow(value: 1.0 / 3, text: "0.3333333333333333"),
            NumberRow(value: .leastNonzeroMagnitude, text: "5e-324"),
            NumberRow(value: .greatestFiniteMagnitude, text: "1.7976931348623157e+308"),
            NumberRow(value: .infinity, text: "null"), NumberRow(value: -.infinity, text: "null"),
            NumberRow(value: .nan, text: "null"),
        ])
    func numbers(_ row: NumberRow) {
        var writer = JSONWriter()
        writer.number(row.value)
        #expect(writer.text == row.text)
    }

    @Test func integers() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.number(Int64.min)
        writer.number(UInt64.max)
        writer.number(Int8(-1))
        writer.endArray()
        #expect(writer.text == "[-9223372036854775808,18446744073709551615,-1]")
    }

    @Test(
        "What steers a terminal, a page or the order of text is escaped",
        arguments: [
            ("\"\\/", #"\"\\/"#), ("\n\r\t\u{0}\u{1B}\u{7F}", #"\n\r\t\u0000\u001b\u007f"#),
            ("</script>&", #"\u003c/script\u003e\u0026"#),
            ("\u{9B}31m\u{85}", #"\u009b31m\u0085"#),
            ("\u{202E}a\u{2066}\u{200F}\u{61C}", #"\u202ea\u2066\u200f\u061c"#),
            ("\u{2028}\u{2029}\u{FEFF}\u{AD}", #"\u2028\u2029\ufeff\u00ad"#), ("\u{E0041}", #"\udb40\udc41"#),
            ("é ключ 😀'`", "é ключ 😀'`"),
        ])
    func escaping(_ text: String, _ expected: String) throws {
        #expect(JSONWriter.quoted(text) == "\"" + expected + "\"")
        let bytes = Array(JSONWriter.quoted(text).utf8)
        let value = try JSON5.parse(bytes.span, dialect: .json)
        #expect(value.string?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test("Bytes that are not UTF-8 become U+FFFD")
    func bytes() {
        var writer = JSONWriter()
        writer.string([0x41, 0xFF, 0x42].span)
        #expect(writer.text == "\"A\u{FFFD}B\"")
    }

    @Test("What is written is read back as strict JSON, in both layouts")
    func roundTrip() throws {
        let seed: UInt64 = 3
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let tree = randomValue(depth: 0, using: &random)
            for layout in [JSONWriter.Layout.compact, .pretty] {
                var writer = JSONWriter(layout: layout)
                write(tree, to: &writer)
                let bytes = writer.bytes
                let value = try JSON5.parse(bytes.span, dialect: .json)
                #expect(notation(value) == notation(tree), "seed \(seed)")
            }
        }
    }

    private func write(_ value: JSON5Value, to writer: inout JSONWriter) {
        switch value.kind {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .number(_, let value): writer.number(value)
        case .string(let value): writer.string(value)
        case .array(let values):
            writer.beginArray()
            for value in values { write(value, to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.key)
                write(member.value, to: &writer)
            }
            writer.endObject()
        }
    }

    private func randomValue(depth: Int, using random: inout SeededGenerator) -> JSON5Value {
        let place = TextPlace(line: 1, column: 1)
        let kind: JSON5Value.Kind
        switch Int.random(in: 0...(depth < 4 ? 5 : 3), using: &random) {
        case 0: kind = .null
        case 1: kind = .bool(Bool.random(using: &random))
        case 2:
            let bits = UInt64.random(in: .min ... .max, using: &random)
            let value = Double(bitPattern: bits)
            kind = .number(text: "", value: value.isFinite ? value : Double(Int64(truncatingIfNeeded: bits)))
        case 3: kind = .string(randomText(using: &random))
        case 4:
            kind = .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in randomValue(depth: depth + 1, using: &random) })
        default:
            kind = .object(
                (0..<Int.random(in: 0...4, using: &random)).map { index in
                    JSON5Value.Member(
                        key: "\(index)" + randomText(using: &random), keyPlace: place,
                        value: randomValue(depth: depth + 1, using: &random))
                })
        }
        return JSON5Value(kind: kind, place: place)
    }

    private func randomText(using random: inout SeededGenerator) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\u{0}", "<", "\u{202E}", "é", "😀", "\u{E0041}", " ", "'",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...8, using: &random) { text.append(scalars.randomElement(using: &random) ?? "a") }
        return String(text)
    }
}
