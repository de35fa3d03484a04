import Foundation
import LinuxSystem
import Synchronization

/// A command that runs to its end, and what it took: nothing stands between the spawning and the program, so that a
/// command of few milliseconds is measured and not the shell or the pinning before it.
struct TimedCommand {
    /// From the spawning to the end.
    let wallSeconds: Double
    /// User and system time of the process, as wait4(2) gives it.
    let processorSeconds: Double
    /// The most memory that it was seen to have in use, looked at each millisecond; 0 for one that is gone before.
    let peakBytes: UInt64

    /// Runs a program from its path, with the environment of the bench and without an input.
    ///
    /// - Parameters:
    ///   - command: the program and its arguments.
    ///   - processor: the one that it stays on; nil for any.
    ///   - log: takes what it writes to standard output and error.
    /// - Throws: `unavailable` when it can't be started or ends with anything but 0.
    init(_ command: [String], processor: Int?, log: FileHandle) throws {
        let begin = Mutex<UInt64>(0)
        let spawned = Mutex<Result<Int32, BenchFailure>?>(nil)
        let descriptor = log.fileDescriptor
        // A child stays on the processor of the thread that spawned it.
        let thread = try SystemThread.start(name: "spawn", processor: processor) {
            begin.withLock { $0 = SystemClock.monotonicNanoseconds() }
            let result = Result { () throws(BenchFailure) in try Self.spawn(command, output: descriptor) }
            spawned.withLock { $0 = result }
        }
        thread.join()
        guard let id = try spawned.withLock({ $0 })?.get() else { preconditionFailure("the thread has ended") }
        let start = begin.withLock { $0 }

        var peak: UInt64 = 0
        var status: Int32 = 0
        var usage = rusage()
        var looks = 0
        while unsafe wait4(id, &status, WNOHANG, &usage) == 0 {
            // The kernel forgets the high-water mark with the process, so it is looked at until then.
            if looks % 10 == 0 { peak = max(peak, ProcessFacts.peakBytes(id) ?? 0) }
            looks += 1
            SystemThread.sleep(nanoseconds: 100_000)
        }
        wallSeconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        guard status == 0 else {
            throw BenchFailure.unavailable(command.joined(separator: " "), why: "its wait status is \(status)")
        }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        processorSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        peakBytes = peak
    }

    private static func spawn(_ command: [String], output: Int32) throws(BenchFailure) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var id: Int32 = 0
        let failure = unsafe posix_spawn(&id, command[0], &actions, nil, &words, environ)
        guard failure == 0 else {
            throw .unavailable(command[0], why: "it can't be started (errno \(failure))")
        }
        return id
    }
}
