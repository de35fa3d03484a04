package import LinuxSystem

/// Why the files that settings come from can't be used.
package enum SettingsError: Error, Equatable, Sendable {
    /// The configuration file that was named can't be read.
    case configurationFile(path: String, SystemError)
    /// The file of a secret can't be read.
    case secretFile(path: String, SystemError)
    /// The file of a secret does not hold one.
    case noSecret(path: String)
}

extension SettingsError {
    /// What to tell the operator.
    package var message: Message {
        switch self {
        case .configurationFile(let path, let error):
            Message(
                path, why: error.reason,
                whatToDo: error.isNotFound
                    ? "name the configuration with --config FILE"
                    : error.isTooLarge ? "make it smaller" : "make it a file that this user may read")
        case .secretFile(let path, let error):
            Message(path, why: error.reason, whatToDo: "make it a file that this user, and nobody else, may read")
        case .noSecret(let path):
            Message(path, why: "it holds no token", whatToDo: "write 16 to 512 printable ASCII characters on one line")
        }
    }

    /// What the command exits with.
    package var exitCode: ExitCode {
        switch self {
        case .configurationFile(_, let error), .secretFile(_, let error):
            error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput
        case .noSecret: .configuration
        }
    }
}
