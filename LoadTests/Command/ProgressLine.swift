import LinuxSystem
import LoadEngine
import LoadReports

/// The line on standard error that says how far a run is; nothing where that is no terminal.
struct ProgressLine: Sendable {
    private let isTerminal = StandardStream.error.isTerminal

    func show(_ title: String, _ progress: LoadRun.Progress? = nil) {
        guard isTerminal else { return }
        var line = title
        if let progress {
            let rate = progress.elapsedSeconds > 0 ? Double(progress.completed) / progress.elapsedSeconds : 0
            line += ": \(NumberText.decimal(progress.elapsedSeconds, 1)) of "
            line += "\(NumberText.decimal(progress.totalSeconds, 1)) s, \(NumberText.grouped(progress.completed)) "
            line += "answered (\(NumberText.decimal(rate, 0))/s), \(NumberText.grouped(progress.errors)) errors"
        }
        try? StandardStream.error.write("\r\u{1B}[K" + line)
    }

    func clear() {
        guard isTerminal else { return }
        try? StandardStream.error.write("\r\u{1B}[K")
    }

    /// A line that stays, on a terminal or not.
    func note(_ line: String) {
        clear()
        try? StandardStream.error.write(line + "\n")
    }
}
