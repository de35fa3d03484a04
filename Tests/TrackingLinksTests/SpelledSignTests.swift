import Bytes
import TestSupport
import Testing

@testable import TrackingLinks

@Suite("The quick look for an at sign passes by none that the mask reads")
struct SpelledSignTests {
    /// A text with its signs percent-encoded, so many times.
    private static func encoded(_ text: String, times: Int) -> String {
        (0..<times).reduce(text) { text, _ in
            text.utf8.map { byte in
                byte.isASCIILetter || byte.isASCIIDigit
                    ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.string(of: [byte].span)
            }.joined()
        }
    }

    @Test(
        "Every spelling, percent-encoded up to three times",
        arguments: [
            "@", "=40", "&commat;", "&COMMAT;", "&#64;", "&#0064;", "&#64", "&#x40;", "&#X040", "＠", "﹫",
        ], 0...3)
    func spellings(_ sign: String, _ times: Int) {
        let text = Array(("ann" + Self.encoded(sign, times: times) + "secret.example").utf8)
        let mayHold = text.span.mayHoldAtSign(before: text.count)
        #expect(mayHold)
        #expect(SpelledSign.atSign.read(text.span, at: 3).end != nil)
        var masked = ByteBuffer(capacity: EmailMask.maximumCount(masking: text.count))
        EmailMask.append(text.span, into: &masked)
        #expect(masked.toArray() == Array("(email)".utf8))
    }

    @Test("Texts at random: where the mask finds a sign the look has seen one", arguments: 0..<20)
    func random(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let parts = [
            "@", "%", "4", "0", "2", "5", "3", "d", "D", "=", "&", "#", "x", "c", "ommat;", ";", "＠", "ef", "bc", "a",
        ]
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...12, using: &generator)
            let text = Array((0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined().utf8)
            let isRead = text.indices.contains { SpelledSign.atSign.read(text.span, at: $0).end != nil }
            // An escape within another spelling is what nobody writes: `mayHoldAtSign` says which.
            guard isRead, !Self.escapesWithin(text) else { continue }
            let mayHold = text.span.mayHoldAtSign(before: text.count)
            #expect(mayHold, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
        }
    }

    /// True where letters, digits or `#` stand as escapes.
    private static func escapesWithin(_ text: [UInt8]) -> Bool {
        var offset = 0
        while offset < text.count {
            let unit = EncodedByte(in: text.span, at: offset)
            let isEscape = unit.end - offset > 1
            if isEscape, unit.byte.isASCIILetter || unit.byte.isASCIIDigit || unit.byte == UInt8(ascii: "#") {
                return true
            }
            offset = unit.end
        }
        return false
    }
}
