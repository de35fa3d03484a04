import Bytes
import Testing
import TestSupport

@testable import Campaigns

@Suite("What is remembered by bytes is found by those bytes alone")
struct ByteMemoTests {
    @Test("Every stretch has its own value, whatever was remembered beside it")
    func ownValues() {
        var random = SeededGenerator(seed: 61)
        var memo = ByteMemo<Int>()
        var model: [[UInt8]: Int] = [:]
        for value in 0..<2_000 {
            // Few letters and all lengths around the hash's steps of 8 and 16 bytes, so that stretches are alike.
            let count = Int.random(in: 0..<40, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...1, using: &random) }
            let found = memo.value(of: bytes.span, Span(), extra: 0)
            #expect(found == model[bytes], "\(bytes), seed 61")
            if found == nil {
                memo.remember(value, of: bytes.span, Span(), extra: 0)
                model[bytes] = value
            }
        }
        for (bytes, value) in model {
            let found = memo.value(of: bytes.span, Span(), extra: 0)
            #expect(found == value)
        }
    }

    @Test("Two stretches are told from two others that read the same one behind the other")
    func boundary() {
        var memo = ByteMemo<Int>()
        let ab = Array("ab".utf8)
        let c = Array("c".utf8)
        let a = Array("a".utf8)
        let bc = Array("bc".utf8)
        memo.remember(1, of: ab.span, c.span, extra: 7)
        let same = memo.value(of: ab.span, c.span, extra: 7)
        let shifted = memo.value(of: a.span, bc.span, extra: 7)
        let otherNumber = memo.value(of: ab.span, c.span, extra: 8)
        #expect(same == 1)
        #expect(shifted == nil)
        #expect(otherNumber == nil)
    }

    @Test("A hash that is the same for all bytes makes it slow, and never wrong", arguments: [0, 8, 16, 33])
    func collisions(commonCount: Int) {
        var memo = ByteMemo<Int>(hashMask: 0)
        let texts = (0..<300).map { Array(repeating: UInt8(ascii: "x"), count: commonCount) + Array("\($0)".utf8) }
        for (value, text) in texts.enumerated() { memo.remember(value, of: text.span, Span(), extra: 0) }
        for (value, text) in texts.enumerated() {
            let found = memo.value(of: text.span, Span(), extra: 0)
            #expect(found == value)
        }
        let missing = memo.value(of: Array("y".utf8).span, Span(), extra: 0)
        #expect(missing == nil)
    }

    @Test("When it is full it forgets all, and goes on")
    func full() {
        var memo = ByteMemo<Int>()
        for value in 0..<3 * ByteMemo<Int>.entriesMax {
            let text = Array("stretch \(value)".utf8)
            memo.remember(value, of: text.span, Span(), extra: 0)
            let found = memo.value(of: text.span, Span(), extra: 0)
            #expect(found == value)
        }
        let first = Array("stretch 0".utf8)
        let forgotten = memo.value(of: first.span, Span(), extra: 0)
        #expect(forgotten == nil)
        let huge = [UInt8](repeating: 1, count: ByteMemo<Int>.bytesMax)
        memo.remember(1, of: huge.span, Span(), extra: 0)
        let tooLong = memo.value(of: huge.span, Span(), extra: 0)
        #expect(tooLong == nil)
    }
}

@Suite("A table of keys has one place for each key")
struct FigureTableTests {
    /// A key whose hash is the same for many.
    struct Key: FigureKey {
        let number: UInt64

        func hash(seed: UInt64) -> UInt64 { number % 3 }
    }

    @Test("Keys whose hashes collide stay apart, while the table grows")
    func collisions() {
        var table = FigureTable<Key, Int>()
        for round in 0..<2 {
            for number in 0..<500 as Range<UInt64> {
                let place = table.place(of: Key(number: number), orAdd: Int(number))
                #expect(place == Int(number) && table.values[place] == Int(number), "round \(round)")
            }
        }
        #expect(table.count == 500)
        #expect(table.place(of: Key(number: 500)) == nil)
        #expect(table.place(of: Key(number: 499)) == 499)
        #expect(table.entries.allSatisfy { Int($0.number) == $1 })
    }
}
