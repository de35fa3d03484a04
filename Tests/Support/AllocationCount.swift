import TestAllocations

/// Heap allocations that the calling thread makes while `body` runs. Under a sanitizer it is always 0.
package func allocationCount(during body: () throws -> Void) rethrows -> Int {
    let before = tremolo_test_allocation_count()
    try body()
    return Int(tremolo_test_allocation_count() - before)
}
