public import CIntrinsics

/// Sixteen neighbouring bytes that are looked at together: one instruction compares them all.
///
/// Each question is answered with *marks*: bit n stands for byte n. Marks of several questions are joined with `|`, and
/// `trailingZeroBitCount` is the offset of the first byte that is marked. `Span.firstOffset(from:to:where:)` walks over
/// a text with it.
@safe
@usableFromInline
package struct ByteBlock {
    @usableFromInline let start: UnsafePointer<UInt8>

    /// The sixteen bytes at `start`, which stay where they are as long as the block is used.
    @inlinable
    @inline(__always)
    init(_ start: UnsafePointer<UInt8>) {
        unsafe self.start = start
    }

    /// Marks the bytes that are `value`.
    @inlinable
    @inline(__always)
    package func equal(_ value: UInt8) -> UInt32 {
        unsafe tremolo_marks_equal(start, value)
    }

    /// Marks the bytes that are at most `value`.
    @inlinable
    @inline(__always)
    package func atMost(_ value: UInt8) -> UInt32 {
        unsafe tremolo_marks_at_most(start, value)
    }

    /// How many bytes a block has.
    @inlinable
    package static var byteCount: Int { 16 }
}

extension Span where Element == UInt8 {
    /// The marks that a question gives for the bytes from `offset` up to `end`, at most sixteen; the others are 0.
    ///
    /// The bytes may lie at the very end of the span: nothing behind it is read.
    @inlinable
    @inline(__always)
    package func marks(at offset: Int, to end: Int, _ question: (ByteBlock) -> UInt32) -> UInt32 {
        unsafe withUnsafeBufferPointer { bytes in
            precondition(offset >= 0 && offset <= end && end <= bytes.count, "the bytes lie outside")
            guard let base = bytes.baseAddress else { return 0 }
            if end &- offset >= ByteBlock.byteCount { return unsafe question(ByteBlock(base + offset)) }
            return unsafe Self.lastMarks(base, offset, end, question)
        }
    }

    /// Offset of the first byte in `start..<end` that the question marks, or `end`. O(n), sixteen bytes at a time.
    @inlinable
    @inline(__always)
    package func firstOffset(from start: Int, to end: Int, where question: (ByteBlock) -> UInt32) -> Int {
        unsafe withUnsafeBufferPointer { bytes in
            precondition(start >= 0 && end <= bytes.count, "the search goes past the bytes")
            guard let base = bytes.baseAddress else { return end }
            var offset = start
            while offset &+ ByteBlock.byteCount <= end {
                let marks = unsafe question(ByteBlock(base + offset))
                if marks != 0 { return offset &+ marks.trailingZeroBitCount }
                offset &+= ByteBlock.byteCount
            }
            guard offset < end else { return end }
            let marks = unsafe Self.lastMarks(base, offset, end, question)
            return marks != 0 ? offset &+ marks.trailingZeroBitCount : end
        }
    }

    /// The same, and on the way `noted` gets a bit where `others` marks a byte before the one that is found.
    @inlinable
    @inline(__always)
    package func firstOffset(
        from start: Int, to end: Int, where question: (ByteBlock) -> UInt32, noting others: (ByteBlock) -> UInt32,
        in noted: inout UInt32
    ) -> Int {
        unsafe withUnsafeBufferPointer { bytes in
            precondition(start >= 0 && end <= bytes.count, "the search goes past the bytes")
            guard let base = bytes.baseAddress else { return end }
            var offset = start
            while offset &+ ByteBlock.byteCount <= end {
                let block = unsafe ByteBlock(base + offset)
                let marks = question(block)
                // The bits below the lowest mark; all of them where there is none.
                noted |= others(block) & ((marks & (0 &- marks)) &- 1)
                if marks != 0 { return offset &+ marks.trailingZeroBitCount }
                offset &+= ByteBlock.byteCount
            }
            guard offset < end else { return end }
            let marks = unsafe Self.lastMarks(base, offset, end, question)
            noted |= unsafe Self.lastMarks(base, offset, end, others) & ((marks & (0 &- marks)) &- 1)
            return marks != 0 ? offset &+ marks.trailingZeroBitCount : end
        }
    }

    /// The marks of the fewer than sixteen bytes in `offset..<end`.
    @inlinable
    @inline(__always)
    static func lastMarks(
        _ base: UnsafePointer<UInt8>, _ offset: Int, _ end: Int, _ question: (ByteBlock) -> UInt32
    ) -> UInt32 {
        if end >= ByteBlock.byteCount {
            // The block that ends where the bytes end; those before them are shifted out.
            let marks = unsafe question(ByteBlock(base + (end &- ByteBlock.byteCount)))
            return marks &>> UInt32(truncatingIfNeeded: ByteBlock.byteCount &- (end &- offset))
        }
        let words = unsafe shortWords(base + offset, end &- offset)
        return unsafe words.span.bytes.withUnsafeBytes { copy in
            guard let start = copy.baseAddress else { return 0 }
            let marks = unsafe question(ByteBlock(start.assumingMemoryBound(to: UInt8.self)))
            return marks & ((1 &<< UInt32(truncatingIfNeeded: end &- offset)) &- 1)
        }
    }

    /// Fewer than sixteen bytes as two little-endian words, zeros behind them.
    @inlinable
    @inline(__always)
    static func shortWords(_ start: UnsafePointer<UInt8>, _ count: Int) -> InlineArray<2, UInt64> {
        guard count >= 8 else { return [unsafe shortWord(start, count).littleEndian, 0] }
        let bytes = unsafe UnsafeRawPointer(start)
        let last = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
        let bits = UInt64(truncatingIfNeeded: 8 &* (16 &- count))
        return [unsafe bytes.loadUnaligned(as: UInt64.self), (bits == 64 ? 0 : last &>> bits).littleEndian]
    }

    /// Fewer than eight bytes as a little-endian word, zeros behind them: loads that overlap in place of a loop.
    @inlinable
    @inline(__always)
    static func shortWord(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let bytes = unsafe UnsafeRawPointer(start)
        if count >= 4 {
            let first = unsafe UInt64(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
            let last = unsafe UInt64(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)))
            return first | last &<< UInt64(truncatingIfNeeded: 8 &* (count &- 4))
        }
        guard count > 0 else { return 0 }
        let first = unsafe UInt64(start[0])
        let middle = unsafe UInt64(start[count &>> 1]) &<< UInt64(truncatingIfNeeded: 8 &* (count &>> 1))
        let last = unsafe UInt64(start[count &- 1]) &<< UInt64(truncatingIfNeeded: 8 &* (count &- 1))
        return first | middle | last
    }

    /// The eight bytes at `offset` as a little-endian number, for who has checked that they lie inside.
    @inlinable
    @inline(__always)
    package func uncheckedWord(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// Up to eight bytes from `offset` as a little-endian number, those behind `end` as zeros. `offset..<end` lies
    /// inside; a number of no bytes is 0.
    @inlinable
    @inline(__always)
    package func word(at offset: Int, to end: Int) -> UInt64 {
        precondition(offset >= 0 && end <= count, "the bytes lie outside")
        let length = end &- offset
        if length >= 8 { return uncheckedWord(at: offset) }
        guard length > 0 else { return 0 }
        let bits = UInt64(truncatingIfNeeded: 64 &- 8 &* length)
        if offset &+ 8 <= count { return (uncheckedWord(at: offset) &<< bits) &>> bits }
        return unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe Self.shortWord(base + offset, length)
        }
    }
}
