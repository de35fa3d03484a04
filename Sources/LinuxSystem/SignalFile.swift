import CLinux
import Glibc

/// The signals that a server or a command cares about, signal(7).
package enum ProcessSignal: Int32, CaseIterable, Sendable {
    /// SIGHUP.
    case hangUp = 1
    /// SIGINT, control-C.
    case interrupt = 2
    /// SIGQUIT.
    case quit = 3
    /// SIGKILL, which nobody can take.
    case kill = 9
    /// SIGUSR1.
    case user1 = 10
    /// SIGUSR2.
    case user2 = 12
    /// SIGPIPE.
    case brokenPipe = 13
    /// SIGTERM.
    case terminate = 15
    /// SIGCHLD.
    case child = 17

    /// Sends the signal to a process, kill(2).
    package func send(to processID: Int32) throws(SystemError) {
        precondition(processID > 0, "a signal goes to one process")
        try check(tremolo_signal_process(processID, rawValue), .kill)
    }

    /// Lets the process live on when a file that it has mapped is made shorter by somebody else: where the file ended,
    /// zeros are read from then on, sigaction(2) with SIGBUS. SQLite maps the index of its log.
    package static func surviveLostPages() throws(SystemError) {
        try check(tremolo_survive_lost_pages(), .sigaction)
    }

    /// Lets the process live on when it writes to a pipe that nobody reads; the write fails with EPIPE.
    package static func ignoreBrokenPipe() throws(SystemError) {
        try check(tremolo_ignore_broken_pipe(), .sigaction)
    }
}

/// Signals as something to read, signalfd(2), instead of code that runs at any moment.
///
/// Made before any other thread starts: the signals are blocked in the calling thread and in those that it starts, and
/// a thread that was there before would still be killed by them. Child processes inherit the block.
package struct SignalFile: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// Blocks the signals and opens a descriptor for them.
    package init(_ signals: [ProcessSignal]) throws(SystemError) {
        let mask = signals.reduce(UInt64(0)) { $0 | 1 << UInt64($1.rawValue) }
        descriptor = FileDescriptor(
            owning: Int32(truncatingIfNeeded: try checked(tremolo_signals_open(mask), .signalfd)))
    }

    /// The number to add to a `Poller` with the interest `.readable`.
    package var rawValue: Int32 { descriptor.rawValue }

    /// Takes the next signal, or nil when none is pending.
    package func next() throws(SystemError) -> ProcessSignal? {
        let result = tremolo_signals_next(descriptor.rawValue)
        if result == -Int(EAGAIN) { return nil }
        return ProcessSignal(rawValue: Int32(truncatingIfNeeded: try checked(result, .read)))
    }
}
