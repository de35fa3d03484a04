import Foundation
import Engagement
import LinuxSystem
import TestSupport
import Testing

@testable import EdgeServer

@Suite("A mistake in a rule file is said with its place and what to do")
struct RuleFolderTests {
    @Test(
        arguments: [
            ("{\n  klients: [] }", "2:3: nothing is called \"klients\" here: correct or remove it"),
            (
                "{\n userAgents: [{ is: \"x\", class: \"robot\", reason: \"r\" }] }",
                "2:15: there is no class \"robot\": write human, proxy, prefetch or machine"
            ),
            (
                "{ clients: [\n{ name: \"x\" }] }",
                "2:1: a rule compares in exactly one way: give one of `is`, `begins`, `contains`, `word`"
            ),
            (
                "{ clients: [",
                "1:13: the `[` opened at line 1, column 12 is not closed: expected `]`, found the end of the text"
            ),
        ])
    func place(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        try write(text, to: folder.path + "/clients.json5")
        let error = #expect(throws: EdgeError.self) { try RuleFolder.read(folder.path) }
        #expect("\(try #require(error))" == "\(folder.path)/clients.json5:\(message)")
    }

    @Test(
        "A folder without rules, a file that is gone and a pipe that nobody writes to are refused, and not waited for")
    func noRules() throws {
        let folder = try TemporaryFolder()
        func refusal() throws -> String {
            let error = #expect(throws: EdgeError.self) { try RuleFolder.read(folder.path) }
            return "\(try #require(error))"
        }
        #expect(try refusal().hasPrefix("\(folder.path): it has no file of rules (*.json5)"))
        try write("{ clients: [] }", to: folder.path + "/clients.json5")
        let rules = try RuleFolder.read(folder.path)
        // What an editor leaves beside the file that it has open.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/.#clients.json5", withDestinationPath: "someone@host.1:2")
        #expect(try RuleFolder.read(folder.path).version == rules.version)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/gone.json5", withDestinationPath: folder.path + "/nowhere")
        #expect(try refusal().hasPrefix("\(folder.path)/gone.json5: "))
        try FileManager.default.removeItem(atPath: folder.path + "/gone.json5")
        #expect(unsafe mkfifo(folder.path + "/pipe.json5", 0o600) == 0)
        #expect(try refusal().hasPrefix("\(folder.path)/pipe.json5: it is no file"))
    }
}
