import Foundation

/// A page for users, README.md among them, as the blocks that its commands stand in.
///
/// A fence's first word says what the block is, the others how it is taken; CONTRIBUTING.md has the list. A page is
/// executed from top to bottom in one folder, so that a block may use what the blocks above it have made.
package struct HandbookPage: Sendable, CustomStringConvertible {
    /// The path below the checkout.
    package let path: String
    /// The fenced blocks, from top to bottom.
    package let blocks: [HandbookBlock]
    /// The lines outside of blocks, with their numbers.
    package let prose: [(line: Int, text: String)]

    package var description: String { path }

    /// The folder of this checkout.
    package static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// README.md and every page of `Documentation`, by name.
    package static func all() throws -> [HandbookPage] {
        let pages = try FileManager.default.contentsOfDirectory(atPath: checkout + "/Documentation")
            .filter { $0.hasSuffix(".md") }.map { "Documentation/" + $0 }
        return try (["README.md"] + pages.sorted()).map { path in
            HandbookPage(path: path, text: try String(contentsOfFile: checkout + "/" + path, encoding: .utf8))
        }
    }

    /// Reads a page.
    package init(path: String, text: String) {
        var blocks: [HandbookBlock] = []
        var prose: [(line: Int, text: String)] = []
        var open: HandbookBlock?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.drop { $0 == " " }
            if var block = open {
                if trimmed == "```" {
                    blocks.append(block)
                    open = nil
                } else {
                    block.lines.append(String(line.dropFirst(min(block.indent, line.count - trimmed.count))))
                    open = block
                }
            } else if trimmed.hasPrefix("```") {
                open = HandbookBlock(
                    line: index + 1, indent: line.count - trimmed.count,
                    words: trimmed.dropFirst(3).split(separator: " ").map(String.init))
            } else if let setting = Self.setting(trimmed) {
                blocks.append(
                    HandbookBlock(line: index + 1, indent: 0, words: ["sh", setting.word], lines: [setting.text]))
            } else {
                prose.append((index + 1, String(line)))
            }
        }
        // What is never closed is a block all the same, so that what is wrong with it is said.
        if let open { blocks.append(open) }
        self.path = path
        self.blocks = blocks
        self.prose = prose
    }

    /// What a comment sets up that a reader has already: `<!-- given: COMMANDS -->`, `<!-- server: COMMAND -->`.
    private static func setting(_ line: Substring) -> (word: String, text: String)? {
        for word in ["given", "server"] where line.hasPrefix("<!-- \(word): ") && line.hasSuffix(" -->") {
            return (word, String(line.dropFirst("<!-- \(word): ".count).dropLast(" -->".count)))
        }
        return nil
    }

    /// True when one of its commands needs more than the binary and what every Debian has: all of them are executed on
    /// a machine of their own then.
    package var needsOutside: Bool { blocks.contains { $0.isCommand && $0.words.contains("outside") } }

    /// True when it has commands to execute, or a configuration to check.
    package var isExecuted: Bool { blocks.contains { $0.isCommand && !$0.isElsewhere || $0.kind == "json5" } }

    /// What is no block of a known kind, or looks like a command and stands where nothing executes it: a line each.
    package var mistakes: [String] {
        var found = blocks.compactMap { block in block.mistake.map { "\(path):\(block.line): \($0)" } }
        for block in blocks where block.kind == "text" {
            for (index, line) in block.lines.enumerated() where Self.isCommand(line) {
                found.append("\(path):\(block.line + 1 + index): a command in a text block: '\(line)'")
            }
        }
        for (line, text) in prose where text.hasPrefix("    ") && Self.isCommand(text) {
            found.append("\(path):\(line): a command outside of a fence: '\(text)'")
        }
        for block in blocks where block.isServer && !needsOutside {
            // Nothing would end it, and its ports are the machine's.
            found.append("\(path):\(block.line): a server on a page without a machine of its own: 'sh outside server'")
        }
        for (block, next) in zip(blocks, blocks.dropFirst()) where next.kind == "output" {
            if !block.isCommand { found.append("\(path):\(next.line): nothing above prints this output") }
        }
        return found
    }

    /// Words that begin a command in a page.
    private static let programs: Set<String> = [
        "$", "tremolo", ".build/release/tremolo", "curl", "make", "systemctl", "journalctl", "apt-get", "sudo",
        "docker",
        "install", "kill", "cp", "sed", "rsync", "openssl", "haproxy", "caddy", "nginx", "setpriv", "useradd", "dpkg",
        "tremolo-load", "journal-maker", "python3",
    ]

    private static func isCommand(_ line: String) -> Bool {
        guard let word = line.split(separator: " ").first else { return false }
        return programs.contains(String(word)) && line.split(separator: " ").count > 1
    }
}

