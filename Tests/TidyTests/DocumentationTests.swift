import Testing

@Suite("What other targets can use says what it is")
struct DocumentationTests {
    @Test("Every package and public declaration in Sources has a doc comment")
    func sources() throws {
        let files = try SourceFile.swiftSources()
        let protocols = DocumentationRule.requirements(of: files)
        #expect(files.flatMap { DocumentationRule.violations(in: $0, protocols: protocols) } == [])
    }

    @Test("A protocol documents what it asks for, and its conforming types need not")
    func protocols() {
        let text = """
            /// Storage.
            package protocol Storage: Sendable {
                /// Reads.
                func read(at offset: Int) throws -> Int
                func write()
                var size: Int { get }
            }

            /// Real files.
            package struct Files: Storage {
                package init() {
                }
                package func read(at offset: Int) throws -> Int { 0 }
                package func erase() {}
            }
            """
        let file = SourceFile(path: "Sources/Journal/Example.swift", text: text)
        let protocols = DocumentationRule.requirements(of: [file])
        #expect(protocols == ["Storage": ["read", "write", "size"]])
        #expect(DocumentationRule.violations(in: file, protocols: protocols).map(\.line) == [5, 6, 14])
        #expect(DocumentationRule.violations(in: file).map(\.line) == [5, 6, 13, 14])
    }

    struct Row: CustomTestStringConvertible {
        let line: String
        let name: String?
        var testDescription: String { "'\(line)'" }
    }

    static let rows = [
        Row(line: "package struct ByteRange: Equatable {", name: "ByteRange"),
        Row(line: "    package static func hash(_ bytes: Span<UInt8>) -> Int {", name: "hash"),
        Row(line: "    package mutating func append<Value: Numeric>(_ value: Value) {", name: "append"),
        Row(line: "    package private(set) var count = 0", name: "count"),
        Row(line: "    package var end: UInt32 { start + count }", name: "end"),
        Row(line: "    package init?(_ bytes: Span<UInt8>) {", name: "init"),
        Row(line: "    package init(capacity: Int) {", name: "init"),
        Row(line: "    package subscript(_ key: String) -> Int? {", name: "subscript"),
        Row(line: "    package static func == (left: Self, right: Self) -> Bool {", name: "=="),
        Row(line: "    package static let digits = 1", name: "digits"),
        Row(line: "@usableFromInline package let start: UInt32", name: "start"),
        Row(line: "    @discardableResult public func send() {", name: "send"),
        Row(line: "package final class Worker<Handler: HTTPHandler> {", name: "Worker"),
        Row(line: "package protocol HTTPHandler: AnyObject {", name: "HTTPHandler"),
        Row(line: "    package class func make() {", name: "make"),
        Row(line: "package typealias Offset = Int", name: "Offset"),
        Row(line: "package indirect enum Tree {", name: "Tree"),
        Row(line: "package import Bytes", name: nil),
        Row(line: "package extension Int {", name: nil),
        Row(line: "    private var package = 1", name: nil),
        Row(line: "    func package() {", name: nil),
        Row(line: "    return package", name: nil),
        Row(line: "    let name = package.name", name: nil),
        Row(line: "    package override func run() {", name: nil),
        Row(line: "", name: nil),
    ]

    @Test(arguments: rows)
    func declarations(_ row: Row) {
        #expect(DocumentationRule.declaredName(row.line) == row.name)
    }

    @Test("A missing comment is caught, also behind attributes and an ordinary comment")
    func caught() {
        let text = """
            package struct One {}
            // Not a doc comment.
            @frozen
            package struct Two {
                /// Documented.
                package var count = 0

                package func step() {}
                package init(count: Int) {
                    self.count = count + 1
                }
            }
            """
        let violations = DocumentationRule.violations(in: SourceFile(path: "Sources/Bytes/Example.swift", text: text))
        #expect(violations.map(\.line) == [1, 4, 8, 9])
    }

    @Test("What is documented, private, asked for by a protocol or plain storing passes")
    func passed() {
        let text = """
            /// A thing.
            @frozen
            @usableFromInline
            package struct One: Equatable {
                /** How many. */
                package var count: Int
                private var rest = 0
                let text = "package var hidden = 1"

                package init(count: Int) {
                    self.count = count
                }

                package init(
                    count: Int, rest: Int
                ) {
                    self.count = count
                    self.rest = rest
                }

                package static func == (left: One, right: One) -> Bool { true }
                package func hash(into hasher: inout Hasher) {}
                package var description: String { "" }
            }
            """
        #expect(DocumentationRule.violations(in: SourceFile(path: "Sources/Bytes/Example.swift", text: text)) == [])
    }
}
