import Campaigns
import Settings
import Synchronization

/// The sections that the dashboard names and counts hours of: those in force.
final class DashboardSections: Sendable {
    private let directory: Mutex<SectionDirectory>

    init(_ configuration: Configuration) throws(EdgeError) {
        directory = Mutex(try SectionDirectory(configuration))
    }

    /// Those in force now.
    var current: SectionDirectory { directory.withLock { $0 } }

    fileprivate func use(_ next: SectionDirectory) { directory.withLock { $0 = next } }
}

/// The sections of a configuration that is read again, for the dashboard.
struct DashboardReload: ReloadPart {
    let sections: DashboardSections

    /// None that the workers don't take.
    func takes(_ path: String) -> Bool { false }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let directory = try SectionDirectory(next)
        return { [sections] in
            sections.use(directory)
            return []
        }
    }
}
