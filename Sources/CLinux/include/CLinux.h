// The system calls of Linux as Swift wants them: one function a call, every one of them returns its result or the
// negated errno, and an interrupted call (EINTR) is made again, except where the comment says otherwise.
//
// Nothing here decides anything; LinuxSystem gives these functions types. The header includes no system header that
// depends on _GNU_SOURCE, so that it can stand beside Foundation and Dispatch.
#pragma once

#include <stddef.h>
#include <stdint.h>

// ---- errors
/// The name of an error number, such as "ENOSPC", or NULL.
const char *tremolo_error_name(int number);
/// What an error number means, such as "No space left on device", or NULL.
const char *tremolo_error_text(int number);

// ---- descriptors and files
enum {
    tremolo_open_read = 1,
    tremolo_open_write = 2,
    tremolo_open_create = 4,
    tremolo_open_exclusive = 8,
    tremolo_open_truncate = 16,
    tremolo_open_append = 32,
    tremolo_open_directory = 64,
    tremolo_open_no_follow = 128,
    tremolo_open_nonblocking = 256,
};

struct tremolo_status {
    uint64_t size;
    uint64_t inode;
    uint64_t device;
    int64_t modified_seconds;
    int64_t modified_nanoseconds;
    int64_t changed_seconds;
    int64_t changed_nanoseconds;
    uint64_t links;
    uint32_t mode;
    uint32_t user;
    uint32_t group;
};

/// Opens with O_CLOEXEC; `flags` are tremolo_open_*.
long tremolo_open(const char *path, int flags, unsigned permissions);
/// Not repeated on EINTR: on Linux the descriptor is gone either way.
long tremolo_close(int descriptor);
long tremolo_read(int descriptor, void *bytes, size_t count);
long tremolo_write(int descriptor, const void *bytes, size_t count);
/// Writes; where that raises SIGPIPE the signal is taken back and -EPIPE returned.
long tremolo_write_no_signal(int descriptor, const void *bytes, size_t count);
long tremolo_pread(int descriptor, void *bytes, size_t count, uint64_t offset);
long tremolo_pwrite(int descriptor, const void *bytes, size_t count, uint64_t offset);
/// posix_fadvise with POSIX_FADV_SEQUENTIAL and POSIX_FADV_NOREUSE. It is advice: nothing depends on it.
void tremolo_expect_one_reading(int descriptor);
/// sync_file_range with SYNC_FILE_RANGE_WRITE: begins to write a range out and doesn't wait for it.
long tremolo_start_writeback(int descriptor, uint64_t offset, uint64_t count);
/// Not repeated on EINTR: what a failed sync means is the caller's question.
long tremolo_fdatasync(int descriptor);
/// Not repeated on EINTR: what a failed sync means is the caller's question.
long tremolo_fsync(int descriptor);
long tremolo_ftruncate(int descriptor, uint64_t size);
/// memfd_create with MFD_CLOEXEC and MFD_ALLOW_SEALING.
long tremolo_memory_file(const char *name);
/// F_ADD_SEALS: the file in memory keeps its size and contents for good.
long tremolo_seal(int descriptor);
/// fallocate with FALLOC_FL_KEEP_SIZE.
long tremolo_preallocate(int descriptor, uint64_t size);
long tremolo_fstat(int descriptor, struct tremolo_status *status);
/// futimens: the time of the last write; that of the last read stays.
long tremolo_set_modified(int descriptor, uint64_t nanoseconds);
long tremolo_stat(const char *path, struct tremolo_status *status);
/// access with R_OK.
long tremolo_require_readable(const char *path);
/// The status of a symbolic link itself.
long tremolo_lstat(const char *path, struct tremolo_status *status);
long tremolo_mkdir(const char *path, unsigned permissions);
long tremolo_rename(const char *from, const char *to);
long tremolo_unlink(const char *path);
long tremolo_rmdir(const char *path);
long tremolo_link(const char *existing, const char *created);
long tremolo_symlink(const char *target, const char *created);
long tremolo_readlink(const char *path, char *bytes, size_t count);
/// realpath: the absolute path in which no name is a link; its length, or ENAMETOOLONG where `count` bytes don't hold
/// it.
long tremolo_resolve(const char *path, char *bytes, size_t count);
long tremolo_chmod(const char *path, unsigned permissions);
long tremolo_fchmod(int descriptor, unsigned permissions);
long tremolo_chown(const char *path, unsigned user, unsigned group);
/// Tries for the exclusive lock without waiting.
long tremolo_flock_exclusive(int descriptor);
/// Waits for the exclusive lock.
long tremolo_flock_await(int descriptor);
/// Bytes that this user may still write to the file system of `path`, and all that it has.
long tremolo_disk_space(const char *path, uint64_t *free_bytes, uint64_t *total_bytes);
/// Calls `each` with every name in a folder but "." and "..".
long tremolo_list(const char *path, void *context, void (*each)(void *context, const char *name));

