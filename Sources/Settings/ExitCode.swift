/// What a command tells whoever started it, after BSD's `sysexits.h`.
package enum ExitCode: Int32, Sendable, CaseIterable {
    /// Done.
    case done = 0
    /// The command line is wrong.
    case usage = 64
    /// The data that was given is bad.
    case badInput = 65
    /// There is no such input.
    case noInput = 66
    /// A service, such as the running server, is not there.
    case unavailable = 69
    /// A bug.
    case internalError = 70
    /// Something can't be created.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// No permission.
    case noPermission = 77
    /// The configuration is wrong.
    case configuration = 78
    /// Ended in order at a signal: 128 and its number, as shells tell it. SIGHUP.
    case hungUp = 129
    /// The same for SIGINT, control-C.
    case interrupted = 130
    /// The same for SIGTERM.
    case terminated = 143
}

extension ExitCode {
    /// What it says, as the manual page has it.
    package var meaning: String {
        switch self {
        case .done: "done"
        case .usage: "the command line is wrong"
        case .badInput: "the data that was given, or looked at, is bad"
        case .noInput: "there is no such input"
        case .unavailable: "a service, such as the running server, is not there"
        case .internalError: "a bug"
        case .cannotCreate: "something can't be created"
        case .inputOutput: "reading or writing failed"
        case .noPermission: "no permission"
        case .configuration: "the configuration is wrong"
        case .hungUp: "ended in order at SIGHUP"
        case .interrupted: "ended in order at SIGINT (control-C)"
        case .terminated: "ended in order at SIGTERM"
        }
    }
}
