import Bytes
import Testing

@Suite("Sixteen bytes keep their order, in memory and in hex")
struct Bytes16Tests {
    static let text = "000102030405060708090a0b0c0d0eff"

    @Test func roundTrip() throws {
        let raw = bytes(hexadecimal: Self.text)
        let made = Bytes16(raw.span)
        let value = try #require(made)
        #expect(value.hex == Self.text)
        let lent = value.withSpan { $0.toArray() }
        #expect(lent == raw)
        let digits = Array(Self.text.uppercased().utf8)
        let read = Bytes16(hexadecimal: digits.span)
        #expect(read == value)
        let inside = Bytes16(in: ([9] + raw).span, at: 1)
        #expect(inside == value)
        let words = value.littleEndianWords
        #expect(words.0 == 0x0706_0504_0302_0100)
        #expect(Bytes16(littleEndian: words.0, words.1) == value)
    }

    @Test("Other lengths and other letters are no value")
    func refusals() {
        for count in 0..<40 where count != 16 {
            let value = Bytes16([UInt8](repeating: 0, count: count).span)
            #expect(value == nil)
        }
        for text in [
            "", "00", String(repeating: "0", count: 31), String(repeating: "0", count: 33),
            String(repeating: "0", count: 31) + "g", "g" + String(repeating: "0", count: 31),
        ] {
            let value = Bytes16(hexadecimal: Array(text.utf8).span)
            #expect(value == nil, "\(text)")
        }
    }

    @Test("Values that differ in any bit differ, however they are compared")
    func comparison() throws {
        let raw = bytes(hexadecimal: Self.text)
        let made = Bytes16(raw.span)
        let value = try #require(made)
        #expect(value.constantTimeEquals(value))
        for bit in 0..<128 {
            var changed = raw
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let made = Bytes16(changed.span)
            let other = try #require(made)
            #expect(other != value)
            #expect(!value.constantTimeEquals(other))
        }
    }
}

@Suite("A comparison in constant time finds every difference")
struct ConstantTimeEqualsTests {
    @Test func everyBit() {
        for count in 0..<70 {
            let left = [UInt8](repeating: 0x5A, count: count)
            var right = left
            let equal = constantTimeEquals(left.span, right.span)
            #expect(equal)
            for bit in 0..<count * 8 {
                right[bit / 8] ^= 1 << UInt8(bit % 8)
                let differs = !constantTimeEquals(left.span, right.span)
                #expect(differs, "bit \(bit) of \(count) bytes")
                right[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            let longer = constantTimeEquals(left.span, (right + [0]).span)
            #expect(!longer)
        }
    }
}