// ---- sockets
enum {
    tremolo_family_unnamed = 0,
    tremolo_family_unix = 1,
    tremolo_family_ipv4 = 4,
    tremolo_family_ipv6 = 6,
};

/// An address; IPv4 stands in the low 32 bits of `low`, IPv6 in `high` and `low`, as numbers.
struct tremolo_address {
    uint64_t high;
    uint64_t low;
    uint16_t port;
    uint8_t family;
};

/// 0 when nobody listens on the address (EADDRINUSE otherwise). Port 0 is always free.
long tremolo_is_free_internet(const struct tremolo_address *address);

/// A listening, non-blocking TCP socket with SO_REUSEADDR and SO_REUSEPORT.
long tremolo_listen_internet(const struct tremolo_address *address, int backlog);
/// A listening, non-blocking stream socket at a path that must not exist yet, with that file mode.
long tremolo_listen_unix(const char *path, unsigned permissions, int backlog);
/// 1 for a descriptor that is a TCP socket which listens, 0 for anything else, -EBADF where nothing is open.
long tremolo_is_listening_internet(int descriptor);
/// Has an open descriptor that another process has made close with execve, FD_CLOEXEC.
long tremolo_set_close_on_exec(int descriptor);
/// A datagram socket in no place, whose sends wait at most so long.
long tremolo_open_datagrams(int timeout_milliseconds);
/// Sends one datagram to the socket of that name, unix(7): a path, or zero and a name of the abstract kind. It waits
/// for room where `waits` is not 0.
long tremolo_send_datagram(int socket, const void *name, size_t name_count, const void *bytes, size_t count,
                           int waits);
/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC.
long tremolo_accept(int listener, struct tremolo_address *peer);
/// Connects within the time; the socket is blocking afterwards, with that timeout on each receive and send.
/// For tremolo_family_unix `path` is the address. `source` is as for tremolo_connect_start.
long tremolo_connect(const struct tremolo_address *address, const char *path, const struct tremolo_address *source,
                     int timeout_milliseconds);
/// Begins to connect a non-blocking TCP socket with TCP_NODELAY, and does not wait. `source` is where it comes from
/// (its port is ignored: the kernel chooses one late, IP_BIND_ADDRESS_NO_PORT), or NULL.
long tremolo_connect_start(const struct tremolo_address *address, const struct tremolo_address *source);
/// The addresses that a name has, by getaddrinfo(3): how many were stored, `room` at most. It may wait for a name
/// server.
/// Where the name has none, 0, and `reason` says why in words that stay; it is NULL otherwise.
long tremolo_look_up(const char *name, struct tremolo_address *addresses, size_t room, const char **reason);
long tremolo_local_address(int socket, struct tremolo_address *address);
long tremolo_peer_address(int socket, struct tremolo_address *address);
long tremolo_receive(int socket, void *bytes, size_t count);
/// send with MSG_NOSIGNAL, and MSG_MORE when `more` is not 0.
long tremolo_send(int socket, const void *bytes, size_t count, int more);
long tremolo_shutdown_write(int socket);
/// Ends both directions.
long tremolo_shutdown(int socket);
long tremolo_set_no_delay(int socket);
long tremolo_set_congestion_control(int socket, const char *name);
long tremolo_set_nonblocking(int descriptor, int nonblocking);
/// SO_LINGER with 0 seconds: the next close resets the connection.
long tremolo_set_reset_on_close(int socket);
/// SO_RCVBUF or SO_SNDBUF; 0 leaves that side as it is.
long tremolo_set_buffers(int socket, int receive_bytes, int send_bytes);
/// The user id of the peer of a unix socket.
long tremolo_peer_user(int socket);
/// 1 when nothing more will come from the peer and nothing waits to be received, else 0.
int tremolo_peer_has_ended(int socket);

// ---- epoll, eventfd, signalfd
enum {
    tremolo_poll_readable = 1,
    tremolo_poll_writable = 2,
    tremolo_poll_peer_closed = 4,
    tremolo_poll_hang_up = 8,
    tremolo_poll_error = 16,
    tremolo_poll_edge = 32,
    tremolo_poll_exclusive = 64,
};

/// The most events that one wait hands over.
enum { tremolo_poll_events_max = 512 };

struct tremolo_poll_event {
    uint64_t token;
    uint32_t readiness;
};

