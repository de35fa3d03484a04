// The look at a text before it is searched for email addresses: most hold nothing that an at sign can begin with.

extension ByteBlock {
    /// Marks the bytes that an at sign may begin with, in all ways that texts write it: `@`, `%40`, `=40`, `&#64;`, and
    /// in full width.
    @inlinable
    @inline(__always)
    package var atSignBeginnings: UInt32 {
        equal(UInt8(ascii: "@")) | equal(UInt8(ascii: "%")) | equal(UInt8(ascii: "=")) | equal(UInt8(ascii: "&"))
            | equal(0xEF)
    }
}

extension Span where Element == UInt8 {
    /// False when no at sign stands in the bytes before `end`, however it is written and however often it is
    /// percent-encoded. O(n), sixteen bytes at a time.
    ///
    /// Escapes of what nobody escapes (`%34` for the 4 of `=40`) are not looked into.
    ///
    /// - Parameter start: where the bytes begin that are looked at.
    @inlinable
    @inline(__always)
    package func mayHoldAtSign(from start: Int = 0, before end: Int) -> Bool {
        let place = firstOffset(from: start, to: end, where: \.atSignBeginnings)
        return place < end && holdsAtSign(from: place, before: end)
    }

    /// The same from a byte on that is marked.
    @usableFromInline
    func holdsAtSign(from start: Int, before end: Int) -> Bool {
        var place = start
        while place < end {
            if mayBeAtSign(at: place) { return true }
            place = firstOffset(from: place &+ 1, to: end, where: \.atSignBeginnings)
        }
        return false
    }

    /// True when what begins at `place` may be an at sign, by the bytes that follow.
    private func mayBeAtSign(at place: Int) -> Bool {
        let next = byte(at: place &+ 1)
        switch self[place] {
        case UInt8(ascii: "@"): return true
        case UInt8(ascii: "="): return next == UInt8(ascii: "4")
        case UInt8(ascii: "&"): return beginsReference(at: place &+ 1)
        case 0xEF: return next == 0xBC || next == 0xB9
        case UInt8(ascii: "%"): break
        default: return false
        }
        let behind = byte(at: place &+ 3)
        switch (next, byte(at: place &+ 2).asciiLowercased) {
        case (UInt8(ascii: "4"), UInt8(ascii: "0")), (UInt8(ascii: "2"), UInt8(ascii: "5")): return true
        case (UInt8(ascii: "3"), UInt8(ascii: "d")): return behind == UInt8(ascii: "4") || behind == UInt8(ascii: "%")
        case (UInt8(ascii: "2"), UInt8(ascii: "6")):
            return behind == UInt8(ascii: "%") || beginsReference(at: place &+ 3)
        case (UInt8(ascii: "e"), UInt8(ascii: "f")), (UInt8(ascii: "E"), UInt8(ascii: "f")):
            return behind == UInt8(ascii: "%")
        default: return false
        }
    }

    /// True for the `#` or the name of an at sign's character reference, behind its ampersand.
    private func beginsReference(at place: Int) -> Bool {
        byte(at: place) == UInt8(ascii: "#") || byte(at: place).asciiLowercased == UInt8(ascii: "c")
    }

    /// The byte at `place`, or 0 where the span has none.
    private func byte(at place: Int) -> UInt8 { place < count ? self[place] : 0 }
}
