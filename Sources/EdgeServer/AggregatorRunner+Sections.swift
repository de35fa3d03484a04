import Campaigns
import Engagement
import Synchronization

extension AggregatorRunner {
    /// Counts under these sections from the next cycle on: those that are new under their own names, those that are
    /// gone as `(unknown)`, as a server that starts with them does. What was counted before stays as it is until a
    /// rebuild.
    ///
    /// A section that was there keeps its hours and days. Nothing happens where the sections are the same.
    func use(_ directory: SectionDirectory) {
        let isNew = sections.withLock { sections in
            var next = directory
            for (id, known) in sections.directory.sections {
                next.sections[id]?.zone = known.zone
                next.sections[id]?.zoneName = known.zoneName
            }
            guard next.sections.mapValues(\.zoneName) != sections.directory.sections.mapValues(\.zoneName) else {
                return false
            }
            sections = (next, sections.version + 1)
            return true
        }
        if isNew { wake() }
    }

    /// Judges by these rules from the next cycle on. What was counted before stays as it is until a rebuild.
    ///
    /// - Parameter folder: where a rebuild reads them again.
    /// - Returns: the version of the rules that judged so far.
    func use(_ rules: RuleSet, from folder: String) -> String {
        let before = self.rules.withLock { known in
            defer { known = (rules, folder) }
            return known.set.version
        }
        if before != rules.version {
            sections.withLock { $0.version += 1 }
            wake()
        }
        return before
    }

    /// Takes over the sections and rules that `use` left: the store is opened anew, and counting goes on at its
    /// checkpoint, as after a restart. On the aggregator's thread.
    func goOn(with version: inout Int, _ held: inout Held?, _ keeper: inout RetentionKeeper) {
        let (directory, latest) = sections.withLock { $0 }
        guard latest != version else { return }
        version = latest
        close(&held)
        keeper.use(directory)
    }
}
