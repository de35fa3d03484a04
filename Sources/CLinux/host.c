// Time, randomness, threads and the host.
#include "calls.h"

#include <endian.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t *followed_clock;

uint64_t tremolo_realtime_nanoseconds(void) {
    if (__builtin_expect(followed_clock == NULL, 1)) return clock_nanoseconds(CLOCK_REALTIME);
    // Below 2^63, whatever the file holds: sums of a time and a duration fit.
    return le64toh(__atomic_load_n(followed_clock, __ATOMIC_ACQUIRE)) & INT64_MAX;
}

long tremolo_map_clock(int descriptor, int writable, uint64_t **clock) {
    int access = PROT_READ | (writable ? PROT_WRITE : 0);
    void *mapped = mmap(NULL, sizeof **clock, access, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) return -errno;
    *clock = mapped;
    return 0;
}

void tremolo_set_clock(uint64_t *clock, uint64_t nanoseconds) {
    __atomic_store_n(clock, htole64(nanoseconds), __ATOMIC_RELEASE);
}

void tremolo_unmap_clock(uint64_t *clock) { munmap(clock, sizeof *clock); }

void tremolo_follow_clock(uint64_t *clock) { followed_clock = clock; }

uint64_t tremolo_monotonic_nanoseconds(void) { return clock_nanoseconds(CLOCK_MONOTONIC); }

uint64_t tremolo_thread_cpu_nanoseconds(void) { return clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

void tremolo_sleep(uint64_t nanoseconds) {
    struct timespec left = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

long tremolo_random(void *bytes, size_t count) {
    size_t filled = 0;
    while (filled < count) {
        long result = RETRY(getrandom((char *)bytes + filled, count - filled, 0));
        if (result < 0) return result;
        filled += (size_t)result;
    }
    return 0;
}

struct thread_start {
    void (*body)(void *);
    void *context;
};

static void *run_thread(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

long tremolo_thread_start(uint64_t *thread, size_t stack_bytes, void (*body)(void *), void *context) {
    struct thread_start *start = malloc(sizeof *start);
    if (start == NULL) return -ENOMEM;
    start->body = body;
    start->context = context;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack_bytes > 0) pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_t made;
    int failure = pthread_create(&made, &attributes, run_thread, start);
    pthread_attr_destroy(&attributes);
    if (failure != 0) {
        free(start);
        return -(long)failure;
    }
    *thread = (uint64_t)made;
    return 0;
}

long tremolo_thread_join(uint64_t thread) { return -(long)pthread_join((pthread_t)thread, NULL); }

void tremolo_thread_detach(uint64_t thread) { pthread_detach((pthread_t)thread); }

void tremolo_thread_name(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(pthread_self(), cut);
}

int tremolo_thread_number(void) { return gettid(); }

long tremolo_thread_niceness(int niceness) { return ONCE(setpriority(PRIO_PROCESS, (id_t)gettid(), niceness)); }

// The first version of the structure in linux/sched/types.h, which some C libraries declare and some don't.
struct scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t niceness;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

long tremolo_thread_slice(uint64_t nanoseconds) {
    struct scheduling wanted;
    long result = ONCE(syscall(SYS_sched_getattr, 0, &wanted, sizeof wanted, 0));
    if (result < 0) return result;
    wanted.runtime = nanoseconds;
    return ONCE(syscall(SYS_sched_setattr, 0, &wanted, 0));
}

void tremolo_thread_yield(void) { sched_yield(); }

long tremolo_thread_processor(int processor) {
    if (processor < 0 || processor >= CPU_SETSIZE) return -EINVAL;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    return ONCE(sched_setaffinity(0, sizeof only, &only));
}

long tremolo_thread_timer_slack(uint64_t nanoseconds) {
    return ONCE(prctl(PR_SET_TIMERSLACK, (unsigned long)nanoseconds, 0, 0, 0));
}

long tremolo_processor_count(void) {
    cpu_set_t allowed;
    long result = ONCE(sched_getaffinity(0, sizeof allowed, &allowed));
    if (result >= 0) return CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? online : 1;
}

int tremolo_may_run_on(int processor) {
    cpu_set_t allowed;
    if (processor < 0 || processor >= CPU_SETSIZE) return 0;
    if (ONCE(sched_getaffinity(0, sizeof allowed, &allowed)) < 0) return 0;
    return CPU_ISSET(processor, &allowed);
}

long tremolo_page_size(void) { return sysconf(_SC_PAGESIZE); }

long tremolo_process_id(void) { return getpid(); }

void tremolo_exit(int status) { exit(status); }

long tremolo_user_id(void) { return (long)geteuid(); }

long tremolo_is_terminal(int descriptor) { return isatty(descriptor) == 1; }

long tremolo_terminal_width(int descriptor) {
    struct winsize size;
    long result = ONCE(ioctl(descriptor, TIOCGWINSZ, &size));
    return result < 0 ? result : size.ws_col;
}

long tremolo_raise_descriptor_limit(void) {
    struct rlimit limit;
    long result = ONCE(getrlimit(RLIMIT_NOFILE, &limit));
    if (result < 0) return result;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        result = ONCE(setrlimit(RLIMIT_NOFILE, &limit));
        if (result < 0) return result;
    }
    return limit.rlim_cur > INT32_MAX ? INT32_MAX : (long)limit.rlim_cur;
}

long tremolo_resident_bytes(void) {
    int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -(long)errno;
    char text[128];
    long count = RETRY(read(descriptor, text, sizeof text - 1));
    close(descriptor);
    if (count < 0) return count;
    text[count] = 0;
    unsigned long whole = 0, resident = 0;
    if (sscanf(text, "%lu %lu", &whole, &resident) != 2) return -EINVAL;
    return (long)resident * sysconf(_SC_PAGESIZE);
}

const char *tremolo_environment(const char *name) { return getenv(name); }

long tremolo_remove_environment(const char *name) { return ONCE(unsetenv(name)); }
