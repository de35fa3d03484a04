// The test process defines malloc itself and hands each call to glibc's own entry points, counting on the way.
// Sanitizers bring their own malloc; with them nothing is replaced and the count stays 0.
#include "TestAllocations.h"
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

static __thread uint64_t allocations __attribute__((tls_model("initial-exec")));

uint64_t tremolo_test_allocation_count(void) { return allocations; }

// The test runner asks Swift's runtime to be told of every error that is thrown, and boxes each to remember its
// backtrace. No process without a test runner does that, so its handler is passed by on a thread that counts.
typedef void throw_handler(void *error, const void *type, const void *conformance);
extern throw_handler *_Atomic _swift_willThrowTypedImpl __attribute__((weak));
static throw_handler *_Atomic runners_handler;
static __thread int counting __attribute__((tls_model("initial-exec")));

static void pass_by_while_counting(void *error, const void *type, const void *conformance) {
    throw_handler *handler = atomic_load(&runners_handler);
    if (counting == 0 && handler != NULL) handler(error, type, conformance);
}

void tremolo_test_begin_counting(void) {
    counting++;
    if (&_swift_willThrowTypedImpl == NULL) return;
    throw_handler *found = atomic_exchange(&_swift_willThrowTypedImpl, pass_by_while_counting);
    if (found != pass_by_while_counting) atomic_store(&runners_handler, found);
}

void tremolo_test_end_counting(void) { counting--; }

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
int tremolo_test_counts_allocations(void) { return 0; }
#else
int tremolo_test_counts_allocations(void) { return 1; }
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) { allocations++; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { allocations++; return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { allocations++; return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { allocations++; return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { allocations++; return __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
    allocations++;
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) return ENOMEM;
    *result = memory;
    return 0;
}
#endif
