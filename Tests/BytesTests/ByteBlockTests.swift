import Bytes
import TestSupport
import Testing

@Suite("Sixteen bytes at a time find what one at a time would")
struct ByteBlockTests {
    /// Every length up to three blocks, every start and end: the loads that overlap at the end included.
    @Test func theFirstMarkIsFoundWhereverItStands() {
        var generator = SeededGenerator(seed: 41)
        for count in 0...50 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...3, using: &generator) }
            for start in 0...count {
                for end in start...count {
                    let found = bytes.span.firstOffset(from: start, to: end) { $0.equal(0) }
                    #expect(found == bytes[start..<end].firstIndex(of: 0) ?? end, "\(bytes) \(start)..<\(end)")
                    let small = bytes.span.firstOffset(from: start, to: end) { $0.atMost(1) }
                    #expect(small == bytes[start..<end].firstIndex { $0 <= 1 } ?? end, "\(bytes) \(start)..<\(end)")
                }
            }
        }
    }

    @Test func bytesAreComparedAsNumbersWithoutSign() {
        let all = (UInt8.min...UInt8.max).map { $0 }
        for bound in all {
            for offset in stride(from: 0, to: 256, by: 16) {
                let low = all.span.marks(at: offset, to: 256) { $0.atMost(bound) }
                let same = all.span.marks(at: offset, to: 256) { $0.equal(bound) }
                for index in 0..<16 {
                    #expect((low >> UInt32(index) & 1 == 1) == (all[offset + index] <= bound))
                    #expect((same >> UInt32(index) & 1 == 1) == (all[offset + index] == bound))
                }
            }
        }
    }

    @Test func nothingBehindTheEndIsMarked() {
        let bytes = [UInt8](repeating: 7, count: 40)
        for offset in 0...40 {
            for end in offset...40 {
                let marks = bytes.span.marks(at: offset, to: end) { $0.equal(7) }
                #expect(marks.nonzeroBitCount == min(end - offset, 16))
            }
        }
    }

    @Test func whatIsNotedStandsBeforeWhatIsFound() {
        var generator = SeededGenerator(seed: 43)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...30, using: &generator)
            }
            let start = Int.random(in: 0...bytes.count, using: &generator)
            var noted: UInt32 = 0
            let found = bytes.span.firstOffset(
                from: start, to: bytes.count, where: { $0.equal(0) }, noting: { $0.equal(1) | $0.equal(2) }, in: &noted)
            let expected = bytes[start...].firstIndex(of: 0) ?? bytes.count
            #expect(found == expected)
            #expect((noted != 0) == bytes[start..<expected].contains { $0 == 1 || $0 == 2 }, "\(bytes) from \(start)")
        }
    }

    @Test func aWordHoldsWhatIsThereAndZeros() {
        let bytes = (1...20).map { UInt8($0) }
        for offset in 0...20 {
            for end in offset...20 {
                var expected: UInt64 = 0
                for index in offset..<min(end, offset + 8) {
                    expected |= UInt64(bytes[index]) << UInt64(8 * (index - offset))
                }
                let inside = bytes.span.word(at: offset, to: end)
                // The same of a text that ends there, and of one that is nothing else.
                let text = Array(bytes[..<end])
                let atTheEnd = text.span.word(at: offset, to: end)
                let alone = Array(bytes[offset..<end])
                let byItself = alone.span.word(at: 0, to: alone.count)
                #expect([inside, atTheEnd, byItself] == [expected, expected, expected])
            }
        }
    }

    @Test func equalTextsAreEqualAndOthersNot() {
        var generator = SeededGenerator(seed: 47)
        for count in 0...40 {
            let text = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let same = text
            let isEqual = text.span.equals(same.span)
            #expect(isEqual)
            for place in 0..<count {
                var other = text
                other[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                let isOtherEqual = text.span.equals(other.span)
                #expect(!isOtherEqual)
            }
            let longer = text + [0]
            let isLongerEqual = text.span.equals(longer.span)
            #expect(!isLongerEqual)
        }
    }
}

@Suite("Short texts are copied as they are")
struct ShortCopyTests {
    @Test func everyLengthIsAppendedWhole() {
        let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        for start in 0...64 {
            for end in start...64 {
                for room in [end - start, end - start + 3, 200] where room > 0 {
                    var whole = ByteBuffer(capacity: room)
                    whole.append(bytes.span.extracting(start..<end))
                    #expect(whole.toArray() == Array(bytes[start..<end]))
                    var part = ByteBuffer(capacity: room)
                    part.append(start..<end, of: bytes.span)
                    #expect(part.toArray() == Array(bytes[start..<end]))
                }
            }
        }
    }

    @Test func lettersOfASCIIAreMadeSmallAndNothingElse() {
        let ascii = (UInt8(0)..<128).map { $0 }
        for start in 0..<24 {
            var buffer = ByteBuffer(capacity: 128)
            let text = Array(ascii[start...])
            let isLowered = buffer.appendLowercased(ascii: text.span)
            #expect(isLowered)
            #expect(buffer.toArray() == text.map(\.asciiLowercased))
        }
        for place in 0..<20 {
            var text = [UInt8](repeating: UInt8(ascii: "A"), count: 20)
            text[place] = 0x80
            var buffer = ByteBuffer(capacity: 64)
            buffer.append(1)
            let isLowered = buffer.appendLowercased(ascii: text.span)
            #expect(!isLowered)
            #expect(buffer.toArray() == [1])
        }
    }

    @Test func aFixedTableKeepsWhatIsPutIntoIt() {
        var table = FixedTable(count: 5, of: UInt16(9))
        #expect((0..<5).map { table[$0] } == [9, 9, 9, 9, 9])
        for index in 0..<5 { table[index] = UInt16(index) }
        #expect((0..<5).map { table[$0] } == [0, 1, 2, 3, 4])
        #expect(table.count == 5)
    }
}
