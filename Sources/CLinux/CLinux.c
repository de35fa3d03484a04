#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ONCE(expression)                                                                                              \
    ({                                                                                                                \
        long once_result = (long)(expression);                                                                        \
        once_result < 0 ? -(long)errno : once_result;                                                                 \
    })

#define RETRY(expression)                                                                                             \
    ({                                                                                                                \
        long retry_result;                                                                                            \
        do {                                                                                                          \
            retry_result = ONCE(expression);                                                                          \
        } while (retry_result == -EINTR);                                                                             \
        retry_result;                                                                                                 \
    })

// ---- errors

const char *tremolo_error_name(int number) { return strerrorname_np(number); }

const char *tremolo_error_text(int number) { return strerrordesc_np(number); }

// ---- descriptors and files

long tremolo_open(const char *path, int flags, unsigned permissions) {
    int mode = O_CLOEXEC;
    int access = flags & (tremolo_open_read | tremolo_open_write);
    if (access == (tremolo_open_read | tremolo_open_write)) mode |= O_RDWR;
    if (access == tremolo_open_write) mode |= O_WRONLY;
    if (flags & tremolo_open_create) mode |= O_CREAT;
    if (flags & tremolo_open_exclusive) mode |= O_EXCL;
    if (flags & tremolo_open_truncate) mode |= O_TRUNC;
    if (flags & tremolo_open_append) mode |= O_APPEND;
    if (flags & tremolo_open_directory) mode |= O_DIRECTORY;
    if (flags & tremolo_open_no_follow) mode |= O_NOFOLLOW;
    if (flags & tremolo_open_nonblocking) mode |= O_NONBLOCK;
    return RETRY(open(path, mode, (mode_t)permissions));
}

long tremolo_close(int descriptor) {
    long result = ONCE(close(descriptor));
    return result == -EINTR ? 0 : result;
}

long tremolo_read(int descriptor, void *bytes, size_t count) { return RETRY(read(descriptor, bytes, count)); }

long tremolo_write(int descriptor, const void *bytes, size_t count) { return RETRY(write(descriptor, bytes, count)); }

long tremolo_write_no_signal(int descriptor, const void *bytes, size_t count) {
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    int was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    long result = RETRY(write(descriptor, bytes, count));
    if (result == -EPIPE && !was_pending) {
        struct timespec at_once = {0, 0};
        while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

long tremolo_pread(int descriptor, void *bytes, size_t count, uint64_t offset) {
    return RETRY(pread(descriptor, bytes, count, (off_t)offset));
}

long tremolo_pwrite(int descriptor, const void *bytes, size_t count, uint64_t offset) {
    return RETRY(pwrite(descriptor, bytes, count, (off_t)offset));
}

long tremolo_fdatasync(int descriptor) { return ONCE(fdatasync(descriptor)); }

long tremolo_fsync(int descriptor) { return ONCE(fsync(descriptor)); }

long tremolo_ftruncate(int descriptor, uint64_t size) { return RETRY(ftruncate(descriptor, (off_t)size)); }

long tremolo_preallocate(int descriptor, uint64_t size) {
    return RETRY(fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)size));
}

static long status_from(long result, const struct stat *from, struct tremolo_status *to) {
    if (result < 0) return result;
    to->size = (uint64_t)from->st_size;
    to->inode = (uint64_t)from->st_ino;
    to->device = (uint64_t)from->st_dev;
    to->modified_seconds = (int64_t)from->st_mtim.tv_sec;
    to->modified_nanoseconds = (int64_t)from->st_mtim.tv_nsec;
    to->links = (uint64_t)from->st_nlink;
    to->mode = (uint32_t)from->st_mode;
    to->user = (uint32_t)from->st_uid;
    to->group = (uint32_t)from->st_gid;
    return 0;
}

long tremolo_fstat(int descriptor, struct tremolo_status *status) {
    struct stat found;
    return status_from(RETRY(fstat(descriptor, &found)), &found, status);
}

long tremolo_stat(const char *path, struct tremolo_status *status) {
    struct stat found;
    return status_from(RETRY(stat(path, &found)), &found, status);
}

long tremolo_lstat(const char *path, struct tremolo_status *status) {
    struct stat found;
    return status_from(RETRY(lstat(path, &found)), &found, status);
}

long tremolo_mkdir(const char *path, unsigned permissions) { return RETRY(mkdir(path, (mode_t)permissions)); }

long tremolo_rename(const char *from, const char *to) { return RETRY(rename(from, to)); }

long tremolo_unlink(const char *path) { return RETRY(unlink(path)); }

long tremolo_rmdir(const char *path) { return RETRY(rmdir(path)); }

long tremolo_link(const char *existing, const char *created) { return RETRY(link(existing, created)); }

long tremolo_symlink(const char *target, const char *created) { return RETRY(symlink(target, created)); }

long tremolo_readlink(const char *path, char *bytes, size_t count) { return RETRY(readlink(path, bytes, count)); }

long tremolo_chmod(const char *path, unsigned permissions) { return RETRY(chmod(path, (mode_t)permissions)); }

