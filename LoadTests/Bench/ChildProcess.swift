import Foundation
import LinuxSystem
import Synchronization

/// A program that the bench started: a server that is measured, or what measures it.
///
/// Every child ends with the bench, however that ends: `stop` ends one, `stopAll` what is left, and the kernel tells
/// the rest to end when the process that started them is gone (`setpriv --pdeathsig TERM`; KILL would leave nginx's
/// worker behind).
final class ChildProcess {
    private let process = Process()
    private let name: String
    private let log: FileHandle
    private static let living = Mutex<Set<Int32>>([])

    /// Starts a program in the working directory of the bench.
    ///
    /// - Parameters:
    ///   - command: the program, as a path or a name to look up, and its arguments.
    ///   - processor: the processors that it may use, as taskset(1) writes them; nil: all.
    ///   - log: the file that takes what it writes to standard output and error.
    ///   - input: what it reads from standard input.
    init(
        _ command: [String], processor: String? = nil, environment: [String: String] = [:], log: FileHandle,
        input: FileHandle = .nullDevice, output: Any? = nil
    ) throws(BenchFailure) {
        self.log = log
        name = command.first.map { String($0.split(separator: "/").last ?? "") } ?? ""
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let pinning = processor.map { ["taskset", "-c", $0] } ?? []
        process.arguments = ["setpriv", "--pdeathsig", "TERM"] + pinning + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = input
        process.standardOutput = output ?? log
        process.standardError = log
        do {
            try process.run()
        } catch {
            throw .unavailable(name, why: "it can't be started (\(error.localizedDescription))")
        }
        let id = process.processIdentifier
        Self.living.withLock { _ = $0.insert(id) }
    }

    /// Its process.
    var id: Int32 { process.processIdentifier }

    /// False once it has ended.
    var isRunning: Bool { process.isRunning }

    /// The last line that it wrote to its log; nil when there is none.
    var lastWords: String? {
        let path = "/proc/self/fd/\(log.fileDescriptor)"
        return ProcessFacts.text(path).split(separator: "\n").last.map(String.init)
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status, 128 and the signal's number when one ended it.
    func wait() -> Int32 {
        process.waitUntilExit()
        let id = process.processIdentifier
        Self.living.withLock { _ = $0.remove(id) }
        let isSignal = process.terminationReason == .uncaughtSignal
        return process.terminationStatus + (isSignal ? 128 : 0)
    }

    /// Ends it: politely, and after ten seconds for sure.
    func stop() {
        if process.isRunning { process.terminate() }
        let giveUp = SystemClock.monotonicNanoseconds() + 10_000_000_000
        while process.isRunning {
            if SystemClock.monotonicNanoseconds() > giveUp { try? ProcessSignal.kill.send(to: id) }
            SystemThread.sleep(nanoseconds: 2_000_000)
        }
        _ = wait()
    }

    /// Asks every child that still runs to end, and waits for at most five seconds: nginx takes its worker along only
    /// when it ends by itself. Safe on any thread.
    static func stopAll() {
        let children = living.withLock { $0 }
        for id in children { try? ProcessSignal.terminate.send(to: id) }
        let giveUp = SystemClock.monotonicNanoseconds() + 5_000_000_000
        while children.contains(where: Host.processExists), SystemClock.monotonicNanoseconds() < giveUp {
            SystemThread.sleep(nanoseconds: 5_000_000)
        }
    }

    /// What a program came to that ran to its end.
    struct Outcome {
        var status: Int32
        var output: String
    }

    /// Runs a program to its end and takes what it writes to standard output.
    static func run(
        _ command: [String], processor: String? = nil, environment: [String: String] = [:],
        input: FileHandle = .nullDevice, errors: FileHandle = .standardError
    ) throws(BenchFailure) -> Outcome {
        let pipe = Pipe()
        let child = try ChildProcess(
            command, processor: processor, environment: environment, log: errors, input: input, output: pipe)
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        return Outcome(status: child.wait(), output: String(decoding: data, as: UTF8.self))
    }
}
