import Foundation
import TestSupport
import Testing

/// Programs of the system that tests drive. They run where `make test-all` has installed them and set
/// `TREMOLO_OUTSIDE`.
enum OutsideProgram {
    /// True where these tests are asked for.
    static let isAskedFor = ProcessInfo.processInfo.environment["TREMOLO_OUTSIDE"] != nil

    /// Runs a program to its end.
    ///
    /// - Parameter path: where Debian installs it.
    static func run(_ path: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// A program that `make` builds beside the one that ships, as fast as that.
    static func shipped(_ name: String) -> String {
        URL(fileURLWithPath: tremoloBinary()).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// The configuration that the project ships.
    static let configuration = root.appendingPathComponent("Config/tremolo.json5").path

    /// The rules that it ships.
    static let rules = root.appendingPathComponent("Config/rules").path

    /// The checkout.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
