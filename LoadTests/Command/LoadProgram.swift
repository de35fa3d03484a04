import LinuxSystem
import LoadEngine
import LoadReports
import Settings

/// The executable `tremolo-load`: reads the command line, measures, prints, and ends with a code of `sysexits.h`: 0
/// when everything was as expected, 65 when a check failed, 69 when nobody answers, 64 for a wrong command line.
@main
enum LoadProgram {
    static func main() {
        let code = run(Array(CommandLine.arguments.dropFirst()))
        Host.endProcess(code.rawValue)
    }

    private static func run(_ arguments: [String]) -> ExitCode {
        let reader = ArgumentReader(commands: [LoadArguments.description], sharedFlags: [])
        let name = LoadArguments.description.name
        do throws(ArgumentError) {
            switch try reader.read([name] + arguments) {
            case .help:
                let help = HelpText(
                    program: name, summary: "", reader: reader,
                    columns: min(Host.terminalWidth(StandardStream.output.rawValue) ?? 80, 100))
                return print(help.text(on: .command(LoadArguments.description)))
            case .version:
                return print("\(name) of Tremolo\n")
            case .command(let parsed):
                return run(parsed, command: [name] + arguments)
            }
        } catch {
            return fail(LoadFailure(.usage, error.message))
        }
    }

    private static func run(_ parsed: ParsedArguments, command: [String]) -> ExitCode {
        do throws(LoadFailure) {
            let arguments = try LoadArguments(parsed)
            var measurement = try Measurement(arguments, command: command)
            let report = try measurement.run()
            if let path = arguments.page { try write(LoadPage(report).text, to: path) }
            _ = print(arguments.wantsJSON ? LoadJSON(report).text : LoadTable(report).text)
            return report.isRight ? .done : .badInput
        } catch {
            return fail(error)
        }
    }

    private static func write(_ text: String, to path: String) throws(LoadFailure) {
        do throws(SystemError) {
            try Files.replaceDurably(path, contents: Array(text.utf8).span)
        } catch {
            throw LoadFailure(.cannotCreate, Message(path, why: error.reason, whatToDo: "name another file"))
        }
    }

    private static func print(_ text: String) -> ExitCode {
        do throws(SystemError) {
            try StandardStream.output.write(text)
            return .done
        } catch {
            return .inputOutput
        }
    }

    private static func fail(_ failure: LoadFailure) -> ExitCode {
        try? StandardStream.error.write("\(failure.message)\n")
        return failure.code
    }
}

/// Why the program ends early.
struct LoadFailure: Error {
    let code: ExitCode
    let message: Message

    init(_ code: ExitCode, _ message: Message) {
        self.code = code
        self.message = message
    }

    /// A command line that can't be obeyed.
    static func usage(_ what: String, why: String, whatToDo: String) -> LoadFailure {
        LoadFailure(.usage, Message(what, why: why, whatToDo: whatToDo))
    }
}
