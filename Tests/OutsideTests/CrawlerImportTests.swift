import Foundation
import TestSupport
import Testing

@Suite("The community's list of crawlers becomes a file of rules", .enabled(if: OutsideProgram.isAskedFor))
struct CrawlerImportTests {
    private static let script = OutsideProgram.rules + "/import-crawlers"

    /// One pattern of each form that the list has, and those that are no rules.
    @Test func theRulesAndWhatIsNoRuleAreWritten() throws {
        let result = try run([Self.script, fixture("crawlers/crawler-user-agents.json")])
        #expect(result.status == 0)
        let expected = try String(contentsOfFile: fixture("crawlers/crawlers.json5"), encoding: .utf8)
        #expect(result.output == expected)
        let left = result.errors.split(separator: "\n").map(String.init)
        #expect(left.count == 3)
        #expect(left.allSatisfy { $0.hasPrefix("import-crawlers: left out: ") }, "\(left)")
    }

    @Test("A hostile list gives no rule, no escape sequence and no stack trace")
    func hostile() throws {
        let folder = try TemporaryFolder()
        let list = folder.path + "/list.json"
        let nested = String(repeating: "(", count: 5_000) + "a" + String(repeating: ")", count: 5_000)
        try Data(
            #"[{"pattern": "\#(nested)"}, {"pattern": "a\u001b[2Jb"}, {"pattern": "\ud800x"}, {"pattern": "okbot"}]"#
                .utf8
        )
        .write(to: URL(fileURLWithPath: list))
        let result = try run([Self.script, list])
        #expect(result.status == 0, "\(result.errors.suffix(300))")
        #expect(!(result.output + result.errors).contains("\u{1B}") && !result.errors.contains("Traceback"))
        #expect(result.output.contains("1 of its 4 patterns are here"))
        #expect(result.errors.split(separator: "\n").count == 3)
    }

    @Test func whatIsNoListIsRefused() throws {
        for (arguments, status) in [
            (["no-such-file.json"], Int32(66)), ([], 64), ([Self.script], 65), ([fixture("crawlers/no-list.json")], 65),
        ] {
            let result = try run([Self.script] + arguments)
            #expect(result.status == status)
            #expect(result.output.isEmpty)
            #expect(!result.errors.isEmpty)
            #expect(!result.errors.contains("Traceback"))
        }
    }
}
