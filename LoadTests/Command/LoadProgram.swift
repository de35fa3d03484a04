import Dispatch
import LinuxSystem
import LoadEngine
import LoadReports
import Settings

/// The executable `tremolo-load`: reads the command line, measures, prints, and ends with a code of `sysexits.h`: 0
/// when everything was as expected, 65 when a check failed, 69 when nobody answers, 64 for a wrong command line.
@main
enum LoadProgram {
    static func main() {
        let interrupts = Interruption.watch()
        let code = run(Array(CommandLine.arguments.dropFirst()))
        interrupts.cancel()
        Host.endProcess(Interruption.isThere ? Interruption.status : code.rawValue)
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
                return print("\(name) \(Version.text)\n")
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
            var page: PageFile?
            if let path = arguments.page { page = try PageFile(path) }
            let (report, failure) = try measurement.run()
            // What was measured is shown first, whatever fails behind it.
            let printed = print(arguments.wantsJSON ? LoadJSON(report).text : LoadTable(report).text)
            if let page = page.take() { try page.write(LoadPage(report).text) }
            if let failure { throw failure }
            guard printed == .done else { return printed }
            return report.isRight ? .done : .badInput
        } catch {
            return fail(error)
        }
    }

    private static func print(_ text: String) -> ExitCode {
        do throws(SystemError) {
            try StandardStream.output.write(text)
            return .done
        } catch {
            return fail(
                LoadFailure(.inputOutput, Message("standard output", why: error.reason, whatToDo: "make room for it")))
        }
    }

    private static func fail(_ failure: LoadFailure) -> ExitCode {
        // Where nobody reads messages the code has to do.
        try? StandardStream.error.write(failure.message.line(of: LoadArguments.description.name) + "\n")
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
