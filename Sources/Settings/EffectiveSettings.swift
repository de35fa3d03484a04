/// A configuration together with where each value of it comes from.
package struct EffectiveSettings: Equatable, Sendable {
    /// The values.
    package let configuration: Configuration
    private let origins: [String: ValueOrigin]

    init(configuration: Configuration, origins: [String: ValueOrigin]) {
        self.configuration = configuration
        self.origins = origins
    }

    /// Where a setting's value comes from, by its path such as `journal.segmentSize`.
    package func origin(of path: String) -> ValueOrigin {
        origins[path] ?? .builtIn
    }

    /// The whole configuration as JSON5, with a comment behind each value that says where it comes from.
    ///
    /// Reading the text gives the same configuration, but for secrets, which are printed as `null`.
    package func print() -> String {
        var lines = ["{"]
        append(configuration.members, path: "", depth: 1, to: &lines)
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private func append(_ members: [SettingText.Member], path: String, depth: Int, to lines: inout [String]) {
        let indent = String(repeating: "  ", count: depth)
        for member in members {
            let memberPath = path.isEmpty ? member.name : "\(path).\(member.name)"
            let key = "\(indent)\(SettingText.key(member.name)): "
            switch member.value {
            case .group(let inner) where !inner.isEmpty:
                lines.append("\(key){")
                append(inner, path: memberPath, depth: depth + 1, to: &lines)
                lines.append("\(indent)},")
            case .list(let elements) where member.value.onOneLine.count > Self.listColumnsMax:
                lines.append("\(key)[  // \(comment(memberPath))")
                lines += elements.map { "\(indent)  \($0.onOneLine)," }
                lines.append("\(indent)],")
            case .secret:
                lines.append("\(key)null,  // set, not shown; \(comment(memberPath))")
            default:
                lines.append("\(key)\(member.value.onOneLine),  // \(comment(memberPath))")
            }
        }
    }

    /// Where a value comes from, fit for the end of a line: a file's name may hold a line break.
    private func comment(_ path: String) -> String {
        Message.onOneLine("\(origin(of: path))")
    }

    /// A longer list stands on several lines.
    private static let listColumnsMax = 80
}
