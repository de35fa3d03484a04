/// Finds declarations that other targets can use and that nobody documented. The formatter's rule sees `public` ones
/// only.
enum DocumentationRule {
    private static let keywords: Set<String> = [
        "func", "var", "let", "init", "subscript", "struct", "class", "enum", "protocol", "actor", "typealias", "case",
    ]

    /// What a protocol of the standard library asks for and documents itself.
    private static let standardRequirements: Set<String> = [
        "==", "<", "hash", "description", "debugDescription", "next", "allCases", "rawValue",
    ]

    /// - Parameter protocols: the project's own, as `requirements(of:)` finds them: what they document need not be
    ///   documented again in a file whose type conforms.
    static func violations(in file: SourceFile, protocols: [String: Set<String>] = [:]) -> [Violation] {
        var inherited = standardRequirements
        for line in file.code where line.contains(":") {
            guard let declaration = line.firstMatch(of: /\b(?:struct|class|enum|actor|extension)\s+[^:]+:(.+)/) else {
                continue
            }
            for word in declaration.1.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                inherited.formUnion(protocols[String(word)] ?? [])
            }
        }
        var isInProtocol = false
        return file.code.indices.compactMap { index in
            let line = file.code[index]
            if line.hasPrefix("}") { isInProtocol = false }
            var name = declaredName(line)
            if isInProtocol, name == nil { name = declaredName("package " + line) }
            if line.hasPrefix("package protocol") || line.hasPrefix("public protocol") { isInProtocol = true }
            guard let name, !(isInProtocol ? standardRequirements : inherited).contains(name),
                !isDocumented(file, at: index),
                !(name == "init" && isMemberwise(file, at: index))
            else { return nil }
            return Violation(path: file.path, line: index + 1, message: "\(name) has no doc comment")
        }
    }

    /// What the protocols declared in some files ask for, by the protocol's name.
    static func requirements(of files: [SourceFile]) -> [String: Set<String>] {
        var protocols: [String: Set<String>] = [:]
        for file in files {
            var current: String?
            for line in file.code {
                if line.hasPrefix("}") { current = nil }
                if let current, let name = declaredName("package " + line) {
                    protocols[current, default: []].insert(name)
                }
                if line.hasPrefix("package protocol") || line.hasPrefix("public protocol") {
                    current = declaredName(line)
                }
            }
        }
        return protocols
    }

    /// The name that a line declares for other targets, or nil when it declares none.
    static func declaredName(_ line: String) -> String? {
        guard line.contains("package") || line.contains("public") || line.contains("open") else { return nil }
        let words = line.split { " \t".contains($0) }.drop { $0.hasPrefix("@") }
        var isShared = false
        for (position, word) in zip(words.indices, words) {
            let keyword = String(word.prefix { $0.isLetter })
            if keyword == "package" || keyword == "public" || keyword == "open" {
                isShared = true
            } else if keyword == "import" || keyword == "extension" || keyword == "override" {
                return nil
            } else if keyword == "class", words.index(after: position) < words.endIndex,
                keywords.contains(String(words[words.index(after: position)]))
            {
                continue
            } else if keywords.contains(keyword) {
                guard isShared else { return nil }
                if keyword == "init" || keyword == "subscript" { return keyword }
                let next = words.index(after: position)
                guard next < words.endIndex else { return keyword }
                let name = words[next].prefix { !"(<:={,".contains($0) || words[next].first == $0 }
                return name.isEmpty || !(name.first?.isLetter ?? false)
                    ? String(words[next].prefix { $0 != "(" }) : String(name)
            } else if keyword.isEmpty || !isModifier(keyword) {
                return nil
            }
        }
        return nil
    }

    private static func isModifier(_ word: String) -> Bool {
        [
            "static", "final", "mutating", "consuming", "borrowing", "nonisolated", "private", "internal", "lazy",
            "weak",
            "indirect", "convenience", "required", "unsafe", "isolated", "prefix", "postfix", "infix", "nonmutating",
            "fileprivate",
            "distributed", "dynamic", "sending", "class",
        ].contains(word)
    }

    /// True when a doc comment ends above the line, attributes in between aside.
    private static func isDocumented(_ file: SourceFile, at index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = file.lines[above].drop { $0 == " " }
            if line.hasPrefix("///") || line.hasSuffix("*/") { return true }
            guard line.hasPrefix("@") || line.hasPrefix("#if") else { return false }
            above -= 1
        }
        return false
    }

    /// True for an initialiser that does nothing but store its parameters, if any: the properties' own comments say it
    /// all.
    private static func isMemberwise(_ file: SourceFile, at index: Int) -> Bool {
        if file.code[index].hasSuffix("init() {}") { return true }
        let indentation = file.code[index].prefix { $0 == " " }
        var body: [Substring] = []
        for line in file.code[(index + 1)...] {
            if line.hasPrefix(indentation + "}") { break }
            body.append(line.drop { $0 == " " })
        }
        // Parameters that stand on lines of their own belong to the head.
        if let head = body.firstIndex(where: { $0.hasPrefix(")") && $0.hasSuffix("{") }) { body.removeFirst(head + 1) }
        return body.allSatisfy { line in
            line.firstMatch(of: /^(?:self\.)?(\w+) = (\w+)$/).map { $0.1 == $0.2 } ?? false
        }
    }
}
