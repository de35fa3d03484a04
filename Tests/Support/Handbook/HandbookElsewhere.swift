/// Commands of the handbook that no page's test executes: `sh elsewhere`.
package enum HandbookElsewhere {
    /// Each with what holds it, or why nothing can. A line's comment is no part of it.
    package static let commands: [String: String] = [
        "make demo": "it builds; LifeTests.DemoTests runs the program that it starts",
        "make test": "this is what runs the tests",
        "make agents": "it builds; JudgingCostTests runs its program",
        "make agents LISTS=/some/folder": "the same with another folder",
        "make crawlers LIST=crawler-user-agents.json && make agents": "CrawlerImportTests runs the script",
        "tremolo doctor https://trem.brand.example": "tracking-domain.md executes it with a certificate of its own",
        "tremolo doctor https://trem.brand.example --connect 203.0.113.5": "DoctorTests asks a balancer by its address",
    ]

    /// What is wrong with the list, both ways: commands of pages that it lacks, and lines that no page has.
    package static func mistakes(_ pages: [HandbookPage]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        for page in pages {
            for block in page.blocks where block.isCommand && block.isElsewhere {
                for line in block.lines {
                    let command = String(line.replacing(/\s+#.*/, with: ""))
                    seen.insert(command)
                    if commands[command] == nil {
                        found.append("\(page.path):\(block.line): nothing says who executes '\(command)'")
                    }
                }
            }
        }
        return found + commands.keys.filter { !seen.contains($0) }.sorted().map { "no page has '\($0)'" }
    }
}
