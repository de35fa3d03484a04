import EdgeServer
import LinuxSystem
import Settings

/// `tremolo rebuild`: builds the store again from the journal.
enum RebuildCommand {
    static let command = Command(
        description: CommandDescription(
            name: "rebuild", summary: "builds the store again from the journal, under the rules of today",
            details: [
                "Reports show the old figures until the new ones are complete. It goes through the running server, or "
                    + "works on the folder alone when none runs. Interrupted, it leaves the old figures as they are."
            ])
    ) { context throws(CommandFailure) in
        let configuration = try context.configuration()
        let progress = ProgressLine(title: "rebuild")
        do throws(EdgeError) {
            try StoreRebuild(configuration).run { counted, total in progress.show(counted, of: total) }
        } catch {
            progress.clear()
            throw CommandFailure(error)
        }
        progress.clear()
        CommandOutput.note("rebuilt")
        return .done
    }
}

/// A line that shows how far long work is, on a terminal alone, drawn at most ten times a second.
final class ProgressLine {
    private let title: String
    private let isShown = StandardStream.error.isTerminal
    private var drawnNanoseconds: UInt64 = 0

    init(title: String) {
        self.title = title
    }

    /// Shows so many of so many.
    func show(_ done: UInt64, of total: UInt64) {
        let now = SystemClock.monotonicNanoseconds()
        guard isShown, now - drawnNanoseconds >= 100_000_000 else { return }
        drawnNanoseconds = now
        let percent = total > 0 ? min(100, done * 100 / total) : 0
        let filled = Int(percent) / 4
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 25 - filled)
        write("\r\(title) [\(bar)] \(percent)% (\(done) of \(total))")
    }

    /// Takes the line away.
    func clear() {
        if isShown, drawnNanoseconds > 0 { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        // There is nobody to tell when standard error is gone.
        try? StandardStream.error.write(text)
    }
}
