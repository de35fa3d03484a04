/// Which settings of two configurations differ, by their paths.
package struct ConfigurationDifference: Equatable, Sendable {
    /// One setting that differs.
    package struct Change: Equatable, Sendable, CustomStringConvertible {
        /// What became of it.
        package enum Kind: String, Equatable, Sendable {
            case changed, added, removed
        }

        /// Its path, such as `journal.segmentSize`, `sections.8781202.hosts` or `sections.8781202` for a whole section.
        package let path: String
        /// What became of it.
        package let kind: Kind

        /// Such as `sections.1.hosts`, or `sections.2 (added)`.
        package var description: String { kind == .changed ? path : "\(path) (\(kind.rawValue))" }
    }

    /// The settings that differ: those of the first level in their order, behind them sections in the new one's order,
    /// then those that are gone.
    package private(set) var changes: [Change] = []

    /// Compares.
    package init(from old: Configuration, to new: Configuration) {
        var (oldRest, newRest) = (old, new)
        (oldRest.sections, newRest.sections) = ([], [])
        (oldRest.smallFiles, newRest.smallFiles) = ([], [])
        compare(oldRest.members, newRest.members, "")
        // Secrets are written as one word.
        for (name, secret) in [("adminToken", \Configuration.adminToken), ("viewerToken", \.viewerToken)]
        where old[keyPath: secret] != new[keyPath: secret] && !changes.contains(where: { $0.path == name }) {
            add(name, .changed)
        }
        compare(old.smallFiles, new.smallFiles)
        for section in new.sections {
            let path = "sections.\(section.id)"
            if let before = old.section(section.id) {
                compare(before.members, section.members, "\(path).")
            } else {
                add(path, .added)
            }
        }
        let kept = Set(new.sections.map(\.id))
        for section in old.sections where !kept.contains(section.id) { add("sections.\(section.id)", .removed) }
    }

    private mutating func compare(_ old: [SettingText.Member], _ new: [SettingText.Member], _ path: String) {
        for (before, after) in zip(old, new) where before.value != after.value {
            if case .group(let inner) = before.value, case .group(let outer) = after.value {
                compare(inner, outer, "\(path)\(before.name).")
            } else {
                add(path + before.name, .changed)
            }
        }
    }

    /// Compares small files by their paths: in which order they stand makes no difference.
    private mutating func compare(_ old: [SmallFileSettings], _ new: [SmallFileSettings]) {
        for file in new {
            let before = old.first { $0.path == file.path }
            if before != file { add("static.\(file.path)", before == nil ? .added : .changed) }
        }
        for file in old where !new.contains(where: { $0.path == file.path }) { add("static.\(file.path)", .removed) }
    }

    private mutating func add(_ path: String, _ kind: Change.Kind) {
        changes.append(Change(path: path, kind: kind))
    }
}
