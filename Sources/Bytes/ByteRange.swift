/// A part of a buffer, by offsets: 8 bytes, so that a parsed request is a small table of places in the buffer it came in.
///
/// A range says nothing about which buffer it belongs to; it is meaningful only beside the bytes it was made from.
package struct ByteRange: Equatable, Hashable, Sendable {
    /// Offset of the first byte.
    package let start: UInt32
    /// Number of bytes.
    package let count: UInt32

    /// The range of no bytes at offset 0.
    package static let empty = ByteRange(start: 0, count: 0)

    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    /// The range from `range.lowerBound` up to `range.upperBound`. Offsets past 4 GiB are a bug of the caller.
    package init(_ range: Range<Int>) {
        self.start = UInt32(range.lowerBound)
        self.count = UInt32(range.count)
    }

    /// Offset behind the last byte.
    package var end: UInt32 { start + count }

    /// True when there is no byte in it.
    package var isEmpty: Bool { count == 0 }

    /// The offsets as `Span.extracting(_:)` wants them.
    package var offsets: Range<Int> { Int(start)..<Int(start) + Int(count) }
}
