package import Bytes

/// Replaces one person's identifier by `(email)` where it stands as a whole word in a stored text: what has no form
/// that tells it, a customer number or the hash of an address, is known by the request that carries it in `cuid`.
///
/// A word begins where no letter or digit of ASCII stands before it, and ends where none follows; ASCII letters are
/// compared without regard to case. What is percent-encoded, any number of times, is compared decoded, in the text as
/// in the identifier. Signs around the identifier are no part of it, so that `+49 170` is found in `tel=49%20170`. The
/// end of a text that was cut is one, too, where at least `bytesMin` of the identifier stand before it.
///
/// An identifier of less than `bytesMin` bytes is not looked for: it is too likely to be a page's or a campaign's
/// number. One pass for each text, O(n) for every input (Knuth, Morris, Pratt); no allocation but its own tables.
package struct IdentifierMask: ~Copyable {
    /// The least bytes of an identifier that is looked for, signs around it left out.
    package static let bytesMin = 6

    /// The most bytes of an identifier that is looked for.
    package static let bytesMax = LinkLimits.identifierBytesMax

    /// The identifier as it is compared: decoded, its letters small.
    private var word = ByteBuffer(capacity: bytesMax)
    /// For each count of bytes of the word, less one: how long the longest beginning of the word is that they end with.
    private var borders = FixedTable(count: bytesMax, of: UInt16(0))
    /// Where the last bytes of a text begin that were decoded, twice, plus one where a word may begin there: the n-th
    /// stands at n modulo the table's length.
    private var starts = FixedTable(count: bytesMax, of: Int32(0))

    /// Makes a mask: the only allocations that it ever does, 7 KiB.
    package init() {}

    /// The most bytes that masking `count` bytes can give: what is replaced has at least `bytesMin`.
    package static func maximumCount(masking count: Int) -> Int { count &* 2 }

    /// False when the identifier stands nowhere in `text`, which may be several texts with anything between them: most
    /// hold it nowhere, and this is the cheapest way to know. Not to be asked of a text that was cut.
    package static func mayStand(_ identifier: Span<UInt8>, in text: Span<UInt8>) -> Bool {
        guard identifier.count >= bytesMin, identifier.count <= bytesMax else { return false }
        // Letters and digits that stand together: nobody writes them as escapes.
        var start = 0
        while start < lookStartsMax {
            if identifier[start] == UInt8(ascii: "%") { return true }
            var letters: UInt64 = 0
            var length = 0
            while length < 8, start &+ length < identifier.count, isWordByte(identifier[start &+ length]) {
                letters |= UInt64(identifier[start &+ length] | 0x20) &<< UInt64(truncatingIfNeeded: 8 &* length)
                length &+= 1
            }
            if length >= 2 { return text.mayHold(word: letters, length: length) }
            start &+= 1
        }
        return true
    }

    private static let lookStartsMax = 4

    /// Takes the identifier that `append` looks for from now on. O(n).
    ///
    /// - Returns: false when it is too short or too long to be looked for.
    package mutating func look(for identifier: Span<UInt8>) -> Bool {
        word.removeAll()
        guard identifier.count <= Self.bytesMax else { return false }
        var offset = 0
        var end = 0
        while offset < identifier.count {
            let unit = EncodedByte(in: identifier, at: offset)
            offset = unit.end
            if word.isEmpty, Self.isSign(unit.byte) { continue }
            word.append(unit.byte.asciiLowercased)
            if !Self.isSign(unit.byte) { end = word.count }
        }
        word.truncate(to: end)
        guard word.count >= Self.bytesMin else { return false }
        word.withSpan { word in
            var border = 0
            borders[0] = 0
            for place in 1..<word.count {
                while border > 0, word[place] != word[border] { border = Int(borders[border &- 1]) }
                if word[place] == word[border] { border &+= 1 }
                borders[place] = UInt16(truncatingIfNeeded: border)
            }
        }
        return true
    }

    /// Appends `text` with the identifier replaced wherever it stands.
    ///
    /// - Parameters:
    ///   - isCut: true where the end of the text was left out.
    ///   - output: has room for `maximumCount(masking: text.count)` bytes.
    /// - Returns: true when something was replaced.
    package mutating func append(_ text: Span<UInt8>, isCut: Bool, into output: inout ByteBuffer) -> Bool {
        let length = word.count
        precondition(length >= Self.bytesMin, "an identifier is looked for")
        var copied = 0
        var offset = 0
        var units = 0
        var matched = 0
        var followsWordByte = false
        while offset < text.count {
            let unit = EncodedByte(in: text, at: offset)
            // The rest of an escape that was cut says nothing.
            if isCut, unit.isUnfinished { break }
            starts[units % Self.bytesMax] = Int32(truncatingIfNeeded: offset &* 2 &+ (followsWordByte ? 0 : 1))
            units &+= 1
            offset = unit.end
            let letter = unit.byte.asciiLowercased
            while matched > 0, self.letter(matched) != letter { matched = Int(borders[matched &- 1]) }
            if self.letter(matched) == letter { matched &+= 1 }
            followsWordByte = Self.isWordByte(unit.byte)
            guard matched == length else { continue }
            if let start = wordStart(units &- length), !Self.beginsWithWordByte(text, at: offset) {
                output.append(text.extracting(copied..<start))
                output.append("(email)")
                copied = offset
                matched = 0
            } else {
                matched = Int(borders[matched &- 1])
            }
        }
        while isCut, matched >= Self.bytesMin {
            if let start = wordStart(units &- matched) {
                output.append(text.extracting(copied..<start))
                output.append("(email)")
                return true
            }
            matched = Int(borders[matched &- 1])
        }
        output.append(text.extracting(copied..<text.count))
        return copied > 0
    }

    private func letter(_ place: Int) -> UInt8 { word.withSpan { $0[place] } }

    /// Where the n-th byte of the text begins, or nil where no word may begin there.
    private func wordStart(_ number: Int) -> Int? {
        let start = Int(starts[number % Self.bytesMax])
        return start & 1 == 1 ? start &>> 1 : nil
    }

    private static func beginsWithWordByte(_ text: Span<UInt8>, at offset: Int) -> Bool {
        offset < text.count && isWordByte(EncodedByte(in: text, at: offset).byte)
    }

    @inline(__always)
    private static func isWordByte(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit }

    /// True for what is no part of an identifier at its ends: spaces and punctuation.
    private static func isSign(_ byte: UInt8) -> Bool { byte < 0x80 && !isWordByte(byte) }
}
