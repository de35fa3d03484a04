import Foundation
import TestSupport
import Testing

/// A command that goes on until the test ends it; its standard output is read line by line, or all of it at the end.
final class BackgroundCommand {
    private let process = SpawnedProcess()
    private let output = Pipe()
    private let errors = Pipe()
    private var pending = ""

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: tremoloBinary())
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// The next line, waited for; nil when the command has ended.
    func nextLine() -> String? {
        while true {
            if let end = pending.firstIndex(of: "\n") {
                let line = String(pending[..<end])
                pending.removeSubrange(...end)
                return line
            }
            let chunk = output.fileHandleForReading.availableData
            if chunk.isEmpty { return nil }
            pending += String(decoding: chunk, as: UTF8.self)
        }
    }

    /// True until it has ended.
    var isRunning: Bool { process.isRunning }

    /// Its process.
    var identifier: Int32 { process.processIdentifier }

    /// Sends it a signal.
    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// True when it has blocked a signal, as proc(5) says: it takes it when it asks for it.
    func blocks(_ signal: Int32) throws -> Bool {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) } ?? 0
        return mask & 1 << UInt64(signal - 1) != 0
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status, or the negative signal number that ended it, and what it wrote and was not read yet.
    func result() -> (status: Int32, output: String, errors: String) {
        let output = pending + String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let status = process.terminationStatus
        return (process.terminationReason == .uncaughtSignal ? -status : status, output, errors)
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status and the bytes that it wrote.
    func bytes() -> (status: Int32, output: Data) {
        let output = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Ends it. A child of a test may have SIGTERM blocked, as the thread that made it had.
    func end() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// The report of a running server once nothing is pending: a report waits 2 s at most for the server to count, which a
/// busy machine may exceed.
func countedReport(_ arguments: [String], environment: [String: String] = [:]) throws -> JSONDocument {
    let start = ContinuousClock.now
    while true {
        let report = try tremolo(["report", "--format", "json"] + arguments, environment: environment)
        try #require(report.status == 0, "\(report.errors)")
        let document = try JSONDocument(report.output)
        if document["accounting"]["pending"].int == 0 { return document }
        // Whoever asks while requests go on, or beside a server that counts no more, is told so and does not hang.
        try #require(start.duration(to: .now) < .seconds(600), "events are pending for ten minutes: \(report.output)")
    }
}

/// The program that runs another one as another user, where this process may do that.
let userSwitch = "/usr/bin/setpriv"

/// True where a test may become another user.
func mayBecomeNobody() -> Bool {
    getuid() == 0 && FileManager.default.isExecutableFile(atPath: userSwitch)
}

/// Runs `tremolo` as a user who owns nothing.
func tremoloAsNobody(_ arguments: [String]) throws -> CommandResult {
    try tremolo(arguments, runner: [userSwitch, "--reuid=65534", "--regid=65534", "--clear-groups"])
}