long tremolo_fchmod(int descriptor, unsigned permissions) { return RETRY(fchmod(descriptor, (mode_t)permissions)); }

long tremolo_flock_exclusive(int descriptor) { return RETRY(flock(descriptor, LOCK_EX | LOCK_NB)); }

long tremolo_free_bytes(const char *path, uint64_t *bytes) {
    struct statvfs found;
    long result = RETRY(statvfs(path, &found));
    if (result < 0) return result;
    *bytes = (uint64_t)found.f_bavail * (uint64_t)found.f_frsize;
    return 0;
}

long tremolo_list(const char *path, void *context, void (*each)(void *context, const char *name)) {
    DIR *folder = opendir(path);
    if (folder == NULL) return -(long)errno;
    long result = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            result = -(long)errno;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) each(context, entry->d_name);
    }
    closedir(folder);
    return result;
}

// ---- sockets

struct any_address {
    union {
        struct sockaddr header;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    } as;
    socklen_t length;
};

static void store_big_endian(uint8_t *bytes, uint64_t value) {
    for (int index = 0; index < 8; index++) bytes[index] = (uint8_t)(value >> (56 - 8 * index));
}

static uint64_t load_big_endian(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int index = 0; index < 8; index++) value = value << 8 | bytes[index];
    return value;
}

static long make_address(const struct tremolo_address *from, const char *path, struct any_address *to) {
    memset(to, 0, sizeof *to);
    switch (from->family) {
    case tremolo_family_ipv4:
        to->as.ipv4.sin_family = AF_INET;
        to->as.ipv4.sin_port = htons(from->port);
        to->as.ipv4.sin_addr.s_addr = htonl((uint32_t)from->low);
        to->length = sizeof to->as.ipv4;
        return 0;
    case tremolo_family_ipv6:
        to->as.ipv6.sin6_family = AF_INET6;
        to->as.ipv6.sin6_port = htons(from->port);
        store_big_endian(to->as.ipv6.sin6_addr.s6_addr, from->high);
        store_big_endian(to->as.ipv6.sin6_addr.s6_addr + 8, from->low);
        to->length = sizeof to->as.ipv6;
        return 0;
    case tremolo_family_unix: {
        size_t length = path == NULL ? 0 : strlen(path);
        if (length == 0) return -EINVAL;
        if (length >= sizeof to->as.local.sun_path) return -ENAMETOOLONG;
        to->as.local.sun_family = AF_UNIX;
        memcpy(to->as.local.sun_path, path, length + 1);
        to->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
        return 0;
    }
    default:
        return -EAFNOSUPPORT;
    }
}

static void read_address(const struct any_address *from, struct tremolo_address *to) {
    memset(to, 0, sizeof *to);
    if (from->length < sizeof(sa_family_t)) return;
    switch (from->as.header.sa_family) {
    case AF_INET:
        to->family = tremolo_family_ipv4;
        to->port = ntohs(from->as.ipv4.sin_port);
        to->low = ntohl(from->as.ipv4.sin_addr.s_addr);
        break;
    case AF_INET6:
        to->family = tremolo_family_ipv6;
        to->port = ntohs(from->as.ipv6.sin6_port);
        to->high = load_big_endian(from->as.ipv6.sin6_addr.s6_addr);
        to->low = load_big_endian(from->as.ipv6.sin6_addr.s6_addr + 8);
        break;
    case AF_UNIX:
        to->family = tremolo_family_unix;
        break;
    default:
        break;
    }
}

/// Closes a socket that could not be finished, and hands the reason on.
static long give_up(int socket, long reason) {
    close(socket);
    return reason;
}