extension HandbookPage {
    /// Where its links lead, with their lines.
    package var links: [(line: Int, target: String)] {
        prose.flatMap { line, text in text.matches(of: /\]\(([^)\s]+)\)/).map { (line, String($0.output.1)) } }
    }

    /// What its sentences and tables show as code, with the lines that it begins in; it may go on in the next one.
    package var codeSpans: [(line: Int, text: String)] {
        // Blocks stand between stretches of prose, and no code reaches over one.
        var stretches: [[(line: Int, text: String)]] = []
        for entry in prose {
            if let last = stretches.last?.last, last.line + 1 == entry.line {
                stretches[stretches.count - 1].append(entry)
            } else {
                stretches.append([entry])
            }
        }
        return stretches.flatMap { stretch in
            let text = stretch.map(\.text).joined(separator: "\n")
            return text.matches(of: /`([^`]+)`/).map { match in
                let before = text[..<match.range.lowerBound].count { $0 == "\n" }
                return (stretch[0].line + before, String(match.output.1))
            }
        }
    }
}

/// One fenced block of a page.
package struct HandbookBlock: Sendable {
    /// The line of its fence, from 1.
    package let line: Int
    /// Blanks before its fence: it stands in a list.
    let indent: Int
    /// What stands behind the fence.
    package let words: [String]
    /// What it holds, a line each, without the indent.
    package internal(set) var lines: [String] = []

    /// What it is.
    package var kind: String { words.first ?? "" }

    /// Its text; every line ends.
    package var text: String { lines.map { $0 + "\n" }.joined() }

    /// True for a block of commands.
    package var isCommand: Bool { kind == "sh" }

    /// True for commands that another test runs, or none can: `HandbookElsewhere` says which and why.
    package var isElsewhere: Bool { words.contains("elsewhere") }

    /// True for a program that goes on while the next blocks are executed.
    package var isServer: Bool { words.contains("server") }

    /// The status that its last command ends with.
    package var exitStatus: Int {
        words.first { $0.hasPrefix("exit=") }.flatMap { Int($0.dropFirst("exit=".count)) } ?? 0
    }

    /// The file that it is written to before the next block is executed, relative to the page's folder.
    package var file: String? { Self.fileKinds.contains(kind) && words.count == 2 ? words[1] : nil }

    /// Kinds that may be written to a file.
    private static let fileKinds: Set<String> = ["json5", "json", "html", "csv", "text"]
    /// Kinds that are no commands: what somebody else reads, or nobody executes.
    private static let others: Set<String> = ["yaml", "caddy", "logrotate", "python", "output"]
    /// What may stand behind `sh`.
    private static let commandWords: Set<String> = ["outside", "server", "elsewhere", "given"]

    /// Why it is no block that the handbook may have; nil when it is one.
    var mistake: String? {
        if Self.fileKinds.contains(kind) {
            return words.count > 2 ? "more than a path behind '\(kind)'" : nil
        }
        if Self.others.contains(kind) { return words.count > 1 ? "words behind '\(kind)'" : nil }
        guard isCommand else { return "a block of an unknown kind: '\(words.joined(separator: " "))'" }
        let odd = words.dropFirst().filter { word in
            !Self.commandWords.contains(word)
                && !(word.hasPrefix("exit=") && Int(word.dropFirst("exit=".count)) == exitStatus)
        }
        if let word = odd.first { return "an unknown word behind 'sh': '\(word)'" }
        return lines.allSatisfy { $0.allSatisfy(\.isWhitespace) } ? "no command" : nil
    }
}
