import Bytes
import TestSupport
import Testing

@Suite("A byte is found where it first stands, whatever lies around it")
struct SpanReadingTests {
    @Test("The search agrees with looking at each byte, at every length and start")
    func firstOffset() {
        let seed: UInt64 = 11
        var random = SeededGenerator(seed: seed)
        // Neighbours of the byte that is sought are what a search by words could take for it.
        let likely: [UInt8] = [0x25, 0x24, 0x26, 0xA5, 0x24 ^ 0x80, 0, 1, 0x80, 0xFF]
        for count in 0..<40 {
            for _ in 0..<60 {
                let bytes = (0..<count).map { _ in likely.randomElement(using: &random) ?? 0 }
                let start = Int.random(in: 0...count, using: &random)
                for sought in likely {
                    let found = bytes.span.firstOffset(of: sought, from: start)
                    #expect(found == bytes[start...].firstIndex(of: sought), "seed \(seed): \(bytes) from \(start)")
                }
            }
        }
    }

    @Test("A look for a word agrees with looking at each place, at every length")
    func words() {
        let seed: UInt64 = 12
        var random = SeededGenerator(seed: seed)
        let likely = Array("aAb1B-%".utf8)
        for count in 0..<60 {
            for _ in 0..<60 {
                let bytes = (0..<count).map { _ in likely.randomElement(using: &random) ?? 0 }
                let length = Int.random(in: 2...8, using: &random)
                let letters = (0..<length).map { _ in Array("ab1".utf8).randomElement(using: &random) ?? 0 }
                let word = letters.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                let small = bytes.map(\.asciiLowercased)
                let isThere = small.indices.contains { small[$0...].starts(with: letters) }
                let mayHold = bytes.span.mayHold(word: word, length: length)
                #expect(mayHold == isThere, "seed \(seed): \(letters) in \(bytes)")
            }
        }
    }

    @Test func comparison() {
        let bytes = Array("Content-Length".utf8)
        let results = [
            bytes.span.equals("Content-Length"), bytes.span.hasPrefix("Content-"), bytes.span.hasPrefix(""),
            bytes.span.equalsIgnoringASCIICase("content-LENGTH"), bytes.span.hasPrefixIgnoringASCIICase("CONTENT"),
        ]
        #expect(results == [true, true, true, true, true])
        let refusals = [
            bytes.span.equals("Content-Lengt"), bytes.span.equals("content-Length"),
            bytes.span.hasPrefix("Content-Length:"),
            bytes.span.equalsIgnoringASCIICase("content-lengts"), bytes.span.hasPrefixIgnoringASCIICase("content_"),
            // 0x0D is a hyphen without its sixth bit: case folds letters only.
            Array("a\u{0D}".utf8).span.equalsIgnoringASCIICase("a-"),
        ]
        #expect(refusals == [false, false, false, false, false, false])
    }

    @Test func letters() {
        for byte in UInt8.min...UInt8.max {
            let scalar = Unicode.Scalar(byte)
            let character = Character(scalar)
            #expect(byte.isASCIIDigit == (byte < 0x80 && character.isWholeNumber))
            #expect(byte.isASCIILetter == (byte < 0x80 && character.isLetter))
            #expect(byte.hexDigitValue == (byte < 0x80 ? character.hexDigitValue.map(UInt8.init) : nil))
            let lowered = byte < 0x80 ? Array(String(character).lowercased().utf8)[0] : byte
            #expect(byte.asciiLowercased == lowered)
        }
    }
}
