import EdgeServer
import Settings

/// Warns on standard error of key files that others than their owner can open.
enum KeyModeNotes {
    static func write(_ folder: String) {
        for warning in KeyFolder.modeWarnings(folder) { CommandOutput.message(Message("warning", why: warning)) }
    }
}
