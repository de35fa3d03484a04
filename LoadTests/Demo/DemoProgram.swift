import LinuxSystem
import Settings

/// The executable `tremolo-demo`: a server, two campaigns, a report, and the truth beside it.
@main
enum DemoProgram {
    static func main() {
        Host.endProcess(run(Host.arguments).rawValue)
    }

    private static func run(_ arguments: [String]) -> ExitCode {
        let description = DemoArguments.description
        let reader = ArgumentReader(commands: [description], sharedFlags: [])
        do throws(ArgumentError) {
            switch try reader.read([description.name] + arguments) {
            case .help:
                let help = HelpText(program: description.name, summary: "", reader: reader, columns: 100)
                return print(help.text(on: .command(description)))
            case .version: return print("\(description.name) \(Version.text)\n")
            case .command(let parsed): return demonstrate(parsed)
            }
        } catch {
            return fail(.usage, error.message)
        }
    }

    private static func demonstrate(_ parsed: ParsedArguments) -> ExitCode {
        do throws(DemoFailure) {
            let program: String
            do throws(SystemError) {
                program = try Files.targetOfLink("/proc/self/exe")
            } catch {
                throw DemoFailure("/proc/self/exe", error)
            }
            try Demonstration(arguments: DemoArguments(parsed, besides: program)).run()
            return .done
        } catch {
            return fail(error.code, error.message)
        }
    }

    private static func print(_ text: String) -> ExitCode {
        do throws(SystemError) {
            try StandardStream.output.write(text)
            return .done
        } catch {
            return error.isConnectionLost ? .inputOutput : fail(.inputOutput, Message("output", why: error.reason))
        }
    }

    private static func fail(_ code: ExitCode, _ message: Message) -> ExitCode {
        try? StandardStream.error.write("\(message)\n")
        return code
    }
}
