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
        precondition(bytes.count <= freeCapacity, "the buffer is full")
        let destination = unsafe base + count
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe destination.copyMemory(from: start, byteCount: source.count)
            }
        }
        written += bytes.count
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