long tremolo_poller_create(void);
long tremolo_poller_add(int poller, int descriptor, uint32_t interest, uint64_t token);
long tremolo_poller_modify(int poller, int descriptor, uint32_t interest, uint64_t token);
long tremolo_poller_remove(int poller, int descriptor);
/// Not repeated on EINTR: returns 0 events.
long tremolo_poller_wait(int poller, struct tremolo_poll_event *events, int capacity, int timeout_milliseconds);
/// As tremolo_poller_wait, to the nanosecond (epoll_pwait2; -1 waits for ever). Where the kernel has no such call the
/// time is cut to whole milliseconds, so that a wait never lasts longer than asked for.
long tremolo_poller_wait_nanoseconds(int poller, struct tremolo_poll_event *events, int capacity,
                                     int64_t timeout_nanoseconds);
/// A non-blocking eventfd.
long tremolo_wakeup_create(void);
long tremolo_wakeup_signal(int descriptor);
long tremolo_wakeup_drain(int descriptor);
/// Blocks the signals in `mask` (bit n: signal n) in the calling thread and opens a non-blocking signalfd for them.
long tremolo_signals_open(uint64_t mask);
/// The number of the next pending signal, or -EAGAIN.
long tremolo_signals_next(int descriptor);
/// SIGPIPE ignored in the whole process.
long tremolo_ignore_broken_pipe(void);
/// Puts a page of zeros where a mapped file has become shorter than its mapping (SIGBUS, BUS_ADRERR), instead of the
/// process's end.
long tremolo_survive_lost_pages(void);
/// kill; signal 0 only asks.
long tremolo_signal_process(int process, int signal);

// ---- time, randomness, threads, the host
/// CLOCK_REALTIME, or the clock that tremolo_follow_clock was given.
uint64_t tremolo_realtime_nanoseconds(void);
/// Maps the first 8 bytes of a file, little-endian nanoseconds since 1970, as a clock that processes share. The
/// descriptor may be closed after it.
long tremolo_map_clock(int descriptor, int writable, uint64_t **clock);
/// Sets such a clock, whole: no reader sees a part of two times.
void tremolo_set_clock(uint64_t *clock, uint64_t nanoseconds);
void tremolo_unmap_clock(uint64_t *clock);
/// Makes a mapped clock this process's realtime clock, for the rest of its life. Called before there is a second
/// thread.
void tremolo_follow_clock(uint64_t *clock);
uint64_t tremolo_monotonic_nanoseconds(void);
/// CPU time that the calling thread has used.
uint64_t tremolo_thread_cpu_nanoseconds(void);
/// Sleeps the whole time, interrupted or not.
void tremolo_sleep(uint64_t nanoseconds);
long tremolo_random(void *bytes, size_t count);
long tremolo_thread_start(uint64_t *thread, size_t stack_bytes, void (*body)(void *), void *context);
long tremolo_thread_join(uint64_t thread);
void tremolo_thread_detach(uint64_t thread);
void tremolo_thread_name(const char *name);
/// The number by which the kernel knows the calling thread, gettid(2).
int tremolo_thread_number(void);
/// Niceness of the calling thread alone.
long tremolo_thread_niceness(int niceness);
/// How long the calling thread runs at most while others wait, sched_setattr(2); kernels before 6.12 keep their own.
long tremolo_thread_slice(uint64_t nanoseconds);
/// Lets others run first, sched_yield.
void tremolo_thread_yield(void);
/// Binds the calling thread to one processor.
long tremolo_thread_processor(int processor);
/// How late the calling thread's timers may be, PR_SET_TIMERSLACK; the kernel's own is 50,000.
long tremolo_thread_timer_slack(uint64_t nanoseconds);
/// Processors that this process may run on.
long tremolo_processor_count(void);
/// 1 when this process may run on a processor, counted from 0.
int tremolo_may_run_on(int processor);
long tremolo_page_size(void);
long tremolo_process_id(void);

/// Ends the process, exit(3).
__attribute__((noreturn)) void tremolo_exit(int status);
long tremolo_user_id(void);
long tremolo_is_terminal(int descriptor);
/// Columns of a terminal, or -errno.
long tremolo_terminal_width(int descriptor);
/// Raises the soft limit of open descriptors to the hard one and returns it.
long tremolo_raise_descriptor_limit(void);
/// Resident memory of this process in bytes.
long tremolo_resident_bytes(void);
const char *tremolo_environment(const char *name);
/// Removes a variable, unsetenv(3). No other thread may run.
long tremolo_remove_environment(const char *name);

// Other programs

enum { tremolo_run_arguments_max = 64 };
/// Runs a program, which is looked for in PATH, to its end, fork(2), execvp(3) and waitpid(2): `count` texts that
/// follow each other, each ended by a zero byte, the first of them its name. Descriptors become 0, 1 and 2. Files
/// that it writes end at so many bytes, RLIMIT_FSIZE of setrlimit(2), as do those of what it starts. Returns the exit
/// status, 128 and the signal's number, or -errno.
long tremolo_run(
    const char *arguments, size_t count, int input, int output, int errors, unsigned long long output_bytes_max);
