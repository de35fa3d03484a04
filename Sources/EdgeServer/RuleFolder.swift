import Bytes
package import Engagement
import LinuxSystem

/// The folder of the classification rules: every `*.json5` in it, together one rule set.
package enum RuleFolder {
    /// Reads the rule set.
    ///
    /// - Throws: `EdgeError.rule` with the file and the place in it, `.rules` for a folder that can't be read.
    package static func read(_ folder: String) throws(EdgeError) -> RuleSet {
        var files: [RuleFile] = []
        do throws(SystemError) {
            for name in try Files.list(folder).sorted() where name.hasSuffix(".json5") {
                let bytes = try Files.readAll("\(folder)/\(name)", limitBytes: fileBytesMax)
                files.append(RuleFile(name: name, bytes: bytes))
            }
        } catch {
            // The shipped folder is relative: a server that was started elsewhere still tells machines by the built-in
            // rules.
            if error.isNotFound, folder == defaultFolder { return .builtIn }
            throw .rules(path: folder, reason: error.reason)
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

    private static let defaultFolder = "Config/rules"
    private static let fileBytesMax = 16 << 20
}
