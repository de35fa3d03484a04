// Lets the thread sanitizer see the slow half of Synchronization.Mutex, which the toolchain ships uninstrumented:
// without it, whatever two threads hand each other through a contended lock is reported as a race. `make check-thread`
// loads this into every process it starts; the functions lock and unlock as the library's own do, and say so to a
// sanitizer where there is one.
#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define HANDLE __attribute__((swift_context)) uint32_t *handle

__attribute__((swiftcall)) void lock_slow(uint32_t thread, HANDLE)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
__attribute__((swiftcall)) void unlock_slow(HANDLE) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

static void call(uint32_t *handle, int operation) {
    while (syscall(SYS_futex, handle, operation | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0) < 0) {
        // Locking twice, or unlocking what another thread holds, is a bug of the program.
        if (errno != EINTR && errno != EAGAIN) abort();
    }
}

__attribute__((swiftcall)) void lock_slow(uint32_t thread, HANDLE) {
    (void)thread;
    call(handle, FUTEX_LOCK_PI);
    if (__tsan_acquire != NULL) __tsan_acquire(handle);
}

__attribute__((swiftcall)) void unlock_slow(HANDLE) {
    if (__tsan_release != NULL) __tsan_release(handle);
    call(handle, FUTEX_UNLOCK_PI);
}
