package import LinuxSystem
import Synchronization

/// Control-C, SIGTERM and SIGHUP as something to ask for, so that long work of a command ends in order.
///
/// Made before the command starts another thread: the signals are blocked in those that it starts.
package final class Interruption: Sendable {
    private let signals: SignalFile
    private let taken = Mutex<ProcessSignal?>(nil)

    /// Takes the signals over. Those that the process was started to ignore stay ignored, signalfd(2).
    package init() throws(EdgeError) {
        do throws(SystemError) {
            signals = try SignalFile([.interrupt, .terminate, .hangUp])
        } catch {
            throw .file(path: "signals of the process", error)
        }
    }

    /// The first signal that has come; nil as long as none has.
    package var signal: ProcessSignal? {
        taken.withLock { taken in
            if taken == nil { taken = (try? signals.next()) ?? nil }
            return taken
        }
    }

    /// True when a further signal has come since the first one or since this was asked: somebody is in a hurry.
    var isThereAgain: Bool { taken.withLock { taken in taken != nil && ((try? signals.next()) ?? nil) != nil } }

    /// True once a signal has come.
    package var isThere: Bool { signal != nil }

    /// The number to add to a `Poller` with the interest `.readable`.
    var rawValue: Int32 { signals.rawValue }
}
