import Bytes
import Engagement
import Testing

@Suite("One person's spellings are one person")
struct IdentifierTests {
    struct Spelling: CustomTestStringConvertible {
        let type: IdentifierType
        let value: [UInt8]
        let identifier: String?
        let testDescription: String

        init(_ type: IdentifierType, _ value: String, _ identifier: String?, _ name: String = "") {
            self.init(type, Array(value.utf8), identifier, name.isEmpty ? "\(type): \(value.debugDescription)" : name)
        }

        init(_ type: IdentifierType, _ value: [UInt8], _ identifier: String?, _ name: String) {
            self.type = type
            self.value = value
            self.identifier = identifier
            testDescription = name
        }
    }

    // printf %s john.doe@mail.com | sha256sum
    static let john = "bcf3e320c6edc3b5e45d9457d55021a1f019d9317fddb29c453d71bbf9a2b0c3"

    @Test(arguments: [
        Spelling(.email, "john.doe@mail.com", john),
        Spelling(.email, "John.Doe@Mail.COM", john),
        Spelling(.email, " \t\r\n\u{B}\u{C}john.doe@mail.com \n", john),
        Spelling(.email, john, john),
        Spelling(.email, john.uppercased(), john),
        Spelling(.email, " \(john) ", john),
        Spelling(.email, "", nil),
        Spelling(.email, " \t ", nil),
        Spelling(.phone, "+1 (555) 010-99", "+155501099"),
        Spelling(.phone, "0041 44 555 01 02", "0041445550102"),
        Spelling(.phone, "+", nil),
        Spelling(.phone, "none", nil),
        Spelling(.phone, "", nil),
        Spelling(.other, "Customer 17 ", "Customer 17 "),
        Spelling(.other, " ", " "),
        Spelling(.other, "", nil),
    ])
    func isNormalised(_ row: Spelling) {
        #expect(normalise(row.value, row.type) == row.identifier)
    }

    @Test func charactersOutsideASCIIAreLoweredToo() {
        #expect(normalise("JÖRG@MAIL.EXAMPLE") == normalise("jörg@mail.example"))
        #expect(normalise("ΣΩΚΡΑΤΗΣ@MAIL.EXAMPLE") == normalise("σωκρατησ@mail.example"))
        #expect(normalise("İ@mail.example") == normalise("i\u{307}@mail.example"))
        #expect(normalise("𐐀@mail.example") == normalise("𐐨@mail.example"))
        #expect(normalise("JÖRG@MAIL.EXAMPLE") != normalise("JORG@MAIL.EXAMPLE"))
    }

    @Test func bytesThatAreNotUTF8Stay() {
        for bad: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0x80]] {
            let expected = SHA256Digest.hash((Array("a".utf8) + bad + Array("b".utf8)).span).description
            #expect(normalise(Array("A".utf8) + bad + Array("B".utf8), .email) == expected)
        }
    }

    @Test func sixtyFourSignsThatAreNoHashAreHashed() {
        let almost = String(repeating: "a", count: 63) + "g"
        #expect(normalise(almost) == SHA256Digest.hash(almost.utf8.span).description)
        let shorter = String(repeating: "a", count: 63)
        #expect(normalise(shorter) != shorter)
    }

    @Test func theLongestGrowthFits() {
        let value = [UInt8](String(repeating: "Ⱥ", count: 128).utf8)
        #expect(normalise(value, .email)?.count == 64)
    }

    @Test(
        "What lists and calls of an API may name, which is less than what a link may",
        arguments: [
            (.email, " Ann@Mail.example\n", true), (.email, "mailto:ann@mail.example", false),
            (.email, " MAILTO:ann@mail.example", false), (.email, "ann@\u{85}mail.example", false),
            (.email, "ann\t@mail.example", false), (.phone, "+49 170 1234567\n", true),
            (.phone, "+49\n170 1234567", false),
            (.other, "Customer 17 ", true), (.other, "Customer 17\n", false), (.other, "\tCustomer 17", false),
            (.other, "Customer\u{9F}17", false), (.other, "mailto:17", true), (.other, "Customer \u{A0}17", true),
        ] as [(IdentifierType, String, Bool)])
    func wellFormed(_ type: IdentifierType, _ text: String, _ isWellFormed: Bool) {
        let bytes = Array(text.utf8)
        #expect(Identifier.isWellFormed(bytes.span, as: type) == isWellFormed)
    }

    @Test(
        arguments: [
            (.email, " ", false), (.email, "ann", true), (.phone, "none", false), (.phone, "1", true),
            (.other, " ", true),
            (.other, "", false),
        ] as [(IdentifierType, String, Bool)])
    func whatIsAnybodys(_ type: IdentifierType, _ text: String, _ isSomebodys: Bool) {
        let bytes = Array(text.utf8)
        #expect(Identifier.isSomebodys(bytes.span, as: type) == isSomebodys)
    }

    private func normalise(_ text: String) -> String? {
        normalise(Array(text.utf8), .email)
    }

    private func normalise(_ value: [UInt8], _ type: IdentifierType) -> String? {
        var buffer = ByteBuffer(capacity: 3 + Identifier.bytesMax(normalising: value.count))
        buffer.append("...")
        guard let range = Identifier.normalise(value.span, as: type, into: &buffer) else {
            return buffer.count == 3 ? nil : "something was left behind"
        }
        return buffer.withSpan(of: range) { $0.toString() }
    }
}
