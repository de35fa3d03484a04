import Bytes
import EdgeServer
import Engagement
import Journal
import LinuxSystem
import Settings

/// The executable `journal-maker`: writes a journal of so many events of so many people, for figures of the aggregator.
///
/// What comes out is a data folder that `tremolo rebuild` and `tremolo report` accept: events are written by the calls
/// that the server writes them by, under keys in the server's form. The same flags give the same events. The keys are
/// made of the seed, so nobody's real events belong into such a folder.
@main
enum Program {
    static func main() {
        Host.endProcess(run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    private static func run(_ arguments: [String]) -> ExitCode {
        let reader = ArgumentReader(commands: [JournalPlan.command], sharedFlags: [])
        do {
            // The reader reads programs of several commands; here the program's name is the only one.
            switch try reader.read([JournalPlan.command.name] + arguments) {
            case .command(let parsed):
                try print(try JournalMaking(JournalPlan(parsed)).run())
            case .help(let topic):
                try StandardStream.output.write(
                    HelpText(program: "", summary: "", reader: reader).text(on: topic))
            case .version:
                try StandardStream.output.write("journal-maker \(Version.text)\n")
            }
            return .done
        } catch let error as ArgumentError {
            // The reader's messages are the server's program's.
            let message = "\(error.message)".replacing("tremolo journal-maker", with: "journal-maker")
            return fail(message.replacing("tremolo: ", with: ""), .usage)
        } catch let error as JournalPlan.Problem {
            return fail("\(error)", .usage)
        } catch let error as EdgeError {
            return fail("\(error)", .cannotCreate)
        } catch {
            return fail("\(error)", .inputOutput)
        }
    }

    private static func fail(_ message: String, _ code: ExitCode) -> ExitCode {
        // There is nobody to tell when standard error is gone.
        try? StandardStream.error.write("journal-maker: \(message)\n")
        return code
    }

    private static func print(_ made: JournalMaking.Outcome) throws(SystemError) {
        var writer = JSONWriter()
        writer.beginObject()
        for (key, value) in made.figures {
            writer.key(key)
            writer.number(value)
        }
        writer.endObject()
        try StandardStream.output.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
    }
}
