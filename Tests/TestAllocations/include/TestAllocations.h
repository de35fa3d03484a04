// Counts the heap allocations of the calling thread, for tests that promise that there are none.
#pragma once
#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned ones) that the calling thread made since it started.
uint64_t tremolo_test_allocation_count(void);
