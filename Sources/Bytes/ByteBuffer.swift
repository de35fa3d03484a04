/// A buffer of fixed capacity that is written from front to back and then emptied for the next round.
///
/// It is what the hot path writes into: the journal's batch, the responses of a turn. It never grows and never moves;
/// memory that was not written to yet costs no page. Whoever appends makes sure of the room first (`freeCapacity`):
/// writing past the capacity is a bug of the caller and traps.
///
/// What is called for each byte or integer is inlinable, because `package` code of another module is not inlined
/// otherwise.
@safe
@usableFromInline
package struct ByteBuffer: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline var written = 0
    /// The most bytes that the buffer holds.
    @usableFromInline package let capacity: Int

    /// Bytes written so far.
    @inlinable
    package var count: Int { written }

    /// Makes an empty buffer.
    ///
    /// - Parameter capacity: the most bytes that it will hold, at least 1.
    package init(capacity: Int) {
        precondition(capacity > 0, "a buffer holds at least one byte")
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        self.capacity = capacity
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Bytes that can still be appended.
    @inlinable
    package var freeCapacity: Int { capacity - count }

    /// True when nothing is written.
    @inlinable
    package var isEmpty: Bool { count == 0 }

    /// Forgets everything that was written. The memory stays.
    @inlinable
    package mutating func removeAll() {
        written = 0
    }

    /// Forgets what was written behind `count` bytes.
    @inlinable
    package mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= written, "a buffer can't be truncated to more than it holds")
        written = count
    }

    /// Removes the first `removed` bytes and moves the rest to the front. O(bytes that stay).
    package mutating func removeFirst(_ removed: Int) {
        precondition(removed >= 0 && removed <= count, "more bytes removed than the buffer holds")
        unsafe base.copyMemory(from: base + removed, byteCount: count - removed)
        written -= removed
    }

    /// Appends one byte.
    @inlinable
    package mutating func append(_ byte: UInt8) {
        precondition(count < capacity, "the buffer is full")
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        written += 1
    }

    /// Appends all of `bytes`.
    @inlinable
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { source in
            precondition(source.count <= freeCapacity, "the buffer is full")
            guard let start = source.baseAddress else { return }
            let destination = unsafe base + written
            if source.count &- 8 <= 8 && source.count >= 8 {
                // Two words that overlap: most fields are this short, and a call would cost more than the copy.
                let last = source.count &- 8
                let words = unsafe (
                    start.loadUnaligned(as: UInt64.self), start.loadUnaligned(fromByteOffset: last, as: UInt64.self)
                )
                unsafe destination.storeBytes(of: words.0, as: UInt64.self)
                unsafe destination.storeBytes(of: words.1, toByteOffset: last, as: UInt64.self)
            } else if source.count < 8 {
                for offset in 0..<source.count {
                    unsafe destination.storeBytes(of: source[offset], toByteOffset: offset, as: UInt8.self)
                }
            } else {
                unsafe destination.copyMemory(from: start, byteCount: source.count)
            }
            written &+= source.count
        }
    }

    /// Appends the bytes at `range` of `bytes`: the same as appending the part, and cheaper where it is short, which it
    /// nearly always is. What lies behind the end in the free room is overwritten then.
    @inlinable
    @inline(__always)
    package mutating func append(_ range: Range<Int>, of bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { source in
            precondition(range.lowerBound >= 0 && range.upperBound <= source.count, "the range lies outside")
            let length = range.upperBound &- range.lowerBound
            guard let base = source.baseAddress else { return }
            if length <= 16 && source.count &- range.lowerBound >= 16 && freeCapacity >= 16 {
                let start = unsafe base + range.lowerBound
                let words = unsafe (
                    start.loadUnaligned(as: UInt64.self), start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
                let destination = unsafe self.base + written
                unsafe destination.storeBytes(of: words.0, as: UInt64.self)
                unsafe destination.storeBytes(of: words.1, toByteOffset: 8, as: UInt64.self)
                written &+= length
            } else {
                append(bytes.extracting(range))
            }
        }
    }

    /// Appends bytes with their ASCII capital letters made small, as long as all of them are ASCII. O(n), eight bytes
    /// at a time.
    ///
    /// - Returns: false, and nothing appended, when one is not.
    package mutating func appendLowercased(ascii bytes: Span<UInt8>) -> Bool {
        precondition(bytes.count <= freeCapacity, "the buffer is full")
        let start = count
        var offset = 0
        while offset < bytes.count {
            let length = min(bytes.count &- offset, 8)
            let word = bytes.word(at: offset, to: offset &+ length)
            guard word & 0x8080_8080_8080_8080 == 0 else {
                truncate(to: start)
                return false
            }
            // Adding carries into the high bit of a byte from `A` on, and from the byte behind `Z` on.
            let fromA = word &+ 0x3F3F_3F3F_3F3F_3F3F
            let behindZ = word &+ 0x2525_2525_2525_2525
            let lowered = word | ((fromA & ~behindZ & 0x8080_8080_8080_8080) &>> 2)
            if length == 8 {
                appendLittleEndian(lowered)
            } else {
                for index in 0..<length {
                    append(UInt8(truncatingIfNeeded: lowered &>> UInt64(truncatingIfNeeded: 8 &* index)))
                }
            }
            offset &+= length
        }
        return true
    }

    /// Appends a part of what the buffer holds once more.
    package mutating func append(copyOf range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies outside what was written")
        precondition(range.count <= freeCapacity, "the buffer is full")
        unsafe (base + count).copyMemory(from: base + range.lowerBound, byteCount: range.count)
        written += range.count
    }

    /// Appends the UTF-8 of a literal.
    @inlinable
    package mutating func append(_ literal: StaticString) {
        precondition(literal.utf8CodeUnitCount <= freeCapacity, "the buffer is full")
        unsafe (base + count).copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
        written += literal.utf8CodeUnitCount
    }

    /// Appends the UTF-8 of a string. Not for the hot path.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(unsafe Span(_unsafeElements: utf8))
        }
    }

    /// Appends an integer, least significant byte first.
    @inlinable
    package mutating func appendLittleEndian<Value: FixedWidthInteger>(_ value: Value) {
        precondition(MemoryLayout<Value>.size <= freeCapacity, "the buffer is full")
        unsafe base.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
        written += MemoryLayout<Value>.size
    }

    /// Overwrites an integer that was appended before, least significant byte first.
    @inlinable
    package mutating func storeLittleEndian<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        precondition(
            offset >= 0 && offset + MemoryLayout<Value>.size <= count, "the place lies outside what was written")
        unsafe base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    /// Appends a number in decimal digits.
    package mutating func appendDecimal(_ value: UInt64) {
        var remaining = value
        var divisor: UInt64 = 1
        while remaining / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: remaining / divisor) + UInt8(ascii: "0"))
            remaining %= divisor
            divisor /= 10
        }
    }

    /// Lends what was written, all of it.
    @inlinable
    package func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe Span(_unsafeStart: base.assumingMemoryBound(to: UInt8.self), count: count))
    }

    /// Where what was written begins, for whoever can't lend it through a closure: a closure that takes part in the
    /// work of a generic type costs a look-up of that type. It is valid as long as the buffer is.
    @unsafe
    @inlinable
    package var unsafeStart: UnsafePointer<UInt8> {
        unsafe UnsafePointer(base.assumingMemoryBound(to: UInt8.self))
    }

    /// Lends a part of what was written.
    @inlinable
    package func withSpan<Result, Failure: Error>(
        of range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies outside what was written")
        return try body(
            unsafe Span(_unsafeStart: (base + range.lowerBound).assumingMemoryBound(to: UInt8.self), count: range.count)
        )
    }

    /// Lends the free room behind what was written, for a system call to fill.
    ///
    /// - Parameter body: fills the room from its start and returns how many bytes it filled.
    /// - Returns: what `body` returned, which is also how much `count` grew.
    @inlinable
    @discardableResult
    package mutating func appendFilling<Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        let filled = try unsafe body(UnsafeMutableRawBufferPointer(start: base + count, count: freeCapacity))
        precondition(filled >= 0 && filled <= freeCapacity, "more bytes filled than there was room for")
        written += filled
        return filled
    }

    /// What was written, as an array. Not for the hot path.
    package func toArray() -> [UInt8] {
        withSpan { $0.toArray() }
    }
}
