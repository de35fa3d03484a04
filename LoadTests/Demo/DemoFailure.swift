import LinuxSystem
import Settings

/// Why the demonstration ends early: its exit code and its message.
struct DemoFailure: Error {
    let code: ExitCode
    let message: Message

    init(_ code: ExitCode, _ what: String, why: String, whatToDo: String) {
        self.code = code
        message = Message(what, why: why, whatToDo: whatToDo)
    }

    /// A file or call that failed.
    init(_ what: String, _ error: SystemError) {
        self.init(
            error.isNoPermission ? .noPermission : .inputOutput, what, why: error.reason,
            whatToDo: "check the disk and the permissions, then start again")
    }

    /// Makes something by system calls, whose failure is told with what it is.
    static func named<Made: ~Copyable>(
        _ what: String, _ make: () throws(SystemError) -> Made
    ) throws(DemoFailure) -> Made {
        do throws(SystemError) {
            return try make()
        } catch {
            throw DemoFailure(what, error)
        }
    }
}
