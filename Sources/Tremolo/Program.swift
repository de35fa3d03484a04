import EdgeServer
import GeoIP
import LinuxSystem
import Settings

/// The executable `tremolo`: it reads the command line by the table of commands, runs one, and ends with a code of
/// `sysexits.h`. Each command is a thin layer, in a file of its own, over a call of a library.
@main
enum Program {
    /// The commands, in the order in which help lists them.
    static let commands: [Command] = [
        ServeCommand.command, ReportCommand.command, EventsCommand.command, ExplainCommand.command,
        DoctorCommand.command,
        WrapCommand.command, SignCommand.command, SendsAddCommand.command, NameCommand.command, PeopleCommand.command,
        ConsentImportCommand.importing, ConsentImportCommand.syncing, ConsentCommands.setting, ConsentCommands.status,
        ConsentCommands.key, ForgetCommand.command, PrivacyCommand.printing, PrivacyCommand.rotating,
        ImportCommand.command,
        RebuildCommand.command,
        VerifyCommand.command, StoreCommands.making, StoreCommands.auditing,
        ConfigCheckCommand.command, ConfigPrintCommand.command, ConfigAllowSeenCommand.command,
        CompletionCommand.command, ManualCommand.command,
    ]

    /// What a person types to run the program.
    static let name = "tremolo"

    /// What reads its arguments; help, the manual page and completions are made of it.
    static let reader = ArgumentReader(commands: commands.map(\.description), sharedFlags: StandardFlags.shared)

    static func main() {
        let code = run(Host.arguments)
        Host.endProcess(code.rawValue)
    }

    private static func run(_ arguments: [String]) -> ExitCode {
        do throws(ArgumentError) {
            switch try reader.read(arguments) {
            case .help(let topic):
                let help = HelpText(
                    program: name, summary: "The open tracking edge for email.", reader: reader,
                    columns: min(CommandOutput.columns ?? 80, 100))
                return print(help.text(on: topic))
            case .version:
                return print("tremolo \(Version.text)\(CountryDatabase.isBuiltIn ? " (with GeoIP)" : "")\n")
            case .command(let parsed):
                return run(parsed)
            }
        } catch {
            return fail(CommandFailure(.usage, error.message))
        }
    }

    private static func run(_ parsed: ParsedArguments) -> ExitCode {
        guard let command = commands.first(where: { $0.description == parsed.command }) else {
            preconditionFailure("the argument reader chose a command that is not in the table")
        }
        do throws(CommandFailure) {
            return try command.run(CommandContext(arguments: parsed))
        } catch {
            return fail(error)
        }
    }

    private static func print(_ text: String) -> ExitCode {
        do throws(CommandFailure) {
            try CommandOutput.write(text)
            return .done
        } catch {
            return fail(error)
        }
    }

    private static func fail(_ failure: CommandFailure) -> ExitCode {
        if let message = failure.message { CommandOutput.message(message) }
        return failure.code
    }
}
