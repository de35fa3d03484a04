import Testing

@Suite("Code handles what can happen instead of trapping")
struct SafetyTests {
    @Test("Nothing in Sources unwraps, tries or casts by force, or ends the process")
    func sources() throws {
        let files = try SourceFile.swiftSources()
        #expect(files.flatMap { SafetyRule.violations(in: $0) } == [])
    }

    @Test("No work is left for later, anywhere")
    func leftovers() throws {
        let files = try SourceFile.all()
        #expect(files.flatMap { SafetyRule.leftovers(in: $0) } == [])
    }

    @Test(
        "What traps is caught",
        arguments: [
            "let first = values.first!", "let value = table[key]!.count", "run(make()!)", "let text: String! = nil",
            "let value = try! parse()", "let value = other as! Int", "fatalError(\"no\")", "let a = \"\\(name!)\"",
            "let value = optional?.member!", "exit(1)", "// " + "TO" + "DO: later",
        ])
    func caught(_ line: String) {
        let violations = SafetyRule.violations(in: SourceFile(path: "Sources/Bytes/Example.swift", text: "\n" + line))
        #expect(violations.count == 1)
        #expect(violations.first?.line == 2)
    }

    @Test(
        "What only looks like it passes",
        arguments: [
            "if a != b {}", "if a !== b {}", "if !isEmpty {}", "guard !(a && !b) else { return }",
            "let text = \"Hello!\"",
            "// Mind the gap!", "/* really! try! */", "let text = \"\"\"\n    as! try! x!\n    \"\"\"",
            "let raw = #\"a\\(b!)\"#",
            "let value = try? parse() as? Int", "let a = values.map(!)", "assert(a!=b)", "onExit(1)",
        ])
    func passed(_ text: String) {
        #expect(SafetyRule.violations(in: SourceFile(path: "Sources/Bytes/Example.swift", text: text)) == [])
    }
}

@Suite("Code is told from comments and texts")
struct SwiftCodeTests {
    struct Row: CustomTestStringConvertible {
        let text: String
        let code: String
        var testDescription: String { text.debugDescription }
    }

    static let rows = [
        Row(text: "a // b", code: "a     "),
        Row(text: "a /* b /* c */ d */ e", code: "a                   e"),
        Row(text: "a = \"b // c\" + d", code: "a = \"      \" + d"),
        Row(text: #"a = "b\"c" + d"#, code: #"a = "    " + d"#),
        Row(text: #"a = "b \(c + "d" + f(e)) g" + h"#, code: #"a = "  \(c + " " + f(e))  " + h"#),
        Row(text: ##"a = #"b " \#(c) \(d)"# + e"##, code: ##"a = #"    \#(c)     "# + e"##),
        Row(text: "a = \"\"\"\n  b \" c\n  \"\"\" + d", code: "a = \"\"\"\n       \n  \"\"\" + d"),
        Row(text: "#if a\n\"b\n#endif", code: "#if a\n\" \n#endif"),
        Row(text: "a = \"\\\\\" // b", code: "a = \"  \"     "),
    ]

    @Test(arguments: rows)
    func blanking(_ row: Row) {
        #expect(SwiftCode.lines(of: row.text).joined(separator: "\n") == row.code)
    }
}
