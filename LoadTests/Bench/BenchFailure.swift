import Settings

/// Why a row, or the whole program, ends early.
struct BenchFailure: Error {
    let code: ExitCode
    let message: Message

    init(_ code: ExitCode, _ message: Message) {
        self.code = code
        self.message = message
    }

    /// A command line that can't be obeyed.
    static func usage(_ what: String, why: String, whatToDo: String) -> BenchFailure {
        BenchFailure(.usage, Message(what, why: why, whatToDo: whatToDo))
    }

    /// A program that should run and doesn't.
    static func unavailable(_ what: String, why: String, whatToDo: String? = nil) -> BenchFailure {
        BenchFailure(.unavailable, Message(what, why: why, whatToDo: whatToDo))
    }
}
