// epoll, eventfd and signalfd.
#include "calls.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint32_t events_of(uint32_t interest) {
    uint32_t events = 0;
    if (interest & tremolo_poll_readable) events |= EPOLLIN;
    if (interest & tremolo_poll_writable) events |= EPOLLOUT;
    if (interest & tremolo_poll_peer_closed) events |= EPOLLRDHUP;
    if (interest & tremolo_poll_edge) events |= EPOLLET;
    if (interest & tremolo_poll_exclusive) events |= EPOLLEXCLUSIVE;
    return events;
}

static uint32_t readiness_of(uint32_t events) {
    uint32_t readiness = 0;
    if (events & EPOLLIN) readiness |= tremolo_poll_readable;
    if (events & EPOLLOUT) readiness |= tremolo_poll_writable;
    if (events & EPOLLRDHUP) readiness |= tremolo_poll_peer_closed;
    if (events & EPOLLHUP) readiness |= tremolo_poll_hang_up;
    if (events & EPOLLERR) readiness |= tremolo_poll_error;
    return readiness;
}

static long control(int poller, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = events_of(interest), .data.u64 = token};
    return ONCE(epoll_ctl(poller, operation, descriptor, &event));
}

long tremolo_poller_create(void) { return ONCE(epoll_create1(EPOLL_CLOEXEC)); }

long tremolo_poller_add(int poller, int descriptor, uint32_t interest, uint64_t token) {
    return control(poller, EPOLL_CTL_ADD, descriptor, interest, token);
}

long tremolo_poller_modify(int poller, int descriptor, uint32_t interest, uint64_t token) {
    return control(poller, EPOLL_CTL_MOD, descriptor, interest, token);
}

long tremolo_poller_remove(int poller, int descriptor) { return control(poller, EPOLL_CTL_DEL, descriptor, 0, 0); }

long tremolo_poller_wait(int poller, struct tremolo_poll_event *events, int capacity, int timeout_milliseconds) {
    struct epoll_event ready[tremolo_poll_events_max];
    int most = capacity < tremolo_poll_events_max ? capacity : tremolo_poll_events_max;
    long result = ONCE(epoll_wait(poller, ready, most, timeout_milliseconds));
    for (long index = 0; index < result; index++) {
        events[index].token = ready[index].data.u64;
        events[index].readiness = readiness_of(ready[index].events);
    }
    return result == -EINTR ? 0 : result;
}

long tremolo_poller_wait_nanoseconds(int poller, struct tremolo_poll_event *events, int capacity,
                                     int64_t timeout_nanoseconds) {
    struct epoll_event ready[tremolo_poll_events_max];
    int most = capacity < tremolo_poll_events_max ? capacity : tremolo_poll_events_max;
    long result;
    if (timeout_nanoseconds == 0) {
        result = ONCE(epoll_wait(poller, ready, most, 0));
    } else {
        struct timespec time = {timeout_nanoseconds / 1000000000, timeout_nanoseconds % 1000000000};
        result = ONCE(syscall(SYS_epoll_pwait2, poller, ready, most, timeout_nanoseconds < 0 ? NULL : &time, NULL, 0));
        if (result == -ENOSYS) {
            int64_t milliseconds = timeout_nanoseconds < 0 ? -1 : timeout_nanoseconds / 1000000;
            if (milliseconds > INT32_MAX) milliseconds = INT32_MAX;
            result = ONCE(epoll_wait(poller, ready, most, (int)milliseconds));
        }
    }
    for (long index = 0; index < result; index++) {
        events[index].token = ready[index].data.u64;
        events[index].readiness = readiness_of(ready[index].events);
    }
    return result == -EINTR ? 0 : result;
}

long tremolo_wakeup_create(void) { return ONCE(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

long tremolo_wakeup_signal(int descriptor) {
    uint64_t one = 1;
    long result = RETRY(write(descriptor, &one, sizeof one));
    // A counter that is full is a signal that nobody has taken yet: the waiter wakes up all the same.
    return result == -EAGAIN ? 0 : result;
}

long tremolo_wakeup_drain(int descriptor) {
    uint64_t count;
    long result = RETRY(read(descriptor, &count, sizeof count));
    return result == -EAGAIN ? 0 : result;
}

long tremolo_signals_open(uint64_t mask) {
    sigset_t signals;
    sigemptyset(&signals);
    for (int number = 1; number < 64; number++) {
        if (mask >> number & 1) sigaddset(&signals, number);
    }
    int failure = pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (failure != 0) return -(long)failure;
    return ONCE(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

long tremolo_signals_next(int descriptor) {
    struct signalfd_siginfo found;
    long result = RETRY(read(descriptor, &found, sizeof found));
    return result < 0 ? result : (long)found.ssi_signo;
}

// Runs at the access that failed, on whatever thread it was. Only system calls are made here.
static void replace_lost_page(int number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)((uintptr_t)info->si_addr & ~(size - 1));
    if (info->si_code == BUS_ADRERR &&
        mmap(page, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
        return;
    }
    // The access is tried again, and ends the process as it would have.
    signal(number, SIG_DFL);
}

long tremolo_survive_lost_pages(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = replace_lost_page;
    action.sa_flags = SA_SIGINFO;
    return ONCE(sigaction(SIGBUS, &action, NULL));
}

long tremolo_ignore_broken_pipe(void) {
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    return ONCE(sigaction(SIGPIPE, &ignore, NULL));
}

long tremolo_signal_process(int process, int signal) { return ONCE(kill((pid_t)process, signal)); }
