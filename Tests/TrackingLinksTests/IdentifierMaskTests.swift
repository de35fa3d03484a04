import Bytes
import TestSupport
import Testing
import TrackingLinks

/// An identifier, a text, and what is stored of the text.
struct IdentifierRow: CustomTestStringConvertible, Sendable {
    let identifier: String
    let text: String
    let gives: String
    var isCut = false
    var testDescription: String { "\(identifier) in \(text)\(isCut ? "…" : "")" }

    init(_ identifier: String, _ text: String, _ gives: String, isCut: Bool = false) {
        self.identifier = identifier
        self.text = text
        self.gives = gives
        self.isCut = isCut
    }
}

@Suite("An identifier is masked where it stands as a whole word, in any spelling, and nowhere else")
struct IdentifierMaskTests {
    private static let hash = "bcf3e320c6edc3b5e45d9457d55021a1f019d9317fddb29c453d71bbf9a2b0c3"

    static let rows: [IdentifierRow] = [
        IdentifierRow("104711", "104711", "(email)"),
        IdentifierRow("104711", "https://a.example/u/104711/x", "https://a.example/u/(email)/x"),
        IdentifierRow("104711", "u_104711-x, 104711.", "u_(email)-x, (email)."),
        IdentifierRow("104711", "[104711]", "[(email)]"),
        IdentifierRow("C-4711x", "/c%2Dc-4711X/", "/c%2D(email)/"),
        IdentifierRow("C/4711x", "/u/C%2F4711x", "/u/(email)"),
        IdentifierRow("C/4711x", "/u/C%252f4711x?", "/u/(email)?"),
        IdentifierRow("C%2F4711x", "/u/C/4711x", "/u/(email)"),
        IdentifierRow("104711", "/u%2F104711%2Fx", "/u%2F(email)%2Fx"),
        IdentifierRow("104711", "/u%25252F104711%2Fx", "/u%25252F(email)%2Fx"),
        IdentifierRow("+49 (170) 1234", "tel=49%20%28170%29%201234", "tel=(email)"),
        IdentifierRow("+491701234", "tel=%2B491701234;+491701234", "tel=%2B(email);+(email)"),
        IdentifierRow("{1F-22-ab}", "id 1f-22-AB", "id (email)"),
        IdentifierRow("jürgen", "/u/j%C3%BCrgen", "/u/(email)"),
        IdentifierRow("jürgen", "jürgen", "(email)"),
        IdentifierRow("50%off77", "/x/50%25off77/", "/x/(email)/"),
        IdentifierRow("ann@localhost", "/u/ann@localhost", "/u/(email)"),
        IdentifierRow(hash, "/h/\(hash.uppercased())/", "/h/(email)/"),
        IdentifierRow("abab-abab", "abab-abab-abab", "(email)-abab"),
        IdentifierRow("abab-ab", "abab-abx-abab-ab", "abab-abx-(email)"),
        IdentifierRow("abab-ab", "xabab-abab-ab", "xabab-(email)"),
        IdentifierRow("abab-ab", "abab-abab-ab-abab-ab", "abab-(email)-(email)"),
        // The end was cut off.
        IdentifierRow("10471147", "/u/104711", "/u/(email)", isCut: true),
        IdentifierRow("10471147", "/u/10471147", "/u/(email)", isCut: true),
        IdentifierRow("10471147", "/u/10471", "/u/10471", isCut: true),
        IdentifierRow("104711%2F47", "/u/104711%2", "/u/(email)", isCut: true),
        IdentifierRow("104711/47", "/u/104711%", "/u/(email)", isCut: true),
        IdentifierRow("104711-104711x", "/u/104711-104711", "/u/(email)", isCut: true),
        IdentifierRow("104711-104711x", "/u/9104711-104711", "/u/9104711-(email)", isCut: true),
        IdentifierRow("10471147", "10471147 and more", "(email) and more", isCut: true),
    ]

    @Test(arguments: rows)
    func isMasked(_ row: IdentifierRow) {
        #expect(masked(row.text, of: row.identifier, isCut: row.isCut) == row.gives)
    }

