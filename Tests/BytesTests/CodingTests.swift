import Bytes
import TestSupport
import Testing

@Suite("Hex digits are written small and read in either case")
struct HexadecimalTests {
    @Test func roundTrip() {
        let all = [UInt8](0...255)
        let text = appended { Hexadecimal.append(all.span, into: &$0) }
        #expect(text == Hexadecimal.string(of: all.span))
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(bytes(hexadecimal: text) == all)
        #expect(bytes(hexadecimal: text.uppercased()) == all)
    }

    @Test func everyByteAtEveryPlaceHasItsDigits() {
        let digits = Array("0123456789abcdef".utf8)
        for count in [1, 15, 16, 17, 32, 40] {
            for first in stride(from: 0, to: 256, by: 5) {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: first + $0 * 37) }
                let expected = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
                var buffer = ByteBuffer(capacity: 100)
                Hexadecimal.append(bytes.span, into: &buffer)
                #expect(buffer.toArray() == expected)
            }
        }
    }

    @Test("What isn't pairs of hex digits is refused", arguments: ["0", "0g", "g0", "0x", "00 ", "à0", "000"])
    func refusals(_ text: String) {
        let decoded = Hexadecimal.decode(Array(text.utf8).span)
        #expect(decoded == nil)
    }

    @Test func recognition() {
        for (text, expected) in [("09afAF", true), ("09afAFx", false), ("g", false), ("", false)] {
            let isHexadecimal = Hexadecimal.isHexadecimal(Array(text.utf8).span)
            #expect(isHexadecimal == expected, "\(text)")
        }
    }
}

@Suite("A byte set holds exactly what was put in")
struct ByteSetTests {
    @Test func membership() {
        let set: ByteSet = "ab\u{7F}\u{0}"
        for byte in UInt8.min...UInt8.max {
            let expected = [0, 0x61, 0x62, 0x7F].contains(byte)
            #expect(set.contains(byte) == expected)
            #expect(set.inverted.contains(byte) == !expected)
            #expect(ByteSet(byte...byte).contains(byte))
            let isUnreserved = byte.isASCIILetter || byte.isASCIIDigit || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            #expect(ByteSet.unreserved.contains(byte) == isUnreserved)
            #expect(ByteSet.controls.contains(byte) == (byte < 0x20 || byte == 0x7F))
        }
        #expect(set == ByteSet("ab").union("\u{0}\u{7F}"))
        #expect(set != "ab")
        #expect(ByteSet().inverted == ByteSet(0...255))
    }
}

@Suite("Percent-decoding happens once, strictly, and leaves what is broken as text")
struct PercentDecodingTests {
    struct Row: CustomTestStringConvertible {
        let input: String
        let output: String
        var broken = false
        var escapes = true
        var testDescription: String { "'\(input)'" }
    }

    static let rows = [
        Row(input: "", output: "", escapes: false),
        Row(input: "plain+text", output: "plain+text", escapes: false),
        Row(input: "John.doe%40mail.com", output: "John.doe@mail.com"),
        Row(input: "%41", output: "A"),
        Row(input: "%2f%2F", output: "//"),
        Row(input: "%2541", output: "%41"),
        Row(input: "%25%34%31", output: "%41"),
        Row(input: "%", output: "%", broken: true, escapes: false),
        Row(input: "%4", output: "%4", broken: true, escapes: false),
        Row(input: "100%", output: "100%", broken: true, escapes: false),
        Row(input: "%%41", output: "%A", broken: true),
        Row(input: "%4%41", output: "%4A", broken: true),
        Row(input: "%zz%41%4g", output: "%zzA%4g", broken: true),
        Row(input: "%-1", output: "%-1", broken: true, escapes: false),
        Row(input: "%u0041", output: "%u0041", broken: true, escapes: false),
        Row(input: "%C3%A9", output: "é"),
    ]

