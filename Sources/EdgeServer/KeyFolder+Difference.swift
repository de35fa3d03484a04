import Engagement
import LinuxSystem

extension KeyFolder {
    /// What to say when two folders' keys make different people of one person; nil when they don't, and when it can't
    /// be told because a folder is not there or may not be read.
    static func difference(between mine: String, and other: String) -> String? {
        guard let mineKeys = people(mine), let otherKeys = people(other) else { return nil }
        // Whoever rotates a key may have more of them: only those that both have can differ.
        let differs = mineKeys.contains { name, secret in otherKeys[name].map { $0 != secret } ?? false }
        return differs
            ? "\(other): these are other keys than \(mine): nobody is the same person on both nodes, and unique counts "
                + "add up: give both nodes one key folder (keys in the configuration)" : nil
    }

    /// The keys that people are named with, by their files' names.
    private static func people(_ folder: String) -> [String: [UInt8]]? {
        do throws(EdgeError) {
            let files = try keyFiles(in: folder).filter { $0.purpose == .root || $0.purpose == .event }
            return files.isEmpty ? nil : Dictionary(files.map { ($0.fileName, $0.secret) }) { first, _ in first }
        } catch {
            return nil
        }
    }
}
