import Bytes
import TestSupport
import Testing

@Suite("UTF-8 is what the Unicode standard's table 3-7 says, and nothing else")
struct UTF8ValidationTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        /// What is left after repair; the same text when there is nothing to repair.
        let repaired: String
    }

    static let rows = [
        Row(testDescription: "nothing", bytes: [], repaired: ""),
        Row(
            testDescription: "ASCII", bytes: Array("plain text of more than eight bytes".utf8),
            repaired: "plain text of more than eight bytes"),
        Row(testDescription: "two bytes, first and last", bytes: [0xC2, 0x80, 0xDF, 0xBF], repaired: "\u{80}\u{7FF}"),
        Row(
            testDescription: "three bytes around the gap", bytes: [0xED, 0x9F, 0xBF, 0xEE, 0x80, 0x80],
            repaired: "\u{D7FF}\u{E000}"),
        Row(
            testDescription: "four bytes, first and last", bytes: [0xF0, 0x90, 0x80, 0x80, 0xF4, 0x8F, 0xBF, 0xBF],
            repaired: "\u{10000}\u{10FFFF}"),
        Row(testDescription: "NUL", bytes: [0], repaired: "\0"),
        Row(testDescription: "a lone continuation", bytes: [0x41, 0x80, 0x42], repaired: "A\u{FFFD}B"),
        Row(testDescription: "an overlong slash", bytes: [0xC0, 0xAF], repaired: "\u{FFFD}\u{FFFD}"),
        Row(testDescription: "an overlong of three", bytes: [0xE0, 0x80, 0xAF], repaired: "\u{FFFD}\u{FFFD}\u{FFFD}"),
        Row(
            testDescription: "an overlong of four", bytes: [0xF0, 0x8F, 0xBF, 0xBF],
            repaired: "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        Row(testDescription: "a surrogate", bytes: [0xED, 0xA0, 0x80], repaired: "\u{FFFD}\u{FFFD}\u{FFFD}"),
        Row(
            testDescription: "past the last character", bytes: [0xF4, 0x90, 0x80, 0x80],
            repaired: "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        Row(
            testDescription: "bytes that never occur", bytes: [0xFE, 0xFF, 0xF5], repaired: "\u{FFFD}\u{FFFD}\u{FFFD}"),
        Row(testDescription: "cut after two of four", bytes: [0xF0, 0x9F, 0x41], repaired: "\u{FFFD}A"),
        Row(testDescription: "cut by the end", bytes: [0x41, 0xE2, 0x82], repaired: "A\u{FFFD}"),
        // The example of the Unicode standard, table 3-11.
        Row(
            testDescription: "truncated sequences",
            bytes: [0xE1, 0x80, 0xE2, 0xF0, 0x91, 0x92, 0xF1, 0xBF, 0x41],
            repaired: "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}A"),
        Row(
            testDescription: "behind a long valid part",
            bytes: Array("é is valid, what follows is not: ".utf8) + [0xFF],
            repaired: "é is valid, what follows is not: \u{FFFD}"),
    ]

    @Test(arguments: rows)
    func table(_ row: Row) {
        let isExpectedValid = Array(row.repaired.utf8) == row.bytes
        let isValid = UTF8Validation.isValid(row.bytes.span)
        #expect(isValid == isExpectedValid)
        var wasRepaired = false
        let repaired = appended { wasRepaired = UTF8Validation.appendRepaired(row.bytes.span, into: &$0) }
        #expect(repaired == row.repaired)
        #expect(wasRepaired == !isExpectedValid)
    }

    @Test("Every character is valid, and no surrogate is")
    func everyScalar() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(scalar.utf8)
            let isValid = UTF8Validation.isValid(bytes.span)
            if !isValid { Issue.record("U+\(String(value, radix: 16)) is refused") }
        }
    }

    @Test("On random bytes it agrees with the standard library")
    func agreement() {
        let seed: UInt64 = 8
        var random = SeededGenerator(seed: seed)
        let likely: [UInt8] = [0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5]
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                likely.randomElement(using: &random) ?? 0
            }
            let expected = String(decoding: bytes, as: UTF8.self)
            let repaired = appended { UTF8Validation.appendRepaired(bytes.span, into: &$0) }
            #expect(Array(repaired.utf8) == Array(expected.utf8), "seed \(seed): \(bytes)")
            let isValid = UTF8Validation.isValid(bytes.span)
            #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "seed \(seed): \(bytes)")
        }
    }

    @Test("Checking and repairing allocate nothing")
    func allocations() {
        let bytes = Array("é and more".utf8) + [0xFF]
        var buffer = ByteBuffer(capacity: 64)
        UTF8Validation.appendRepaired(bytes.span, into: &buffer)
        buffer.removeAll()
        let allocated = allocationCount { UTF8Validation.appendRepaired(bytes.span, into: &buffer) }
        #expect(allocated == 0)
    }
}
