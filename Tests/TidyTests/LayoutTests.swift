import Testing

@Suite("Files and lines are short enough to read")
struct LayoutTests {
    @Test("No file is longer than 400 lines, no line wider than 120 columns, no tab")
    func files() throws {
        let files = try SourceFile.all()
        #expect(files.flatMap { LayoutRule.violations(in: $0) } == [])
    }

    @Test("No type has its module's name")
    func names() throws {
        let files = try SourceFile.swiftSources()
        #expect(files.flatMap { LayoutRule.typesNamedAsModule(in: $0) } == [])
    }

    @Test func longFile() {
        let allowed = String(repeating: "a\n", count: LayoutRule.linesMax)
        #expect(violationCount(allowed) == 0)
        #expect(violationCount(allowed + "a\n") == 1)
        #expect(violationCount(allowed + "a") == 1)
    }

    @Test func wideLine() {
        let allowed = String(repeating: "é", count: LayoutRule.columnsMax)
        #expect(violationCount("a\n" + allowed + "\na") == 0)
        #expect(violationCount("a\n" + allowed + "b\na") == 1)
    }

    @Test func tab() {
        #expect(violationCount("a\n\tb\n") == 1)
    }

    @Test func typeNamedAsModule() {
        let text = "package enum Journal {\n}\nstruct JournalError {}\n// struct Journal\nlet journal = 1\n"
        let file = SourceFile(path: "Sources/Journal/Example.swift", text: text)
        #expect(LayoutRule.typesNamedAsModule(in: file).map(\.line) == [1])
    }

    private func violationCount(_ text: String) -> Int {
        LayoutRule.violations(in: SourceFile(path: "Sources/Bytes/Example.swift", text: text)).count
    }
}
