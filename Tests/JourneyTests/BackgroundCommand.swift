import Foundation
import TestSupport
import Testing

/// A command that goes on until the test ends it; its standard output is read line by line.
final class BackgroundCommand {
    private let process = Process()
    private let output = Pipe()
    private var pending = ""

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: tremoloBinary())
        process.arguments = arguments
        process.standardOutput = output
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

    /// Ends it. A child of a test may have SIGTERM blocked, as the thread that made it had.
    func end() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// The report of a running server once nothing is pending: a report waits 2 s at most for the server to count, which a
/// busy machine may exceed.
func countedReport(_ arguments: [String]) throws -> JSONDocument {
    while true {
        let report = try tremolo(["report", "--format", "json"] + arguments)
        try #require(report.status == 0, "\(report.errors)")
        let document = try JSONDocument(report.output)
        if document["accounting"]["pending"].int == 0 { return document }
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
