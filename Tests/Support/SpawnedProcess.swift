package import Foundation
import LinuxSystem
import Synchronization
import TestPrograms

/// A program that a test runs: Foundation's `Process` as far as tests need it, by posix_spawn(3) and waitpid(2).
///
/// Foundation learns of a child's end by a socket that the child inherits, and then waits for it on a thread that all
/// processes share. A program that closes what it inherits and lives on (ClickHouse does, and one whose socket of
/// systemd takes that number) stops that thread, and whoever waits for the end of any other program waits for that one,
/// too. Here each process has a thread that waits for it, and a child inherits nothing but its three streams.
package final class SpawnedProcess: Sendable {
    /// Why it ended.
    package enum TerminationReason: Sendable {
        /// It exited; `terminationStatus` is its status.
        case exit
        /// A signal ended it; `terminationStatus` is its number.
        case uncaughtSignal
    }

    private struct Settings {
        var executableURL: URL?
        var arguments: [String] = []
        var environment: [String: String]?
        var currentDirectoryURL: URL?
        var streams: [Int32: Stream] = [:]
        var identifier: Int32 = 0
        /// As waitpid(2) gives it; nil while it runs.
        var status: Int32?
    }

    private enum Stream {
        case handle(FileHandle)
        case pipe(Pipe)
    }

    private let settings = Mutex(Settings())
    private let ended = DispatchGroup()

    /// A process that does not run yet.
    package init() {}

    /// The program.
    package var executableURL: URL? {
        get { settings.withLock { $0.executableURL } }
        set { settings.withLock { $0.executableURL = newValue } }
    }

    /// Its arguments, its name left out.
    package var arguments: [String] {
        get { settings.withLock { $0.arguments } }
        set { settings.withLock { $0.arguments = newValue } }
    }

    /// Its variables; nil for those of this process.
    package var environment: [String: String]? {
        get { settings.withLock { $0.environment } }
        set { settings.withLock { $0.environment = newValue } }
    }

    /// Its working directory; nil for that of this process.
    package var currentDirectoryURL: URL? {
        get { settings.withLock { $0.currentDirectoryURL } }
        set { settings.withLock { $0.currentDirectoryURL = newValue } }
    }

    /// A `FileHandle` or a `Pipe`; what is not set is that of this process.
    package var standardInput: Any? {
        get { stream(0) }
        set { setStream(0, newValue) }
    }

    /// A `FileHandle` or a `Pipe`; what is not set is that of this process.
    package var standardOutput: Any? {
        get { stream(1) }
        set { setStream(1, newValue) }
    }

    /// A `FileHandle` or a `Pipe`; what is not set is that of this process.
    package var standardError: Any? {
        get { stream(2) }
        set { setStream(2, newValue) }
    }

    private func stream(_ number: Int32) -> Any? {
        settings.withLock { settings in
            switch settings.streams[number] {
            case .handle(let handle): handle as Any?
            case .pipe(let pipe): pipe as Any?
            case nil: nil
            }
        }
    }

    private func setStream(_ number: Int32, _ value: Any?) {
        settings.withLock { settings in
            switch value {
            case let handle as FileHandle: settings.streams[number] = .handle(handle)
            case let pipe as Pipe: settings.streams[number] = .pipe(pipe)
            default: settings.streams[number] = nil
            }
        }
    }

    /// Its id; 0 before it runs.
    package var processIdentifier: Int32 { settings.withLock { $0.identifier } }

    /// True from `run` to its end.
    package var isRunning: Bool { settings.withLock { $0.identifier != 0 && $0.status == nil } }

    /// Its exit status, or the signal's number. It has ended.
    package var terminationStatus: Int32 {
        let status = endStatus
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : status & 0x7F
    }

    /// Why it ended. It has ended.
    package var terminationReason: TerminationReason { endStatus & 0x7F == 0 ? .exit : .uncaughtSignal }

    private var endStatus: Int32 {
        guard let status = settings.withLock({ $0.status }) else { preconditionFailure("the process still runs") }
        return status
    }

    /// Starts it.
    package func run() throws {
        let identifier = try settings.withLock { settings in
            settings.identifier = try Self.spawn(settings)
            // The other ends of pipes are the child's alone now.
            for (number, stream) in settings.streams {
                guard case .pipe(let pipe) = stream else { continue }
                try (number == 0 ? pipe.fileHandleForReading : pipe.fileHandleForWriting).close()
            }
            return settings.identifier
        }
        ended.enter()
        Thread { [self] in
            var status: Int32 = 0
            while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            settings.withLock { $0.status = status }
            ended.leave()
        }.start()
    }

    /// Waits for its end.
    package func waitUntilExit() { ended.wait() }

    /// Sends it SIGTERM.
    package func terminate() { send(SIGTERM) }

    /// Sends it SIGINT.
    package func interrupt() { send(SIGINT) }

    private func send(_ signal: Int32) {
        let identifier = processIdentifier
        if isRunning { kill(identifier, signal) }
    }

    private static func spawn(_ settings: Settings) throws -> Int32 {
        guard let path = settings.executableURL?.path else { throw UnmetCondition(what: "a program to run") }
        let nothing = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let streams: [Int32] = (0..<3 as Range<Int32>).map { number in
            switch settings.streams[number] {
            // Foundation's null device has no descriptor.
            case .handle(let handle): handle.fileDescriptor < 0 ? nothing : handle.fileDescriptor
            case .pipe(let pipe):
                (number == 0 ? pipe.fileHandleForReading : pipe.fileHandleForWriting).fileDescriptor
            case nil: -1
            }
        }
        let variables = settings.environment ?? ProcessInfo.processInfo.environment
        let folder = settings.currentDirectoryURL?.path
        let result = unsafe withStrings([path] + settings.arguments) { arguments in
            unsafe withStrings(variables.map { "\($0.key)=\($0.value)" }) { environment in
                unsafe test_program_start(path, arguments, environment, folder, streams)
            }
        }
        guard result > 0 else {
            throw SystemError(call: .spawn, errno: Int32(truncatingIfNeeded: -result))
        }
        return Int32(truncatingIfNeeded: result)
    }

    /// Lends texts as C has lists of them.
    private static func withStrings<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a list ends with nothing") }
            return unsafe body(base)
        }
    }
}
