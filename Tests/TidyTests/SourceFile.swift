import Foundation
import TestSupport

/// A file of the repository as the tidiness rules look at it.
struct SourceFile: Sendable {
    /// Relative to the repository, with `/`.
    let path: String
    /// As they are.
    let lines: [String]
    /// The same lines with comments and the insides of string literals blanked: nothing but code.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = path.hasSuffix(".swift") ? SwiftCode.lines(of: text) : lines
    }

    /// The room whose folder the file lies in; in `Sources` and `LoadTests` a folder that belongs to none is named as
    /// it is. Nil elsewhere.
    var room: String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" || parts[0] == "LoadTests" else { return nil }
        let folder = parts[0] + "/" + parts[1]
        return Room.all.first { $0.folder == folder }?.name ?? String(parts[1])
    }

    /// All Swift, C and header files of the repository, read once.
    private static let repository = Result {
        var files: [SourceFile] = []
        for folder in ["Sources", "Tests", "LoadTests"] {
            let start = root.appendingPathComponent(folder)
            guard let paths = FileManager.default.enumerator(atPath: start.path) else { continue }
            for case let path as String in paths where [".swift", ".c", ".h"].contains(where: path.hasSuffix) {
                let text = try String(contentsOf: start.appendingPathComponent(path), encoding: .utf8)
                files.append(SourceFile(path: folder + "/" + path, text: text))
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    /// The Swift, C and header files of `Sources`, `Tests` and `LoadTests`.
    static func all() throws -> [SourceFile] { try repository.get() }

    /// The Swift files of the rooms: of `Sources` and of `LoadTests`.
    static func swiftSources() throws -> [SourceFile] {
        try all().filter { $0.room != nil && $0.path.hasSuffix(".swift") }
    }

    /// A file of the repository as text.
    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The names of the folders in a folder of the repository.
    static func folders(in path: String) throws -> Set<String> {
        let entries = try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent(path), includingPropertiesForKeys: [.isDirectoryKey])
        let folders = try entries.filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
        return Set(folders.map(\.lastPathComponent))
    }

    private static var root: URL {
        URL(fileURLWithPath: fixture("")).deletingLastPathComponent().deletingLastPathComponent()
    }
}

/// One breach of a rule.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    /// From 1.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
