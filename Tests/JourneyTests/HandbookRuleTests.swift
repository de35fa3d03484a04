import Foundation
import TestSupport
import Testing

@Suite("A page that the handbook may not have is told by its line")
struct HandbookRuleTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let page: String
        let mistakes: [String]

        init(_ name: String, _ page: String, _ mistakes: String...) {
            testDescription = name
            self.page = page
            self.mistakes = mistakes.map { "page.md:" + $0 }
        }
    }

    static let rows = [
        Row("a command and its output", "Text\n```sh\ntremolo report\n```\n\n```output\nrows\n```\n"),
        Row("a file and a server", "```json5 a.json5\n{}\n```\n```sh outside server\ntremolo serve\n```\n"),
        Row("a fence without a word", "a\n```\ntremolo report\n```\n", "2: a block of an unknown kind: ''"),
        Row("another shell", "```bash\nls\n```\n", "1: a block of an unknown kind: 'bash'"),
        Row("an unknown word", "```sh outsid\nls\n```\n", "1: an unknown word behind 'sh': 'outsid'"),
        Row("a status that is none", "```sh exit=no\nls\n```\n", "1: an unknown word behind 'sh': 'exit=no'"),
        Row("nothing to execute", "```sh\n\n```\n", "1: no command"),
        Row("a command as text", "```text\na\ncurl -s x\n```\n", "3: a command in a text block: 'curl -s x'"),
        Row(
            "an indented command", "a\n\n    make bench\n", "3: a command outside of a fence: '    make bench'"),
        Row("output of nothing", "```text\na\n```\n```output\nb\n```\n", "4: nothing above prints this output"),
        Row(
            "a server on everybody's ports", "```sh server\ntremolo serve\n```\n",
            "1: a server on a page without a machine of its own: 'sh outside server'"),
        Row("a fence in a list", "1. a\n\n   ```sh\n   tremolo report\n   ```\n"),
        Row("never closed", "```zsh\nls\n", "1: a block of an unknown kind: 'zsh'"),
    ]

    @Test("Kinds of blocks", arguments: rows)
    func kinds(_ row: Row) {
        #expect(HandbookPage(path: "page.md", text: row.page).mistakes == row.mistakes)
    }

    @Test("A command that fails is told with its page and line, and nothing behind it is executed")
    func fails() throws {
        let page = HandbookPage(
            path: "page.md",
            text: "a\n\n```sh\nSEC=1\n```\n\n```sh\ntrue\ntremolo report --sec \"$SEC\" --by nothing\n```\n")
        let problem = try #require(try HandbookRun(page).problems().first)
        #expect(problem.contains("status 64, not 0") && problem.contains("line 9:"), "\(problem)")
        #expect(problem.contains("tremolo report --sec") && problem.contains("there is no such column"), "\(problem)")
        let later = HandbookPage(path: "page.md", text: "```sh exit=3\nexit 3\n```\n```sh\nfalse\ntouch x\n```\n")
        #expect(try HandbookRun(later).problems().first?.contains("line 5: false") == true)
        // What failed as it was to is not what is told of a later block.
        let other = HandbookPage(path: "page.md", text: "```sh exit=1\nfalse\n```\n```sh\nexit 3\n```\n")
        let told = try #require(try HandbookRun(other).problems().first)
        #expect(told.contains("status 3, not 0, at page.md") && !told.contains("line 2"), "\(told)")
    }

    @Test("What a command prints is held against the page")
    func prints() throws {
        func problems(_ output: String) throws -> [String] {
            let page = HandbookPage(
                path: "page.md",
                text: "```sh\necho one\necho two 2026-11-27T01:54:55Z\n```\n\n```output\n\(output)```\n")
            return try HandbookRun(page).problems()
        }
        #expect(try problems("one\ntwo 2020-01-01T00:00:00.5Z\n") == [])
        #expect(try problems("…\ntwo …\n") == [])
        #expect(try problems("one\n").first?.hasPrefix("page.md:6: the page shows\n") == true)
    }

    @Test("A wildcard stands for anything in its line, alone for any lines, and for nothing else")
    func wildcards() {
        for (expected, printed, matches) in [
            ("a\nb\n", "a\nb\n", true), ("a\n…\n", "a\nb\nc\n", true), ("…\nc\n", "a\nb\nc\n", true),
            ("…\nb\n", "a\nb\nc\n", false), ("a … c\n", "a b c\n", true), ("a … c\n", "a b d\n", false),
            ("a\n", "a\nb\n", false), ("a\nb\n", "a\n", false), ("t=0123456789abcdef\n", "t=fedcba9876543210\n", true),
            ("t=0123456789abcdef\n", "t=none\n", false), ("x …\n", "y z\n", false), ("a  \n\n", "a\n", true),
        ] {
            #expect(HandbookOutput.matches(expected: expected, printed: printed) == matches, "\(expected) \(printed)")
        }
    }

    @Test("A configuration that a page shows is checked")
    func configuration() throws {
        let page = HandbookPage(path: "page.md", text: "a\n```json5\nlisten: \"nowhere\",\n```\n")
        let problem = try #require(try HandbookRun(page).problems().first)
        #expect(problem.contains("listen"), "\(problem)")
    }

    @Test("Commands that are executed elsewhere and are not listed are told, and the other way round")
    func elsewhere() {
        let page = HandbookPage(path: "page.md", text: "```sh elsewhere\nmake moon  # never\n```\n")
        let mistakes = HandbookElsewhere.mistakes([page])
        #expect(mistakes.contains("page.md:1: nothing says who executes 'make moon'"))
        #expect(mistakes.contains("no page has 'make demo'"))
    }
}
