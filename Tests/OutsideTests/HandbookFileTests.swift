import Foundation
import TestSupport
import Testing

@Suite("What the handbook shows of other programs' files, these programs read", .enabled(if: OutsideProgram.isAskedFor))
struct HandbookFileTests {
    private static func blocks(_ kind: String, of path: String) throws -> [HandbookBlock] {
        let page = try #require(try HandbookPage.all().first { $0.path == path })
        let blocks = page.blocks.filter { $0.kind == kind }
        try #require(!blocks.isEmpty, "\(path) has a block of \(kind)")
        return blocks
    }

    private func check(_ text: String, named name: String, _ program: String, _ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try run([program] + arguments + [file], environment: ["HOME": folder.path])
        #expect(result.status == 0, "\(result.output)\(result.errors)\(text)")
        #expect(!result.errors.contains("error:"), "\(result.errors)\(text)")
    }

    @Test("Caddy reads what is to be written into its example")
    func caddy() throws {
        let example = try String(
            contentsOf: OutsideProgram.root.appendingPathComponent("Config/examples/Caddyfile"), encoding: .utf8)
        let start = try #require(example.range(of: "\n(tracking) {"))
        let end = try #require(example.range(of: "\nhttp://:80 {"))
        let snippet = example[start.lowerBound..<end.lowerBound]
        for block in try Self.blocks("caddy", of: "Documentation/in-front.md") {
            // The block of general settings stands first.
            let (head, sites) =
                block.text.hasPrefix("{\n") ? Self.divided(block.text) : ("", block.text)
            try check(
                head + snippet + "\n" + sites, named: "Caddyfile", "/usr/bin/caddy",
                ["adapt", "--adapter", "caddyfile", "--config"])
        }
    }

    /// A file's general settings, and the rest of it.
    private static func divided(_ text: String) -> (String, String) {
        guard let end = text.range(of: "\n}\n") else { return (text, "") }
        return (String(text[..<end.upperBound]), String(text[end.upperBound...]))
    }

    @Test("Prometheus reads its configuration")
    func prometheus() throws {
        for block in try Self.blocks("yaml", of: "Documentation/watching.md") {
            try check(
                block.text.replacing("rule_files: [prometheus-alerts.yml]\n", with: ""), named: "prometheus.yml",
                "/usr/bin/promtool", ["check", "config", "--syntax-only"])
        }
    }

    @Test("logrotate reads its rules")
    func logrotate() throws {
        for block in try Self.blocks("logrotate", of: "Documentation/watching.md") {
            try check(
                block.text.replacing(" {", with: " {\n    missingok"), named: "tremolo", "/usr/sbin/logrotate",
                ["--debug", "--state", "/dev/null"])
        }
    }
}
