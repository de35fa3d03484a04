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