long tremolo_is_free_internet(const struct tremolo_address *address) {
    struct any_address place;
    long result = make_address(address, NULL, &place);
    if (result < 0) return result;
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int probe = (int)made, on = 1;
    // Without SO_REUSEPORT the kernel refuses an address that any other socket listens on; SO_REUSEADDR lets one pass
    // whose old connections are still dying.
    result = ONCE(setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    if (result >= 0) result = ONCE(bind(probe, &place.as.header, place.length));
    close(probe);
    return result < 0 ? result : 0;
}

long tremolo_listen_internet(const struct tremolo_address *address, int backlog) {
    struct any_address place;
    long result = make_address(address, NULL, &place);
    if (result < 0) return result;
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int listener = (int)made, on = 1, off = 0;
    if (place.as.header.sa_family == AF_INET6) {
        result = ONCE(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
        if (result < 0) return give_up(listener, result);
    }
    result = ONCE(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    if (result < 0) return give_up(listener, result);
    result = ONCE(setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
    if (result < 0) return give_up(listener, result);
    result = ONCE(bind(listener, &place.as.header, place.length));
    if (result < 0) return give_up(listener, result);
    result = ONCE(listen(listener, backlog));
    if (result < 0) return give_up(listener, result);
    return listener;
}

long tremolo_listen_unix(const char *path, unsigned permissions, int backlog) {
    struct tremolo_address address = {0, 0, 0, tremolo_family_unix};
    struct any_address place;
    long result = make_address(&address, path, &place);
    if (result < 0) return result;
    long made = ONCE(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int listener = (int)made;
    // The mode of the socket's own inode is what bind gives to the file: there is no moment with a wider one.
    result = ONCE(fchmod(listener, (mode_t)permissions));
    if (result < 0) return give_up(listener, result);
    result = ONCE(bind(listener, &place.as.header, place.length));
    if (result < 0) return give_up(listener, result);
    result = ONCE(chmod(path, (mode_t)permissions));
    if (result < 0) return give_up(listener, result);
    result = ONCE(listen(listener, backlog));
    if (result < 0) return give_up(listener, result);
    return listener;
}

long tremolo_accept(int listener, struct tremolo_address *peer) {
    struct any_address place;
    place.length = sizeof place.as;
    long result = RETRY(accept4(listener, &place.as.header, &place.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (result >= 0) read_address(&place, peer);
    return result;
}

static long set_timeouts(int socket, int milliseconds) {
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    long result = ONCE(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    if (result < 0) return result;
    return ONCE(setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
}

static long await_connection(int socket, int timeout_milliseconds) {
    struct pollfd wait = {socket, POLLOUT, 0};
    long ready = RETRY(poll(&wait, 1, timeout_milliseconds));
    if (ready < 0) return ready;
    if (ready == 0) return -ETIMEDOUT;
    int failure = 0;
    socklen_t length = sizeof failure;
    long result = ONCE(getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &length));
    return result < 0 ? result : -(long)failure;
}

long tremolo_connect(const struct tremolo_address *address, const char *path, int timeout_milliseconds) {
    struct any_address place;
    long result = make_address(address, path, &place);
    if (result < 0) return result;
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int client = (int)made;
    result = ONCE(connect(client, &place.as.header, place.length));
    if (result == -EINPROGRESS || result == -EINTR) result = await_connection(client, timeout_milliseconds);
    if (result < 0) return give_up(client, result);
    result = tremolo_set_nonblocking(client, 0);
    if (result < 0) return give_up(client, result);
    result = set_timeouts(client, timeout_milliseconds);
    if (result < 0) return give_up(client, result);
    return client;
}

long tremolo_local_address(int socket, struct tremolo_address *address) {
    struct any_address place;
    place.length = sizeof place.as;
    long result = ONCE(getsockname(socket, &place.as.header, &place.length));
    if (result >= 0) read_address(&place, address);
    return result;
}

long tremolo_peer_address(int socket, struct tremolo_address *address) {
    struct any_address place;
    place.length = sizeof place.as;
    long result = ONCE(getpeername(socket, &place.as.header, &place.length));
    if (result >= 0) read_address(&place, address);
    return result;
}

long tremolo_receive(int socket, void *bytes, size_t count) { return RETRY(recv(socket, bytes, count, 0)); }

long tremolo_send(int socket, const void *bytes, size_t count, int more) {
    return RETRY(send(socket, bytes, count, MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
}

long tremolo_shutdown_write(int socket) { return ONCE(shutdown(socket, SHUT_WR)); }

long tremolo_set_no_delay(int socket) {
    int on = 1;
    return ONCE(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

long tremolo_set_nonblocking(int descriptor, int nonblocking) {
    long flags = ONCE(fcntl(descriptor, F_GETFL));
    if (flags < 0) return flags;
    return ONCE(fcntl(descriptor, F_SETFL, (int)(nonblocking ? flags | O_NONBLOCK : flags & ~(long)O_NONBLOCK)));
}

long tremolo_set_reset_on_close(int socket) {
    struct linger at_once = {1, 0};
    return ONCE(setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
}

long tremolo_set_buffers(int socket, int receive_bytes, int send_bytes) {
    long result = 0;
    if (receive_bytes > 0) {
        result = ONCE(setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes));
        if (result < 0) return result;
    }
    if (send_bytes > 0) result = ONCE(setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes));
    return result;
}

long tremolo_peer_user(int socket) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    long result = ONCE(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length));
    return result < 0 ? result : (long)peer.uid;
}

// ---- epoll, eventfd, signalfd

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

long tremolo_ignore_broken_pipe(void) {
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    return ONCE(sigaction(SIGPIPE, &ignore, NULL));
}

long tremolo_signal_process(int process, int signal) { return ONCE(kill((pid_t)process, signal)); }

// ---- time, randomness, threads, the host

static uint64_t clock_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t tremolo_realtime_nanoseconds(void) { return clock_nanoseconds(CLOCK_REALTIME); }

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

long tremolo_thread_niceness(int niceness) { return ONCE(setpriority(PRIO_PROCESS, (id_t)gettid(), niceness)); }

long tremolo_thread_processor(int processor) {
    if (processor < 0 || processor >= CPU_SETSIZE) return -EINVAL;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    return ONCE(sched_setaffinity(0, sizeof only, &only));
}

long tremolo_processor_count(void) {
    cpu_set_t allowed;
    long result = ONCE(sched_getaffinity(0, sizeof allowed, &allowed));
    if (result >= 0) return CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? online : 1;
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
