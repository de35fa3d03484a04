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
}
