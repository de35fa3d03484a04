import Dispatch
import Foundation
import Synchronization

/// A finished command: how it ended and what it wrote.
package struct CommandResult: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String
}

/// The `tremolo` binary under test: `$TREMOLO_BINARY`, else the debug build of this checkout.
package func tremoloBinary() -> String {
    if let named = ProcessInfo.processInfo.environment["TREMOLO_BINARY"] { return named }
    return checkout.appendingPathComponent(".build/debug/tremolo").path
}

/// The folder of this checkout.
private let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Where the rules of programs under test lie while the tests run; other users can read it.
private let testRules = FileManager.default.temporaryDirectory
    .appendingPathComponent("tremolo-test-rules-\(ProcessInfo.processInfo.processIdentifier)")

/// The variables of a program under test: those of the tests, and rules without windows.
///
/// A test sends within milliseconds what people send in minutes, and asks at once what was counted. Tests of the
/// shipped rules, or of their own, give `TREMOLO_RULES` an empty value.
private let testEnvironment: [String: String] = {
    do {
        if FileManager.default.fileExists(atPath: testRules.path) { try FileManager.default.removeItem(at: testRules) }
        try FileManager.default.copyItem(at: checkout.appendingPathComponent("Config/rules"), to: testRules)
        try FileManager.default.removeItem(at: testRules.appendingPathComponent("timing.json5"))
    } catch {
        preconditionFailure("rules for the tests can't be made: \(error)")
    }
    atexit { try? FileManager.default.removeItem(at: testRules) }
    return ProcessInfo.processInfo.environment.merging(["TREMOLO_RULES": testRules.path]) { $1 }
}()

/// A program that was built beside the tests that run.
package func builtProgram(_ name: String) throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
}

/// Runs `tremolo` with `arguments` to its end.
///
/// - Parameter runner: the program that runs it and that one's arguments, such as one that changes the user.
package func tremolo(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], runner: [String] = []
) throws -> CommandResult {
    try run(runner + [tremoloBinary()] + arguments, input: input, environment: environment)
}

/// Runs a program, by its path, to its end.
package func run(
    _ command: [String], input: String = "", environment: [String: String] = [:]
) throws -> CommandResult {
    let folder = try TemporaryFolder()
    let inputFile = URL(fileURLWithPath: folder.path + "/input")
    let outputFile = URL(fileURLWithPath: folder.path + "/output")
    let errorsFile = URL(fileURLWithPath: folder.path + "/errors")
    try Data(input.utf8).write(to: inputFile)
    for file in [outputFile, errorsFile] { try Data().write(to: file) }
    let process = SpawnedProcess()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = testEnvironment.merging(environment) { _, new in new }
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorsFile)
    try process.run()
    process.waitUntilExit()
    return CommandResult(
        status: process.terminationStatus,
        output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: errorsFile), as: UTF8.self))
}

/// What a server writes while a test does something else.
private final class LaterText: Sendable {
    private let bytes = Mutex(Data())
    private let end = DispatchSemaphore(value: 0)

    /// Reads to the end.
    func read(_ handle: FileHandle) {
        while true {
            let chunk = handle.availableData
            if chunk.isEmpty { break }
            bytes.withLock { $0 += chunk }
        }
        end.signal()
    }

    /// What has come by now.
    var soFar: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Everything, once the other end is closed.
    var whole: String {
        end.wait()
        end.signal()
        return bytes.withLock { String(decoding: $0, as: UTF8.self) }
    }
}

/// A `tremolo serve` that a test started, on free ports of 127.0.0.1.
package final class RunningEdge {
    /// The edge's port.
    package let port: Int
    /// The admin listener's port.
    package let adminPort: Int
    /// What the server wrote to standard error until it listened.
    package let greeting: String
    private let process: SpawnedProcess
    private let errors: FileHandle
    private let later: LaterText

    /// What went wrong when a server did not come up: its messages.
    package struct DidNotStart: Error, CustomStringConvertible {
        package let description: String
    }

    /// Starts the server and returns once it says that it listens.
    ///
    /// - Parameters:
    ///   - data: the data folder.
    ///   - configuration: the configuration file.
    ///   - port: the edge's port; 0 for a free one.
    ///   - arguments: further arguments of `serve`.
    ///   - drainDelay: how long it answers after it was told to stop. Nothing stands behind a balancer here, so nobody
    ///     needs to be told first.
    ///   - until: what the server says at the end of its start.
    ///   - environment: variables that the server gets beside those of the test.
    ///   - wrapper: a program, by its path, and its arguments, that runs the server; none for the server alone.
    ///   - input: a descriptor that the wrapper gets as its standard input; nil for nothing to read.
    package init(
        data: String, configuration: String, port: Int = 0, arguments: [String] = [], drainDelay: String = "0 s",
        until lastWords: String = "event=listening", environment: [String: String] = [:], wrapper: [String] = [],
        input: Int32? = nil
    ) throws {
        let command = wrapper + [tremoloBinary()]
        process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments =
            command.dropFirst() + [
                "serve", "--config", configuration, "--data", data, "--listen", "127.0.0.1:\(port)", "--admin",
                "127.0.0.1:0",
            ] + arguments
        process.environment = testEnvironment.merging(environment) { $1 }
            .merging(["TREMOLO_DRAIN_DELAY": drainDelay]) { $1 }
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardInput =
            input.map { FileHandle(fileDescriptor: $0, closeOnDealloc: false) } ?? FileHandle.nullDevice
        errors = pipe.fileHandleForReading
        try process.run()
        var text = ""
        while !text.contains(lastWords) || !text.contains("event=listening") || !text.hasSuffix("\n") {
            let chunk = errors.availableData
            if chunk.isEmpty { throw DidNotStart(description: text) }
            text += String(decoding: chunk, as: UTF8.self)
        }
        greeting = text
        guard let port = Self.port(named: "edge", in: text), let admin = Self.port(named: "admin", in: text) else {
            throw DidNotStart(description: text)
        }
        self.port = port
        self.adminPort = admin
        // The pipe is read for as long as the server lives, so that it never waits for a reader.
        later = LaterText()
        Thread { [later, errors] in later.read(errors) }.start()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// All that the server has written to standard error, once it has ended.
    package var log: String { greeting + later.whole }

    /// What the server has written to standard error by now.
    package var logSoFar: String { greeting + later.soFar }

    /// The process's id.
    package var identifier: Int32 { process.processIdentifier }

    /// Sends `signal` and waits for the end. Returns the exit status, or the negative signal number that ended it.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM) -> Int32 {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }

    private static func port(named name: String, in text: String) -> Int? {
        guard let start = text.range(of: "\(name)=127.0.0.1:") else { return nil }
        return Int(text[start.upperBound...].prefix { $0.isNumber })
    }
}