    @Test(arguments: rows)
    func decode(_ row: Row) {
        let input = Array(row.input.utf8)
        var buffer = ByteBuffer(capacity: 64)
        buffer.append("before")
        let result = PercentCoding.decode(input.span, into: &buffer)
        #expect(String(decoding: buffer.toArray(), as: UTF8.self) == "before" + row.output)
        #expect(result.appendedBytes == row.output.utf8.count)
        #expect(result.brokenEscapes == row.broken)
        #expect(result.hadEscapes == row.escapes)
    }

    @Test("What is encoded is read back, for every byte and every set kept", arguments: [1, 2, 3])
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let count = Int.random(in: 0...40, using: &random)
            let input = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            // A percent sign that was kept could not be told from an escape.
            let kept: ByteSet = Bool.random(using: &random) ? .unreserved : ByteSet("%").inverted
            var encoded = ByteBuffer(capacity: 256)
            PercentCoding.encode(input.span, into: &encoded, keeping: kept)
            #expect(encoded.count == PercentCoding.encodedCount(of: input.span, keeping: kept))
            var decoded = ByteBuffer(capacity: 256)
            let result = encoded.withSpan { PercentCoding.decode($0, into: &decoded) }
            #expect(decoded.toArray() == input, "seed \(seed)")
            #expect(!result.brokenEscapes)
        }
    }

    /// Reads byte by byte, as the comment of `PercentCoding.decode` says.
    private func decodedSlowly(_ input: [UInt8]) -> (bytes: [UInt8], hasBroken: Bool, hasEscapes: Bool) {
        var result: (bytes: [UInt8], hasBroken: Bool, hasEscapes: Bool) = ([], false, false)
        var offset = 0
        while offset < input.count {
            let digits = input.dropFirst(offset + 1).prefix(2).map { Character(Unicode.Scalar($0)).hexDigitValue }
            if input[offset] == UInt8(ascii: "%"), digits.count == 2, let high = digits[0], let low = digits[1] {
                result.bytes.append(UInt8(high * 16 + low))
                result.hasEscapes = true
                offset += 3
            } else {
                result.bytes.append(input[offset])
                if input[offset] == UInt8(ascii: "%") { result.hasBroken = true }
                offset += 1
            }
        }
        return result
    }

    @Test("Signs are read wherever they stand, in no more room than the text has", arguments: [1, 2, 3, 4])
    func everyPlace(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabets = ["abcdefgh%", "%", "%2", "%25aF0g", "%%41é/"].map { Array($0.utf8) }
        for _ in 0..<2_000 {
            let alphabet = alphabets.randomElement(using: &random) ?? []
            let count = Int.random(in: 0...70, using: &random)
            let input = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let expected = decodedSlowly(input)
            var buffer = ByteBuffer(capacity: count + 3)
            buffer.append("ab:")
            let result = PercentCoding.decode(input.span, into: &buffer)
            #expect(buffer.toArray() == Array("ab:".utf8) + expected.bytes, "seed \(seed): \(input)")
            #expect(result.appendedBytes == expected.bytes.count)
            #expect(result.brokenEscapes == expected.hasBroken && result.hadEscapes == expected.hasEscapes)
        }
    }

    @Test func encoding() {
        let text = Array("https://www.example.com/a b?x=1&y=é".utf8)
        let whole = appended { PercentCoding.encode(text.span, into: &$0) }
        #expect(whole == "https%3A%2F%2Fwww.example.com%2Fa%20b%3Fx%3D1%26y%3D%C3%A9")
        let kept = appended {
            PercentCoding.encode(text.span, into: &$0, keeping: ByteSet.unreserved.union(.reserved))
        }
        #expect(kept == "https://www.example.com/a%20b?x=1&y=%C3%A9")
    }

    @Test("Decoding and encoding allocate nothing")
    func allocations() {
        let text = Array("John.doe%40mail.com%2".utf8)
        var buffer = ByteBuffer(capacity: 256)
        PercentCoding.encode(text.span, into: &buffer)
        buffer.removeAll()
        let allocated = allocationCount {
            PercentCoding.decode(text.span, into: &buffer)
            PercentCoding.encode(text.span, into: &buffer)
        }
        #expect(allocated == 0)
    }
}
