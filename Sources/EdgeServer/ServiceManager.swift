import LinuxSystem
import Synchronization

/// Who started this process and wants to know how it is: systemd, told over the socket that `NOTIFY_SOCKET` names, as
/// sd_notify(3) says. Where nobody asks, nothing is said.
///
/// Any thread may call it. That something could not be said is logged once and changes nothing else.
final class ServiceManager: Sendable {
    private struct State: ~Copyable {
        var socket: DatagramSocket?
        /// What a message failed with first, until it is told.
        var trouble: SystemError?
        var hasFailed = false
        var isStopping = false
        var status = ""
    }

    private let state: Mutex<State>
    private let log: ServerLog
    /// How long the process may be silent before it is taken for hung, `WATCHDOG_USEC`; nil: for ever.
    let watchdogNanoseconds: UInt64?

    /// Opens the way.
    ///
    /// - Parameter variable: the value of a variable of the environment.
    init(
        log: ServerLog, processID: Int32 = Host.processID, variable: (String) -> String? = Environment.value
    ) {
        self.log = log
        state = Mutex(State())
        let name = variable("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        let isMeant = variable("WATCHDOG_PID").map { $0 == "\(processID)" } ?? true
        let microseconds = variable("WATCHDOG_USEC").flatMap { UInt64($0) } ?? 0
        let isWatched = name != nil && isMeant && microseconds > 0 && microseconds < UInt64.max / 1_000
        watchdogNanoseconds = isWatched ? microseconds * 1_000 : nil
        guard let name else { return }
        state.withLock { state in
            do throws(SystemError) {
                state.socket = try DatagramSocket(sendingTo: name, timeoutMilliseconds: Self.timeoutMilliseconds)
            } catch {
                Self.fail(&state, error)
            }
        }
    }

    /// The process accepts and answers.
    ///
    /// - Parameter status: one line for `systemctl status`.
    func ready(_ status: String) {
        state.withLock { state in
            state.status = status
            send("READY=1\nSTATUS=\(status)", &state)
        }
    }

    /// It reads its configuration again.
    func reloading() {
        state.withLock { state in
            guard !state.isStopping, !state.status.isEmpty else { return }
            let now = SystemClock.monotonicNanoseconds() / 1_000
            send("RELOADING=1\nMONOTONIC_USEC=\(now)\nSTATUS=reads the configuration again", &state)
        }
    }

    /// It has done so, whatever came of it.
    func reloaded() {
        state.withLock { state in
            guard !state.isStopping, !state.status.isEmpty else { return }
            send("READY=1\nSTATUS=\(state.status)", &state)
        }
    }

    /// It drains and ends, which may take so long.
    func stopping(atMostNanoseconds: UInt64) {
        state.withLock { state in
            state.isStopping = true
            send("STOPPING=1\nSTATUS=drains\nEXTEND_TIMEOUT_USEC=\(atMostNanoseconds / 1_000)", &state)
        }
    }

    /// It makes progress: `Watchdog`. It waits for nothing, and is not said where another thread says something just
    /// now.
    func isWell() {
        state.withLockIfAvailable { state in send("WATCHDOG=1", &state, waits: false) }
    }

    /// Says in the log, once, that the manager is not told.
    func tellTrouble() {
        guard let trouble = state.withLock({ $0.trouble.take() }) else { return }
        log.write(
            .warning, "notify-failed", ("reason", "\(trouble)"),
            ("what", "the service manager is not told how this server is; everything else goes on"))
    }

    private func send(_ message: String, _ state: inout State, waits: Bool = true) {
        guard state.socket != nil else { return }
        do throws(SystemError) {
            try state.socket?.send(message, waits: waits)
        } catch {
            Self.fail(&state, error)
        }
    }

    private static func fail(_ state: inout State, _ error: SystemError) {
        guard !state.hasFailed else { return }
        state.hasFailed = true
        state.trouble = error
    }

    /// A manager that takes nothing must not hold the server up.
    private static let timeoutMilliseconds: Int32 = 1_000
}
