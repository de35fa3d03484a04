import LinuxSystem

/// A line that shows how far long work is, on a terminal alone, drawn at most ten times a second.
final class ProgressLine {
    /// What is counted.
    enum Unit {
        case bytes
        case events

        /// A number as a person reads it.
        func text(_ count: UInt64) -> String {
            switch self {
            case .bytes:
                return count >= 1 << 30 ? "\(Self.tenths(count, of: 1 << 30)) GiB" : "\(count >> 20) MiB"
            case .events:
                return count >= 1_000_000 ? "\(Self.tenths(count, of: 1_000_000)) million" : "\(count)"
            }
        }

        private static func tenths(_ count: UInt64, of unit: UInt64) -> String {
            let tenths = count / (unit / 10)
            return "\(tenths / 10).\(tenths % 10)"
        }

        var name: String {
            switch self {
            case .bytes: ""
            case .events: " events"
            }
        }
    }

    private let title: String
    private let unit: Unit
    private let isShown = StandardStream.error.isTerminal
    private let startNanoseconds = SystemClock.monotonicNanoseconds()
    private var drawnNanoseconds: UInt64 = 0

    init(title: String, unit: Unit) {
        self.title = title
        self.unit = unit
    }

    /// Shows so many of so many.
    func show(_ done: UInt64, of total: UInt64) {
        let now = SystemClock.monotonicNanoseconds()
        guard isShown, now - drawnNanoseconds >= 100_000_000 else { return }
        drawnNanoseconds = now
        let columns = Host.terminalWidth(StandardStream.error.rawValue) ?? 80
        write(
            "\r"
                + Self.line(
                    title: title, unit: unit, done: done, total: total, nanoseconds: now - startNanoseconds,
                    columns: columns)
                + "\u{1B}[K")
    }

    /// Takes the line away.
    func clear() {
        guard isShown, drawnNanoseconds > 0 else { return }
        drawnNanoseconds = 0
        write("\r\u{1B}[K")
    }

    /// The line: title, bar, share, counts, rate and the time that is left at that rate. It is shorter than the
    /// terminal is wide, or the next one would not stand in its place.
    static func line(
        title: String, unit: Unit, done: UInt64, total: UInt64, nanoseconds: UInt64, columns: Int
    ) -> String {
        // A journal grows while it is read.
        let (done, share) = (min(done, total), total > 0 ? Double(min(done, total)) / Double(total) : 0)
        var text = " \(Int(share * 100))% (\(unit.text(done)) of \(unit.text(total))\(unit.name)"
        let seconds = Double(nanoseconds) / 1e9
        // What a first moment says of the rate is not worth reading.
        if seconds >= 0.5, done > 0 {
            let rate = Double(done) / seconds
            text += ", \(unit.text(UInt64(rate)))/s, \(left(Double(total - done) / rate))"
        }
        text += ")"
        let cells = min(25, columns - 1 - title.utf8.count - 3 - text.utf8.count)
        guard cells >= 5 else { return String((title + text).prefix(max(0, columns - 1))) }
        let filled = Int(share * Double(cells))
        return "\(title) [" + String(repeating: "#", count: filled) + String(repeating: ".", count: cells - filled)
            + "]\(text)"
    }

    private static func left(_ seconds: Double) -> String {
        switch seconds {
        case ..<100: "\(Int(seconds.rounded(.up))) s left"
        case ..<6_000: "\(Int((seconds / 60).rounded(.up))) min left"
        case ..<360_000: "\(Int((seconds / 3_600).rounded(.up))) h left"
        default: "days left"
        }
    }

    private func write(_ text: String) {
        // There is nobody to tell when standard error is gone.
        try? StandardStream.error.write(text)
    }
}
