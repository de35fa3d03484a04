/// Reads `import` lines and the target graph.
enum ImportRules {
    /// Imports of a room's file that the table doesn't allow.
    static func violations(in file: SourceFile, rooms: [Room] = Room.all) -> [Violation] {
        guard let name = file.room, !Room.shims.contains(name) else { return [] }
        guard let room = rooms.first(where: { $0.name == name }) else {
            return [Violation(path: file.path, line: 1, message: "the room \(name) stands in no table")]
        }
        return imports(in: file).filter { !room.rooms.union(room.system).contains($0.module) }
            .map { Violation(path: file.path, line: $0.line, message: "\(name) may not import \($0.module)") }
    }

    /// The modules that a file imports, with the lines where it does.
    static func imports(in file: SourceFile) -> [(module: String, line: Int)] {
        let pattern = /(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|public|internal|private|fileprivate) )?import\s+(.+)/
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        return file.code.enumerated().compactMap { index, line in
            guard line.contains("import") else { return nil }
            let trimmed = line.drop { $0 == " " }
            let words = trimmed.wholeMatch(of: pattern)?.1.split { " .;".contains($0) } ?? []
            return words.first { !kinds.contains($0) }.map { (String($0), index + 1) }
        }
    }

    /// The arrows between rooms that `Package.swift` draws.
    static func arrows(inPackage text: String) -> [String: Set<String>] {
        var arrows: [String: Set<String>] = [:]
        for match in text.matches(of: /[^c] room\(\s*"(\w+)"((?:,\s*(?:"\w+"|\.target\(name: "\w+"))*)/) {
            arrows[String(match.1)] = names(in: match.2)
        }
        for match in text.matches(of: /\.executableTarget\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/) {
            arrows[String(match.1)] = names(in: match.2)
        }
        return arrows
    }

    private static func names(in list: Substring) -> Set<String> {
        Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
    }
}
