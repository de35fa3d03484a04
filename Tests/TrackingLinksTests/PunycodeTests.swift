import Bytes
import Testing
import TrackingLinks

@Suite("A host outside ASCII is written as browsers look it up, or not at all")
struct PunycodeTests {
    struct Row: CustomTestStringConvertible {
        var testDescription: String { unicode }
        var unicode: String
        var ascii: String
    }

    /// The samples of RFC 3492, 7.1 that are lower-cased and need no other mapping, and names of the field.
    static let rows = [
        Row(unicode: "ليهمابتكلموشعربي؟", ascii: ""),
        Row(unicode: "他们为什么不说中文", ascii: "xn--ihqwcrb4cv8a8dqg056pqjye"),
        Row(unicode: "他們爲什麽不說中文", ascii: "xn--ihqwctvzc91f659drss3x8bo0yb"),
        Row(unicode: "למההםפשוטלאמדבריםעברית", ascii: "xn--4dbcagdahymbxekheh6e0a7fei0b"),
        Row(unicode: "почемужеонинеговорятпорусски", ascii: "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        Row(unicode: "3年b組金八先生", ascii: "xn--3b-ww4c5e180e575a65lsy2b"),
        Row(unicode: "bücher", ascii: "xn--bcher-kva"),
        Row(unicode: "faß", ascii: "xn--fa-hia"),
        Row(unicode: "βόλος", ascii: "xn--nxasmm1c"),
        Row(unicode: "münchen-ost", ascii: "xn--mnchen-ost-9db"),
        Row(unicode: "𐌀𐌁", ascii: "xn--097cc"),
        Row(unicode: "i❤", ascii: ""),
        Row(unicode: "a\u{200D}b", ascii: ""),
        Row(unicode: "\u{1112}\u{1161}\u{11AB}", ascii: ""),
        Row(unicode: "ไทย", ascii: "xn--o3cw4h"),
    ]

    @Test(arguments: rows)
    func host(_ row: Row) throws {
        let bytes = Array("https://\(row.unicode).example/".utf8)
        var buffer = ByteBuffer(capacity: Target.maximumNormalisedCount(of: bytes.count))
        let target = try Target.read(bytes.span, into: &buffer)
        let host = buffer.withSpan(of: target.host.offsets) { $0.toString() }
        #expect(target.hostKind == (row.ascii.isEmpty ? .nonASCII : .punycode))
        guard !row.ascii.isEmpty else { return }
        #expect(host == "\(row.ascii).example")
        let ascii = Array(host.utf8)
        let unicode = written(capacity: UnicodeHost.bytesMax) {
            _ = UnicodeHost.appendUnicodeForm(of: ascii.span, into: &$0)
        }
        #expect(unicode == "\(row.unicode).example")
    }

    @Test(arguments: ["xn--", "xn--0", "xn--999999b", "xn--a-\u{E9}", "xn--bcher-kva!", "xn--zzzzzzzzzzzzzzzzzzzz"])
    func whatIsNoPunycodeHasNoOtherForm(_ label: String) {
        let bytes = Array(label.utf8)
        var buffer = ByteBuffer(capacity: UnicodeHost.bytesMax)
        let hasOtherForm = UnicodeHost.appendUnicodeForm(of: bytes.span, into: &buffer)
        #expect(!hasOtherForm)
    }
}
