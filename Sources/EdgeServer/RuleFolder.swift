import Bytes
package import Engagement
import LinuxSystem

/// The folder of the classification rules: every `*.json5` in it, together one rule set. Names that begin with a dot
/// are editors' own files and not read.
package enum RuleFolder {
    /// Reads the rule set.
    ///
    /// - Parameter orBuiltIn: true for a start, where the shipped folder may not be there: it is relative, and a server
    ///   that was started elsewhere still tells machines by the built-in rules. Whoever has other rules already keeps
    ///   those.
    /// - Throws: `EdgeError.rule` with the file and the place in it, `.rules` for a folder that can't be read or has no
    ///   rules.
    package static func read(_ folder: String, orBuiltIn: Bool = true) throws(EdgeError) -> RuleSet {
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(folder).filter { $0.hasSuffix(".json5") && !$0.hasPrefix(".") }.sorted()
        } catch {
            if error.isNotFound, folder == defaultFolder, orBuiltIn { return .builtIn }
            throw .rules(path: folder, reason: error.reason)
        }
        guard !names.isEmpty else { throw .rules(path: folder, reason: "it has no file of rules (*.json5)") }
        var files: [RuleFile] = []
        for name in names {
            files.append(RuleFile(name: name, bytes: try bytes(of: "\(folder)/\(name)")))
        }
        do throws(EngagementError) {
            return try RuleSet(files: files)
        } catch {
            switch error {
            case .rules(let file, let place, let problem):
                throw .rule(place: "\(folder)/\(file):\(place.line):\(place.column)", problem: "\(problem)")
            case .rulesSyntax(let file, let error):
                let place = error.place
                throw .rule(place: "\(folder)/\(file):\(place.line):\(place.column)", problem: error.message)
            default:
                throw .rules(path: folder, reason: "\(error)")
            }
        }
    }

    /// What a file holds. What is no file, a pipe without a writer above all, is not waited for.
    private static func bytes(of path: String) throws(EdgeError) -> [UInt8] {
        do throws(SystemError) {
            if try Files.status(path).kind == .file { return try Files.readAll(path, limitBytes: fileBytesMax) }
        } catch {
            throw .rules(path: path, reason: error.reason)
        }
        throw .rules(path: path, reason: "it is no file")
    }

    private static let defaultFolder = "Config/rules"
    private static let fileBytesMax = 16 << 20
}
