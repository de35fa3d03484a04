/// A part of a buffer, by offsets: 8 bytes, so that a parsed request is a small table of places in the buffer it came
/// in.
///
/// A range says nothing about which buffer it belongs to; it is meaningful only beside the bytes it was made from.
@usableFromInline
package struct ByteRange: Equatable, Hashable, Sendable, BitwiseCopyable {
    /// Offset of the first byte.
    @usableFromInline package let start: UInt32
    /// Number of bytes.
    @usableFromInline package let count: UInt32

    /// The range of no bytes at offset 0.
    @usableFromInline package static let empty = ByteRange(start: 0, count: 0)

    @inlinable
    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    /// The range from `range.lowerBound` up to `range.upperBound`. Offsets past 4 GiB are a bug of the caller.
    @inlinable
    package init(_ range: Range<Int>) {
        self.start = UInt32(range.lowerBound)
        self.count = UInt32(range.count)
    }

    /// Offset behind the last byte.
    @inlinable
    package var end: UInt32 { start + count }

    /// True when there is no byte in it.
    @inlinable
    package var isEmpty: Bool { count == 0 }

    /// The offsets as `Span.extracting(_:)` wants them.
    @inlinable
    package var offsets: Range<Int> { Int(start)..<Int(start) + Int(count) }
}
