import Foundation

/// What a result depends on beside the code: it stands at the head of the page.
struct MachineFacts: Codable, Equatable {
    var processor: String
    var processorCount: Int
    var memory: String
    var kernel: String
    var congestionControl: String
    /// The file system of the data folder.
    var fileSystem: String
    /// Versions by program, in the order of the page.
    var versions: [String]
    var commit: String

    /// Looks at this machine.
    ///
    /// - Parameter folder: where data folders are, absolute.
    static func look(at folder: String) -> MachineFacts {
        let model = ProcessFacts.text("/proc/cpuinfo").split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { trimmed(String($0)) }
        let memory = ProcessFacts.words("/proc/meminfo").dropFirst().first.flatMap { Double($0) } ?? 0
        // What the bench itself writes changes nothing of what it measures.
        let changes = "git status --porcelain --untracked-files=no -- . ':!LoadTests/RESULTS.md' ':!LoadTests/results'"
        let hasChanges = !said([changes]).isEmpty
        return MachineFacts(
            processor: model ?? "unknown", processorCount: ProcessInfo.processInfo.processorCount,
            memory: String(format: "%.1f GiB", memory / 1_048_576),
            kernel: trimmed(ProcessFacts.text("/proc/sys/kernel/osrelease")),
            congestionControl: trimmed(ProcessFacts.text("/proc/sys/net/ipv4/tcp_congestion_control")),
            fileSystem: fileSystem(of: folder),
            versions: [
                said(["swift", "--version"]), said(["nginx", "-v"]), said(["haproxy", "-v"]), said(["wrk", "-v"]),
            ].map { firstLine($0) },
            commit: said(["git", "rev-parse", "--short", "HEAD"]) + (hasChanges ? " and changes" : ""))
    }

    /// The type of the file system that a folder is on; what is mounted there is nobody's business.
    static func fileSystem(of folder: String) -> String {
        let mounts = ProcessFacts.text("/proc/self/mounts").split(separator: "\n").map { $0.split(separator: " ") }
        let holding = mounts.filter { mount in
            mount.count > 2 && (mount[1] == "/" || folder == mount[1] || folder.hasPrefix(mount[1] + "/"))
        }
        return holding.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown"
    }

    /// What a program says on either stream; empty when it can't be run.
    private static func said(_ command: [String]) -> String {
        let quoted = command.joined(separator: " ") + " 2>&1"
        let outcome = try? ChildProcess.run(["bash", "-c", quoted], errors: .nullDevice)
        return trimmed(outcome?.output ?? "")
    }

    private static func firstLine(_ text: String) -> String {
        text.split(separator: "\n").first.map { String($0.prefix(80)) } ?? "unknown"
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