    @Test(arguments: [
        IdentifierRow("104711", "", ""), IdentifierRow("104711", "1047111", ""), IdentifierRow("104711", "0104711", ""),
        IdentifierRow("104711", "a104711", ""), IdentifierRow("104711", "104711a", ""),
        IdentifierRow("104711", "%31104711", ""), IdentifierRow("104711", "104711%61", ""),
        IdentifierRow("104711", "10471", ""), IdentifierRow("104711", "104.711", ""),
        IdentifierRow("104711", "%", ""), IdentifierRow("104711", "104711%4", "(email)%4"),
        IdentifierRow("10471147", "/u/104711", ""),
        // Too short, signs left out.
        IdentifierRow("10471", "10471", ""), IdentifierRow("--10471--", "--10471--", ""), IdentifierRow("", "", ""),
        IdentifierRow("@@@@@@@", "@@@@@@@", ""),
    ])
    func staysAsItIs(_ row: IdentifierRow) {
        #expect(masked(row.text, of: row.identifier) == (row.gives.isEmpty ? row.text : row.gives))
    }

    @Test func anIdentifierThatIsTooLongIsNotLookedFor() {
        let longest = String(repeating: "x", count: IdentifierMask.bytesMax)
        #expect(masked(longest, of: longest) == "(email)")
        #expect(masked(longest + "x", of: longest + "x") == longest + "x")
    }

    @Test(
        "No text takes more than linear time",
        arguments: [
            ("aaaaaaaaab", "a"), ("a-a-a-a-a-b", "a-"), ("aaaaaaab", "%61"), ("252525", "%25"), ("252525", "25"),
            ("a-a-a-a-a-a", "a-"),
        ])
    func linear(_ row: (word: String, unit: String)) {
        // A search that begins anew at each place of these 400,000 bytes would take minutes.
        let identifier = String(repeating: row.word, count: IdentifierMask.bytesMax / row.word.utf8.count)
        for isCut in [false, true] {
            _ = masked(String(repeating: row.unit, count: 400_000 / row.unit.utf8.count), of: identifier, isCut: isCut)
        }
    }

    @Test("The search agrees with comparing at each place, and the look before it misses nothing")
    func model() {
        let seed: UInt64 = 17
        var random = SeededGenerator(seed: seed)
        let letters = Array("aB1-/".utf8)
        for _ in 0..<20_000 {
            let size = Int.random(in: 6...9, using: &random)
            let word = (0..<size).map { _ in letters.randomElement(using: &random) ?? 0 }
            var text: [UInt8] = []
            while text.count < 40 {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    text += word
                } else {
                    text.append(letters.randomElement(using: &random) ?? 0)
                }
            }
            let expected = Self.replacing(Self.trimmed(word), in: text)
            let given = String(decoding: text, as: UTF8.self)
            let identifier = String(decoding: word, as: UTF8.self)
            #expect(masked(given, of: identifier) == expected, "seed \(seed): \(identifier) in \(given)")
            if expected != given {
                let mayStand = IdentifierMask.mayStand(word.span, in: text.span)
                #expect(mayStand, "seed \(seed): \(identifier) in \(given)")
            }
        }
    }

    private static func trimmed(_ word: [UInt8]) -> [UInt8] {
        func isSign(_ byte: UInt8) -> Bool { !byte.isASCIILetter && !byte.isASCIIDigit }
        return Array(word.drop(while: isSign).reversed().drop(while: isSign).reversed())
    }

    private static func replacing(_ word: [UInt8], in text: [UInt8]) -> String {
        func isWordByte(_ place: Int) -> Bool {
            text.indices.contains(place) && (text[place].isASCIILetter || text[place].isASCIIDigit)
        }
        guard word.count >= IdentifierMask.bytesMin else { return String(decoding: text, as: UTF8.self) }
        let small = word.map(\.asciiLowercased)
        var result: [UInt8] = []
        var place = 0
        while place < text.count {
            let end = place + word.count
            if end <= text.count, text[place..<end].map(\.asciiLowercased) == small, !isWordByte(place - 1),
                !isWordByte(end)
            {
                result += Array("(email)".utf8)
                place = end
            } else {
                result.append(text[place])
                place += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What is stored of a text, and that the look before the search lets through whatever the search replaces.
    private func masked(_ text: String, of identifier: String, isCut: Bool = false) -> String {
        var mask = IdentifierMask()
        let (bytes, word) = (Array(text.utf8), Array(identifier.utf8))
        guard mask.look(for: word.span) else { return text }
        var output = ByteBuffer(capacity: max(1, IdentifierMask.maximumCount(masking: bytes.count)))
        let isMasked = mask.append(bytes.span, isCut: isCut, into: &output)
        let result = String(decoding: output.toArray(), as: UTF8.self)
        #expect(isMasked == (result != text))
        if isMasked, !isCut {
            let mayStand = IdentifierMask.mayStand(word.span, in: bytes.span)
            #expect(mayStand)
        }
        return result
    }
}
