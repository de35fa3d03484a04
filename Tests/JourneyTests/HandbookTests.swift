import Foundation
import TestSupport
import Testing

@Suite("Every command of the handbook does what its page says")
struct HandbookTests {
    static let pages: [HandbookPage] = {
        do { return try HandbookPage.all() } catch { preconditionFailure("the handbook can't be read: \(error)") }
    }()

    @Test(
        "A page is executed from top to bottom, and prints what it shows",
        arguments: pages.filter { $0.isExecuted && !$0.needsOutside })
    func executed(_ page: HandbookPage) throws {
        for problem in try HandbookRun(page).problems() { Issue.record("\(problem)") }
    }

    @Test("Every block is of a known kind, and no command stands where nothing executes it", arguments: pages)
    func known(_ page: HandbookPage) {
        #expect(page.mistakes == [])
    }

    @Test("What is executed elsewhere is listed with its reason, and nothing else is")
    func elsewhere() {
        #expect(HandbookElsewhere.mistakes(Self.pages) == [])
        #expect(HandbookElsewhere.commands.values.allSatisfy { !$0.isEmpty })
    }

    @Test("The index names every page, and links lead to files that are there")
    func links() throws {
        let index = try #require(Self.pages.first { $0.path == "Documentation/README.md" })
        let named = Set(index.links.map(\.target))
        for page in Self.pages where page.path.hasPrefix("Documentation/") && page.path != index.path {
            #expect(named.contains(String(page.path.dropFirst("Documentation/".count))), "\(page)")
        }
        for page in Self.pages {
            let folder = (HandbookPage.checkout + "/" + page.path as NSString).deletingLastPathComponent
            for link in page.links where !link.target.contains("://") && !link.target.hasPrefix("#") {
                let file = folder + "/" + link.target.prefix { $0 != "#" }
                #expect(FileManager.default.fileExists(atPath: file), "\(page):\(link.line): \(link.target)")
            }
        }
    }

    @Test("A command that a sentence names is there, with the flags that it names")
    func sentences() throws {
        let all = try tremolo(["--help"]).output
        let commands = all.matches(of: /\n  ([a-z]+(?: [a-z-]+)?)  +[a-z]/).map { String($0.output.1) }
        try #require(commands.contains("config allow-seen") && commands.contains("report"))
        var helps: [String: String] = [:]
        var named = 0
        for page in Self.pages {
            for span in page.codeSpans where span.text.hasPrefix("tremolo ") {
                let words = span.text.split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
                let place = "\(page):\(span.line): \(span.text)"
                var help = all
                if let first = words.first, first.allSatisfy(\.isLowercase) {
                    let command = commands.filter { (words.joined(separator: " ") + " ").hasPrefix($0 + " ") }
                        .max { $0.count < $1.count }
                    guard let command else {
                        Issue.record("no such command: \(place)")
                        continue
                    }
                    if helps[command] == nil {
                        helps[command] = try tremolo(command.split(separator: " ").map(String.init) + ["--help"]).output
                    }
                    help = helps[command] ?? ""
                }
                for flag in words where flag.hasPrefix("--") {
                    let name = flag.prefix { $0.isLetter || $0 == "-" }
                    #expect(help.contains("  \(name) "), "no such flag: \(place)")
                }
                named += 1
            }
        }
        #expect(named > 60)
    }

    @Test("A target of make that a page names is in the Makefile")
    func targets() throws {
        let makefile = try String(contentsOfFile: HandbookPage.checkout + "/Makefile", encoding: .utf8)
        for page in Self.pages {
            for span in page.codeSpans where span.text.hasPrefix("make ") {
                let target = span.text.dropFirst("make ".count).prefix { $0.isLetter || $0 == "-" }
                let isThere = makefile.contains("\n\(target):")
                #expect(isThere, "\(page):\(span.line): \(span.text)")
            }
        }
    }
}
