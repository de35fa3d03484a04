import Foundation
import TestSupport
import Testing

@Suite("The demonstration plays, reports and leaves nothing behind")
struct DemoTests {
    private func demo(_ arguments: String...) throws -> CommandResult {
        try run([try builtProgram("tremolo-demo"), "--tremolo", tremoloBinary()] + arguments)
    }

    @Test("Once through: names, both variations, the truth and the dashboard's address on standard output")
    func once() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/demo"
        let rules = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Config/rules").path
        let result = try demo("--once", "--people", "60", "--data", data, "--rules", rules)
        #expect(result.status == 0, "\(result.errors)")
        for text in [
            "Autumn sale (17)", "Monthly letter (18)", "Plain words", "Large picture", "held out", "a person clicks",
            "The dashboard: http://127.0.0.1:",
        ] {
            #expect(result.output.contains(text), "\(text): \(result.output)")
        }
        #expect(result.errors.hasPrefix("three days with "), "\(result.errors)")
        // The folder is kept where it was named, and its figures are whole.
        let verify = try tremolo(["verify", "--config", data + "/demo.json5", "--data", data + "/data"])
        #expect(verify.status == 0, "\(verify.errors)")
        let again = try demo("--once", "--data", data)
        #expect(
            again.status == 73 && again.errors.hasPrefix("tremolo: \(data): it is there already"), "\(again.errors)")
    }

    @Test(
        "Wrong values are refused before anything starts",
        arguments: [["--people", "39"], ["--people", "x"], ["--seed", "-1"], ["--nonsense"]])
    func wrong(_ arguments: [String]) throws {
        let result = try run([try builtProgram("tremolo-demo")] + arguments)
        #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty, "\(result.errors)")
    }
}
