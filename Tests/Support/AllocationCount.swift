import TestAllocations

/// True where `allocationCount` counts: without a sanitizer.
package var countsAllocations: Bool { tremolo_test_counts_allocations() != 0 }

/// Heap allocations that the calling thread makes while `body` runs, those aside that the test runner makes to remember
/// thrown errors. Under a sanitizer it is always 0.
package func allocationCount(during body: () throws -> Void) rethrows -> Int {
    tremolo_test_begin_counting()
    defer { tremolo_test_end_counting() }
    let before = tremolo_test_allocation_count()
    try body()
    return Int(tremolo_test_allocation_count() - before)
}
