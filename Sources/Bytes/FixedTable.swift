/// A table of a fixed number of plain values that one owner reads and writes in place.
///
/// What an array of the same values costs beside the access (a look at whether it is shared, a retain) is not here;
/// reading one element of an `InlineArray` copies the whole of it.
@safe
@usableFromInline
package struct FixedTable<Element: BitwiseCopyable>: ~Copyable {
    @usableFromInline let base: UnsafeMutablePointer<Element>
    /// Number of elements.
    @usableFromInline package let count: Int

    /// Makes a table of so many times the same value: its only allocation.
    package init(count: Int, of element: Element) {
        unsafe base = UnsafeMutablePointer<Element>.allocate(capacity: count)
        unsafe base.initialize(repeating: element, count: count)
        self.count = count
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Lends a part of the table.
    @inlinable
    package func withSpan<Result>(of range: Range<Int>, _ body: (Span<Element>) -> Result) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "the table ends before")
        return body(unsafe Span(_unsafeStart: base + range.lowerBound, count: range.count))
    }

    /// Overwrites the elements from `start` on.
    @inlinable
    package mutating func replace(from start: Int, with elements: Span<Element>) {
        precondition(start >= 0 && start + elements.count <= count, "the table ends before")
        unsafe elements.withUnsafeBufferPointer { elements in
            guard let first = elements.baseAddress else { return }
            unsafe (base + start).update(from: first, count: elements.count)
        }
    }

    /// Overwrites so many elements from `target` on with those of another table from `start` on.
    @inlinable
    package mutating func copy(
        _ length: Int, from other: borrowing FixedTable<Element>, at start: Int, to target: Int = 0
    ) {
        precondition(
            min(length, start, target) >= 0 && start + length <= other.count && target + length <= count,
            "a table ends before")
        unsafe (base + target).update(from: other.base + start, count: length)
    }

    /// The element at a place, from 0 up to `count`.
    @inlinable
    package subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "the table ends before")
            return unsafe base[index]
        }
        @inline(__always) set {
            precondition(index >= 0 && index < count, "the table ends before")
            unsafe base[index] = newValue
        }
    }
}
