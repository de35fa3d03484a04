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
