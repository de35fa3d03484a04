// Counts the heap allocations of the calling thread, for tests that promise that there are none.
#pragma once
#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned ones) that the calling thread made since it started.
uint64_t tremolo_test_allocation_count(void);

/// 1 where allocations are counted, 0 under a sanitizer.
int tremolo_test_counts_allocations(void);

/// From here to the matching end the test runner does not look at errors that this thread throws.
void tremolo_test_begin_counting(void);
/// Ends what `tremolo_test_begin_counting` began.
void tremolo_test_end_counting(void);
