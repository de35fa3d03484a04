import Bytes
import TestSupport
import Testing

@Suite("Base64 is written as RFC 4648 says and read only so")
struct Base64Tests {
    struct Row: CustomTestStringConvertible {
        let bytes: [UInt8]
        let standard: String
        let url: String
        var testDescription: String { "'\(standard)'" }

        init(_ text: String, _ standard: String, _ url: String) {
            self.init(Array(text.utf8), standard, url)
        }

        init(_ bytes: [UInt8], _ standard: String, _ url: String) {
            self.bytes = bytes
            self.standard = standard
            self.url = url
        }
    }

    /// RFC 4648, 10, then both signs of each alphabet.
    static let rows = [
        Row("", "", ""), Row("f", "Zg==", "Zg"), Row("fo", "Zm8=", "Zm8"), Row("foo", "Zm9v", "Zm9v"),
        Row("foob", "Zm9vYg==", "Zm9vYg"), Row("fooba", "Zm9vYmE=", "Zm9vYmE"), Row("foobar", "Zm9vYmFy", "Zm9vYmFy"),
        Row([0xFB, 0xFF, 0xFE], "+//+", "-__-"),
        Row("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVuIHNlc2FtZQ"),
    ]

    @Test(arguments: rows)
    func publishedVector(_ row: Row) {
        #expect(Base64.encode(row.bytes.span) == row.standard)
        #expect(Base64.encode(row.bytes.span, alphabet: .url) == row.url)
        let standard = Base64.decode(Array(row.standard.utf8).span)
        let url = Base64.decode(Array(row.url.utf8).span, alphabet: .url)
        #expect(standard == row.bytes)
        #expect(url == row.bytes)
    }

    @Test(
        "Another spelling of the same bytes, or of none, is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zg====", "=", "==", "====", "Z", "Z===", "Zh==", "Zm9=", "Zm8=Zm8=", "Z g=",
            "Zg==\n", "-__-",
            "Zm9v=", "Zm9v====", "Zm.v", "Z=g=", "Zm9é",
        ])
    func refusals(_ text: String) {
        let decoded = Base64.decode(Array(text.utf8).span)
        #expect(decoded == nil)
    }

    @Test(
        "base64url refuses padding, the other alphabet and spare bits", arguments: ["Zg==", "+//+", "Zh", "Z", "Zm9vY"])
    func urlRefusals(_ text: String) {
        let decoded = Base64.decode(Array(text.utf8).span, alphabet: .url)
        #expect(decoded == nil)
    }

    @Test("What is written is read back, and a text that is read is what would be written")
    func roundTrip() {
        let seed: UInt64 = 64
        var random = SeededGenerator(seed: seed)
        for alphabet in [Base64.Alphabet.standard, .url] {
            for count in 0..<100 {
                let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                let text = Base64.encode(bytes.span, alphabet: alphabet)
                let decoded = Base64.decode(Array(text.utf8).span, alphabet: alphabet)
                #expect(decoded == bytes, "seed \(seed)")
            }
            for _ in 0..<2000 {
                let text = (0..<4).map { _ in Array("AQgw+/-_=".utf8).randomElement(using: &random) ?? 0 }
                guard let decoded = Base64.decode(text.span, alphabet: alphabet) else { continue }
                #expect(Array(Base64.encode(decoded.span, alphabet: alphabet).utf8) == text, "seed \(seed)")
            }
        }
    }
}
