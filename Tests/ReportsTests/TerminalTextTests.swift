import Bytes
import Testing

@testable import Reports

@Suite("Text for a terminal is harmless and measured")
struct TerminalTextTests {
    @Test(arguments: [
        ("plain text", "plain text"), ("Grüße 日本 🎉", "Grüße 日本 🎉"), ("a\u{1B}[31m", "a\\u{1b}[31m"),
        ("a\tb", "a\\u{9}b"),
        ("a\r\nb", "a\\u{d}\\u{a}b"), ("\u{7F}", "\\u{7f}"), ("\u{85}\u{9B}", "\\u{85}\\u{9b}"),
        ("\u{202E}x", "\\u{202e}x"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"), ("\u{200F}", "\\u{200f}"), ("\u{61C}", "\\u{61c}"),
        ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{FEFF}", "\\u{feff}"), ("\u{E0041}", "\\u{e0041}"),
        ("\0", "\\u{0}"), ("", ""),
    ])
    func escape(_ text: String, _ escaped: String) {
        #expect(TerminalText.escape(text) == escaped)
    }

    @Test func everyControlAndFormatCharacterIsEscaped() {
        for value in UInt32(0)...0x1_FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isEscaped = TerminalText.escape(String(scalar)) != String(scalar)
            let category = scalar.properties.generalCategory
            let isDangerous = [.control, .format, .lineSeparator, .paragraphSeparator].contains(category)
            #expect(isEscaped == isDangerous, "U+\(String(value, radix: 16))")
        }
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｗ", 2), ("🎉", 2), ("…", 1), ("한", 2), ("≥1", 2),
    ])
    func columns(_ text: String, _ count: Int) {
        #expect(TerminalText.columnCount(of: text) == count)
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("abc", 1, "…"), ("abc", 0, ""),
        ("", 0, ""),
    ])
    func cut(_ text: String, _ columns: Int, _ expected: String) {
        #expect(TerminalText.cut(text, toColumns: columns) == expected)
    }
}

@Suite("Numbers are written so that they are read as they are")
struct FigureTextTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (UInt64.max, "18,446,744,073,709,551,615"),
    ])
    func counts(_ value: UInt64, _ text: String) {
        #expect(FigureText.count(value) == text)
    }

    @Test(arguments: [
        (123, 1_000, "12.3%"), (0, 5, "0.0%"), (5, 5, "100.0%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (1, 2_000, "0.1%"),
        (1, 2_001, "<0.1%"), (1_999, 2_000, ">99.9%"), (9_999, 10_000, ">99.9%"), (3, 2, "150.0%"),
        (25, 10_000, "0.3%"),
        (UInt64.max, UInt64.max, "100.0%"), (UInt64.max, 1, ">999999999%"), (1, UInt64.max, "<0.1%"),
    ])
    func percentages(_ part: UInt64, _ whole: UInt64, _ text: String) {
        #expect(FigureText.percent(Rate(value: 0, part: part, whole: whole)) == text)
    }

    @Test func unknownIsNeverZero() {
        #expect(FigureText.text(.count(nil)) == "–")
        #expect(FigureText.text(.people(nil, isComplete: true)) == "–")
        #expect(FigureText.text(.rate(nil)) == "–")
        #expect(FigureText.text(.count(0)) == "0")
        #expect(FigureText.text(.people(1_000, isComplete: false)) == "≥1,000")
        #expect(FigureText.text(.rate(Rate(value: 0.123, part: 123, whole: 1_000))) == "12.3% (123/1,000)")
    }
}

@Suite("One front door for every format")
struct ReportFormatTests {
    @Test func eachFormatIsWhatItsRendererMakes() {
        #expect(ReportFormat.json.render(sampleAnswer) == JSONReport(sampleAnswer).bytes())
        #expect(ReportFormat.json.render(sampleAnswer, columns: 80) == JSONReport(sampleAnswer).bytes(layout: .pretty))
        #expect(ReportFormat.csv.render(sampleAnswer, columns: 80) == CSVReport(sampleAnswer).bytes())
        let table = TableReport(sampleAnswer, columns: 80, notes: ["n"]).text()
        #expect(ReportFormat.table.render(sampleAnswer, columns: 80, notes: ["n"]) == Array(table.utf8))
        #expect(ReportFormat.allCases.map(\.rawValue) == ["table", "json", "csv", "html"])
        let page = AnswerPage(sampleAnswer, frame: PageFrame(.file, view: PageView()), notes: ["n"]).bytes()
        #expect(ReportFormat.html.render(sampleAnswer, notes: ["n"]) == page)
    }
}
