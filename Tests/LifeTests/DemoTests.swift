import Foundation
import TestSupport
import Testing

@Suite("The demonstration plays, reports and leaves nothing behind")
struct DemoTests {
    private func demo(_ arguments: String...) throws -> CommandResult {
        try run([try builtProgram("tremolo-demo"), "--tremolo", tremoloBinary()] + arguments)
    }

    private static let rules = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Config/rules").path

    @Test("Once through: names, both variations and the truth on standard output, and no address of what has ended")
    func once() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/demo"
        let result = try demo("--once", "--people", "60", "--data", data, "--rules", Self.rules)
        #expect(result.status == 0, "\(result.errors)")
        for text in [
            "Autumn sale (17)", "Monthly letter (18)", "Plain words", "Large picture", "held out", "a person clicks",
        ] {
            #expect(result.output.contains(text), "\(text): \(result.output)")
        }
        #expect(!result.output.contains("http://127.0.0.1:"))
        #expect(result.errors.hasPrefix("three days with "), "\(result.errors)")
        // The folder is kept where it was named, and its figures are whole.
        let verify = try tremolo(["verify", "--config", data + "/demo.json5", "--data", data + "/data"])
        #expect(verify.status == 0, "\(verify.errors)")
        let again = try demo("--once", "--data", data)
        #expect(
            again.status == 73 && again.errors.hasPrefix("tremolo: \(data): it is there already"), "\(again.errors)")
    }

    @Test("The address that it prints is the dashboard's, until it is told to end")
    func dashboard() throws {
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: try builtProgram("tremolo-demo"))
        process.arguments = ["--tremolo", tremoloBinary(), "--people", "40", "--rules", Self.rules]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        let announced = "The dashboard: http://127.0.0.1:"
        var text = ""
        while !text.contains(announced) || !text.hasSuffix("\n") {
            let chunk = output.fileHandleForReading.availableData
            try #require(!chunk.isEmpty, "\(text)")
            text += String(decoding: chunk, as: UTF8.self)
        }
        let start = try #require(text.range(of: announced)).upperBound
        let port = try #require(Int(text[start...].prefix { $0.isNumber }))
        let client = try BlockingHTTPClient(port: port)
        try client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
        let page = try client.receive()
        #expect(page.status == 200 && page.text.contains("Autumn sale"))
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }

    @Test(
        "Wrong values are refused before anything starts",
        arguments: [["--people", "39"], ["--people", "x"], ["--seed", "-1"], ["--nonsense"]])
    func wrong(_ arguments: [String]) throws {
        let result = try run([try builtProgram("tremolo-demo")] + arguments)
        #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty, "\(result.errors)")
    }
}
