import CLinux
import Glibc

/// A system call that failed, and why: the one error that this room throws.
///
/// LinuxSystem is where every system call of the project is made. Each call has a type here that owns what it opened
/// (`FileDescriptor`, `ListenerSocket`, `Poller`, `Wakeup`, `SignalFile`, `SystemThread`) or a namespace that works on
/// raw numbers and paths (`Sockets`, `Files`, `Host`). Three rules hold for all of it:
///
/// - An interrupted call (EINTR) is made again here; no caller sees it.
/// - What is no failure is no error: a socket that would block, the end of a stream and a short write are values.
/// - Nothing is decided here. Whether a full disk matters, and how often to try again, is the caller's question.
///
/// The room knows nothing of HTTP or tracking. It promises no portability: it is Linux, 5.4 or later.
package struct SystemError: Error, Equatable, Sendable {
    /// The call that failed.
    package let call: SystemCall
    /// The error number as the kernel gave it, a positive number of errno(3).
    package let errno: Int32

    /// Makes the error of a call.
    package init(call: SystemCall, errno: Int32) {
        self.call = call
        self.errno = errno
    }

    /// The file system is full, or the user's quota is used up (ENOSPC, EDQUOT).
    package var isNoSpace: Bool { errno == ENOSPC || errno == EDQUOT }
    /// There is no such file or folder (ENOENT).
    package var isNotFound: Bool { errno == ENOENT }
    /// A part of the path in front of its last name is no folder (ENOTDIR).
    package var isBehindNoFolder: Bool { errno == ENOTDIR }
    /// There is such a file already (EEXIST).
    package var isAlreadyThere: Bool { errno == EEXIST }
    /// The folder holds something (ENOTEMPTY, or EEXIST from rmdir).
    package var isNotEmpty: Bool { errno == ENOTEMPTY || (call == .rmdir && errno == EEXIST) }
    /// The user may not do that (EACCES, EPERM), or the file system can't be written to (EROFS).
    package var isNoPermission: Bool { errno == EACCES || errno == EPERM || errno == EROFS }
    /// The address is taken by another socket (EADDRINUSE).
    package var isAddressInUse: Bool { errno == EADDRINUSE }
    /// The file is larger than is read (EFBIG).
    package var isTooLarge: Bool { errno == EFBIG }
    /// The medium failed (EIO).
    package var isInputOutput: Bool { errno == EIO }
    /// The call would have to wait (EAGAIN).
    package var isWouldBlock: Bool { errno == EAGAIN }
    /// The process or the system has no descriptor left, or no memory for one (EMFILE, ENFILE, ENOBUFS, ENOMEM).
    package var isOutOfDescriptors: Bool {
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM
    }
    /// The peer is gone (ECONNRESET, EPIPE, ECONNABORTED).
    package var isConnectionLost: Bool { errno == ECONNRESET || errno == EPIPE || errno == ECONNABORTED }
    /// Nobody listens there (ECONNREFUSED, or ENOENT for a socket in the file system).
    package var isNobodyListening: Bool { errno == ECONNREFUSED || errno == ENOENT }
    /// The time that was given ran out (ETIMEDOUT).
    package var isTimeout: Bool { errno == ETIMEDOUT }
    /// The file system can't do that (EOPNOTSUPP, ENOSYS).
    package var isUnsupported: Bool { errno == EOPNOTSUPP || errno == ENOSYS }
}

extension SystemError {
    /// A full file system, for tests and simulated disks.
    package static func noSpace(in call: SystemCall) -> SystemError { SystemError(call: call, errno: ENOSPC) }
    /// A failed medium, for tests and simulated disks.
    package static func inputOutput(in call: SystemCall) -> SystemError { SystemError(call: call, errno: EIO) }
    /// A call that a signal broke off, for simulated disks: the shim repeats those that can be repeated.
    package static func interrupted(in call: SystemCall) -> SystemError { SystemError(call: call, errno: EINTR) }
    /// A missing file, for tests and simulated disks.
    package static func notFound(in call: SystemCall) -> SystemError { SystemError(call: call, errno: ENOENT) }
}

extension SystemError {
    /// Time that ran out on a blocking socket.
    package static func timeout(in call: SystemCall) -> SystemError { SystemError(call: call, errno: ETIMEDOUT) }
}

extension SystemError {
    /// A peer that ended in the middle.
    package static func connectionLost(in call: SystemCall) -> SystemError {
        SystemError(call: call, errno: ECONNRESET)
    }
}

extension SystemError: CustomStringConvertible {
    /// Such as `pwrite: No space left on device (ENOSPC)`.
    package var description: String { "\(call.rawValue): \(reason)" }

    /// Such as `No space left on device (ENOSPC)`.
    package var reason: String {
        guard let name = unsafe tremolo_error_name(errno), let text = unsafe tremolo_error_text(errno) else {
            return "error \(errno)"
        }
        return unsafe "\(String(cString: text)) (\(String(cString: name)))"
    }
}

/// The system calls that can fail, by the names of their manual pages.
package enum SystemCall: String, Equatable, Sendable {
    case open, close, read, write, pread, pwrite, fdatasync, fsync, ftruncate, fallocate, fstat, futimens, stat, access,
        mkdir, rename
    case unlink, rmdir, link, symlink, readlink, realpath, chmod, chown, flock, statvfs, opendir
    case socket, bind, accept = "accept4", connect, getsockname, getpeername, setsockopt, getsockopt, recv, send,
        shutdown
    case memfdCreate = "memfd_create"
    case fcntl
    case epollCreate = "epoll_create1"
    case epollControl = "epoll_ctl"
    case epollWait = "epoll_wait"
    case eventfd, signalfd, kill, sigaction
    case pthreadCreate = "pthread_create"
    case pthreadJoin = "pthread_join"
    case setpriority
    case schedSetAffinity = "sched_setaffinity"
    case getrandom, setrlimit, mmap
    case spawn = "posix_spawn"
    case getaddrinfo
}

/// Turns what a shim returned into a result or a typed error.
func checked(_ result: Int, _ call: SystemCall) throws(SystemError) -> Int {
    guard result >= 0 else { throw SystemError(call: call, errno: Int32(truncatingIfNeeded: -result)) }
    return result
}

/// As `checked`, for a call whose result says nothing but that it worked.
func check(_ result: Int, _ call: SystemCall) throws(SystemError) {
    _ = try checked(result, call)
}
