/// Finds files and lines that are too long to read, tabs, and types that hide their module.
enum LayoutRule {
    /// Most files stay under 250.
    static let linesMax = 400
    /// Characters, as the formatter counts.
    static let columnsMax = 120

    static func violations(in file: SourceFile) -> [Violation] {
        var violations: [Violation] = []
        // Behind the last line feed stands no line.
        let lineCount = file.lines.last?.isEmpty == true ? file.lines.count - 1 : file.lines.count
        if lineCount > linesMax {
            violations.append(Violation(path: file.path, line: lineCount, message: "\(lineCount) lines in one file"))
        }
        for (index, line) in file.lines.enumerated() {
            if line.utf8.contains(0x09) {
                violations.append(Violation(path: file.path, line: index + 1, message: "a tab"))
            }
            if line.utf8.count > columnsMax, line.count > columnsMax {
                violations.append(Violation(path: file.path, line: index + 1, message: "\(line.count) columns"))
            }
        }
        return violations
    }

    /// A type with its module's name makes every other name of the module unreachable when it must be qualified.
    static func typesNamedAsModule(in file: SourceFile) -> [Violation] {
        guard let room = file.room else { return [] }
        return file.code.enumerated().compactMap { index, line in
            guard line.contains(room),
                let match = line.firstMatch(of: /\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)/),
                match.1 == room
            else { return nil }
            return Violation(path: file.path, line: index + 1, message: "the type \(room) has its module's name")
        }
    }
}
