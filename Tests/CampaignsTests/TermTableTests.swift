import Bytes
import Testing

@testable import Campaigns

@Suite("Each word that figures are kept by has one number")
struct TermTableTests {
    @Test("What a client writes is never the word for what was folded", arguments: ["(other)", "(unknown)"])
    func foldedWords(_ word: String) {
        var terms = TermTable()
        let fixed = terms.intern(word)
        let written = terms.intern(repairing: word.utf8.span)
        #expect([TermTable.other, TermTable.unknown].contains(fixed))
        #expect(written != fixed)
        #expect(String(decoding: terms.bytes(written), as: UTF8.self) == "%28\(word.dropFirst().dropLast())%29")
        #expect(terms.intern(repairing: word.utf8.span) == written)
    }

    @Test("Words that print alike are one")
    func repairedWords() {
        var terms = TermTable()
        let (one, other): ([UInt8], [UInt8]) = ([0x61, 0xFF], [0x61, 0xFE])
        #expect(terms.intern(repairing: one.span) == terms.intern(repairing: other.span))
        #expect(terms.intern("") == TermTable.empty)
    }
}
