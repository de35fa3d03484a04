// Memory for large tables that are read at random: every look into one costs a walk through the page tables besides the
// miss, unless its pages are large.
#define _GNU_SOURCE
#include "CIntrinsics.h"

#include <sys/mman.h>

void *tremolo_zeroed_memory(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    // Where the kernel has no large pages, small ones do.
    if (bytes >= 4u << 20) (void)madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

void tremolo_release_memory(void *memory, size_t bytes) { (void)munmap(memory, bytes); }
