import Foundation
import LinuxSystem
import Settings

/// The server of the demonstration: a child process with a folder and a clock of its own. It ends with this process,
/// however that ends (`setpriv --pdeathsig`).
final class DemoServer {
    /// The edge's address.
    let edge: SocketAddress
    /// The admin listener's address, as text.
    let admin: String
    private let process = Process()
    private let program: String
    private let options: [String]

    /// Starts it and returns once it listens.
    init(_ arguments: DemoArguments, folder: String, clock: String) throws(DemoFailure) {
        program = arguments.tremolo
        let configuration = folder + "/demo.json5"
        options = ["--config", configuration, "--data", folder + "/data"]
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["setpriv", "--pdeathsig", "TERM", program, "serve"] + options
            + ["--listen", arguments.listen, "--admin", arguments.admin, "--clock", clock]
        process.environment = Self.environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.standardError
        let pipe = Pipe()
        process.standardError = pipe
        do {
            try Data(Self.configuration(rules: Self.absolute(arguments.rules)).utf8)
                .write(to: URL(fileURLWithPath: configuration))
            try process.run()
        } catch {
            throw DemoFailure(
                .unavailable, program, why: "it can't be started (\(error.localizedDescription))",
                whatToDo: "build it, or name it with --tremolo")
        }
        var text = ""
        while !text.contains("event=listening") || !text.hasSuffix("\n") {
            let chunk = pipe.fileHandleForReading.availableData
            guard !chunk.isEmpty else {
                process.waitUntilExit()
                throw DemoFailure(
                    .unavailable, program, why: "the server did not start: \(text.split(separator: "\n").last ?? "")",
                    whatToDo: "build it, or try other ports")
            }
            text += String(decoding: chunk, as: UTF8.self)
        }
        guard let edge = Self.address("edge", in: text), let admin = Self.address("admin", in: text),
            let port = edge.split(separator: ":").last.flatMap({ UInt16($0) })
        else {
            throw DemoFailure(
                .unavailable, program, why: "it does not say where it listens", whatToDo: "build both programs anew")
        }
        self.edge = .internet(.loopback, port: port)
        self.admin = admin
        // What it says from now on is shown: there is nothing but trouble to say.
        let trouble = pipe.fileHandleForReading
        Thread {
            while true {
                let chunk = trouble.availableData
                if chunk.isEmpty { return }
                let lines = String(decoding: chunk, as: UTF8.self).split(separator: "\n")
                for line in lines where line.contains("level=error") || line.contains("level=warning") {
                    try? StandardStream.error.write(line + "\n")
                }
            }
        }.start()
    }

    /// False once it has ended.
    var isRunning: Bool { process.isRunning }

    /// Tells it to end and waits: its journal is synced and counted.
    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Runs a command of `tremolo` on the server's folder and takes what it writes to standard output.
    func tremolo(_ command: [String]) throws(DemoFailure) -> [UInt8] {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: program)
        child.arguments = command + options
        child.environment = Self.environment
        let pipe = Pipe()
        child.standardInput = FileHandle.nullDevice
        child.standardOutput = pipe
        let errors = Pipe()
        child.standardError = errors
        do {
            try child.run()
        } catch {
            throw DemoFailure(
                .unavailable, program, why: "it can't be started (\(error.localizedDescription))",
                whatToDo: "name it with --tremolo")
        }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        let messages = errors.fileHandleForReading.readDataToEndOfFile()
        child.waitUntilExit()
        guard child.terminationStatus == 0 else {
            let said = String(decoding: messages, as: UTF8.self).split(separator: "\n").last ?? ""
            throw DemoFailure(
                .inputOutput, "tremolo \(command[0])", why: "status \(child.terminationStatus), \(said)",
                whatToDo: "run it by hand to see more")
        }
        return Array(output)
    }

    /// Settings that somebody has for a server of their own are not the demonstration's.
    private static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TREMOLO_") }
    }

    private static func configuration(rules: String) -> String {
        """
        {
          rules: \(quoted(rules)), workers: 2, flushInterval: "1 s", drainDelay: "0 s",
          sections: {
            "8781202": { name: "Example shop", hosts: ["*.shop.example"], otherwise: "ask" },
          },
        }

        """
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

    private static func address(_ name: String, in text: String) -> String? {
        guard let start = text.range(of: " \(name)=") else { return nil }
        return String(text[start.upperBound...].prefix { !$0.isWhitespace })
    }
}
