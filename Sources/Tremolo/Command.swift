import Campaigns
import EdgeServer
import LinuxSystem
import Settings

/// One command of the program: how it is called, and what it does.
struct Command: Sendable {
    /// Its name, flags and help.
    let description: CommandDescription
    /// Runs it. The code that it returns is the process's; a failure carries its own.
    let run: @Sendable (CommandContext) throws(CommandFailure) -> ExitCode
}

/// Why a command ends early: the exit code and the message on standard error.
struct CommandFailure: Error {
    /// What the process exits with.
    let code: ExitCode
    /// What is written to standard error; nil where everything was said already.
    let message: Message?

    init(_ code: ExitCode, _ message: Message?) {
        self.code = code
        self.message = message
    }

    /// A failure of the command line's contents that the argument reader can't see.
    static func usage(_ what: String, why: String, whatToDo: String) -> CommandFailure {
        CommandFailure(.usage, Message(what, why: why, whatToDo: whatToDo))
    }

    /// A failure of the server's library.
    init(_ error: EdgeError) {
        self.init(ExitCode(of: error), Message(sentence: "\(error)"))
    }
}

extension Message {
    /// A message whose parts are joined already: the first names the thing.
    init(sentence: String) {
        let parts = sentence.split(separator: ": ", maxSplits: 1).map(String.init)
        self.init(parts[0], why: parts.count > 1 ? parts[1] : "it can't be used")
    }
}

extension Interruption {
    /// Takes the signals over for a command.
    static func ofCommand() throws(CommandFailure) -> Interruption {
        do throws(EdgeError) {
            return try Interruption()
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension ExitCode {
    /// The code that tells a script what kind of failure it was.
    init(of error: EdgeError) {
        switch error {
        case .missingFolder: self = .noInput
        case .folderInUse, .noFolder: self = .cannotCreate
        case .file(_, let reason): self = reason.isNoPermission ? .noPermission : .inputOutput
        case .damagedNode, .newerFormat, .key, .addressKey, .consentList, .consentTime, .damagedPlan,
            .damagedForgotten, .shippingCheckpoint:
            self = .badInput
        case .missingKeys, .rules, .countries, .rule, .page, .smallFile, .configuration, .adminToken, .inherited,
            .clickHousePassword:
            self = .configuration
        case .fleet(let reason): self = ExitCode(of: reason)
        case .listen(_, _, let reason): self = reason.isNoPermission ? .noPermission : .unavailable
        case .journal, .store, .givenUp, .noRoomToForget: self = .inputOutput
        case .sealed(let trouble, _): self = ExitCode(of: trouble)
        case .refused, .noServer: self = .unavailable
        case .interrupted: self = .interrupted
        }
    }
}

extension ExitCode {
    /// The code that tells a script why the fleet's database can't be used.
    init(of error: FleetError) {
        switch error {
        case .server: self = error.isLogin ? .noPermission : .unavailable
        case .noSchema, .olderSchema, .newerSchema: self = .configuration
        case .unreadable: self = .badInput
        case .store(let reason): self = ExitCode(of: reason)
        case .journal: self = .inputOutput
        }
    }
}

extension ExitCode {
    /// The code that tells a script why the store can't be read.
    init(of error: StoreError) {
        switch error {
        case .missing: self = .noInput
        case .unreadable(_, let reason) where reason.isNoPermission: self = .noPermission
        case .unreadableLog: self = .noPermission
        case .newerFormat: self = .badInput
        case let error: self = error.isDamage ? .badInput : .inputOutput
        }
    }

    /// The code that tells a script why the sealed figures can't be used.
    init(of trouble: SealedTrouble) {
        if case .unreadable(let error) = trouble { self.init(of: error) } else { self = .badInput }
    }

    /// The code of a command that a signal ended in order.
    init(interruptedBy signal: ProcessSignal) {
        switch signal {
        case .hangUp: self = .hungUp
        case .terminate: self = .terminated
        default: self = .interrupted
        }
    }
}

/// What a command works with: its arguments and, when it asks, the configuration.
struct CommandContext {
    /// The arguments, read by the command's description.
    let arguments: ParsedArguments

    /// The settings that count, every problem of them on standard error if there is one.
    func settings() throws(CommandFailure) -> EffectiveSettings {
        let reading = try configurationReading()
        guard let effective = reading.effective else {
            for problem in reading.problems { CommandOutput.message(problem.message) }
            throw CommandFailure(reading.exitCode, nil)
        }
        return effective
    }

    /// How a running server puts its configuration together again: as now, and from the file that counts now, so that
    /// one that was removed is missing and no other takes its place.
    func readingAgain() -> ConfigurationReload.Reading {
        let named = ConfigurationFile.find(flag: arguments.value("config"), environment: Environment.value)
        return { [arguments] () throws(SettingsError) in
            try ConfigurationFile.load(
                flag: named, flags: arguments.settings, reader: ConfigurationReader(checks: .complete))
        }
    }

    /// The settings and the problems with them.
    func configurationReading() throws(CommandFailure) -> ConfigurationReading {
        do throws(SettingsError) {
            return try ConfigurationFile.load(
                flag: arguments.value("config"), flags: arguments.settings,
                reader: ConfigurationReader(checks: .complete))
        } catch {
            throw CommandFailure(error.exitCode, error.message)
        }
    }
}

/// Standard output and standard error as commands use them.
enum CommandOutput {
    /// Writes data. A reader that went away (`| head`) ends the command without a word, as other tools do.
    static func write(_ text: String) throws(CommandFailure) {
        try write(Array(text.utf8))
    }

    /// The same for bytes.
    static func write(_ bytes: [UInt8]) throws(CommandFailure) {
        do throws(SystemError) {
            try StandardStream.output.writeAll(bytes.span)
        } catch {
            if error.isConnectionLost { throw CommandFailure(.inputOutput, nil) }
            throw CommandFailure(
                .inputOutput,
                Message(
                    "standard output", why: error.reason,
                    whatToDo: error.isNoSpace ? "free some space, or write to another place" : "write to another place")
            )
        }
    }

    /// The width of the terminal that standard output is, 80 where it does not say; nil when it is no terminal.
    static var columns: Int? {
        StandardStream.output.isTerminal ? Host.terminalWidth(StandardStream.output.rawValue) ?? 80 : nil
    }

    /// Writes one message. There is nobody to tell when standard error is gone.
    static func message(_ message: Message) {
        try? StandardStream.error.write("\(message)\n")
    }

    /// Writes one line for a person on standard error.
    static func note(_ line: String) {
        try? StandardStream.error.write("\(line)\n")
    }
}
