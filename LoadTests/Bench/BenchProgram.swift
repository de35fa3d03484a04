import Dispatch
import Foundation
import LinuxSystem
import Settings

/// The executable `tremolo-bench`, run by `make bench`: measures the rows of the standard comparison one after the
/// other, keeps what was measured, and writes `LoadTests/RESULTS.md` from all that was kept.
///
/// It ends what it started, also on control-C. Its exit code is 0 when every row was measured, whatever the figures:
/// a target that is missed is a result.
@main
enum BenchProgram {
    static func main() {
        let interrupts = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // Sendable, because `main` belongs to the main thread and this runs while it waits.
            let end: @Sendable () -> Void = {
                ChildProcess.stopAll()
                Host.endProcess(128 + number)
            }
            source.setEventHandler(handler: end)
            source.resume()
            return source
        }
        let code = run(Array(CommandLine.arguments.dropFirst()))
        for source in interrupts { source.cancel() }
        Host.endProcess(code.rawValue)
    }

    private static func run(_ arguments: [String]) -> ExitCode {
        let description = BenchArguments.description
        let reader = ArgumentReader(commands: [description], sharedFlags: [])
        do {
            switch try reader.read([description.name] + arguments) {
            case .help:
                let help = HelpText(
                    program: description.name, summary: "", reader: reader,
                    columns: min(Host.terminalWidth(StandardStream.output.rawValue) ?? 80, 100))
                try StandardStream.output.write(help.text(on: .command(description)))
                return .done
            case .version:
                try StandardStream.output.write("\(description.name) \(Version.text)\n")
                return .done
            case .command(let parsed):
                return try measure(BenchArguments(parsed))
            }
        } catch let error as ArgumentError {
            return fail(BenchFailure(.usage, error.message))
        } catch let error as BenchFailure {
            return fail(error)
        } catch {
            return fail(BenchFailure(.inputOutput, Message("tremolo-bench", why: "\(error)")))
        }
    }

    private static func measure(_ arguments: BenchArguments) throws -> ExitCode {
        let kept = MeasurementFolder(path: arguments.folder + "/results")
        var code = ExitCode.done
        if !arguments.onlyRenders {
            let bench = try Workbench(isQuick: arguments.isQuick, folder: arguments.folder)
            let machine = MachineFacts.look(at: bench.folder)
            guard machine.processorCount > 1 else {
                throw BenchFailure.unavailable("tremolo-bench", why: "it needs two processors")
            }
            for name in arguments.rows {
                guard let row = BenchRow.named(name) else { continue }
                bench.say("row \(name): \(row.title)")
                do {
                    defer { bench.clear() }
                    let subjects = try row.measure(bench)
                    try kept.keep(
                        MeasuredRow(
                            row: name, isQuick: arguments.isQuick, date: now(), machine: machine,
                            commands: bench.commands, durability: row.durability, subjects: subjects))
                } catch {
                    // One row that can't be measured leaves the others.
                    code = .unavailable
                    bench.say("row \(name): \((error as? BenchFailure)?.message.description ?? "\(error)")")
                }
            }
        }
        let page = ResultsPage(try kept.read())
        guard page.missing.isEmpty else {
            // A page of few rows must not take the place of one of all, nor rows of two machines stand on one.
            try StandardStream.output.write(page.sections(of: arguments.onlyRenders ? [] : arguments.rows))
            let rows = page.missing.joined(separator: " ")
            try StandardStream.error.write(
                "tremolo-bench: LoadTests/RESULTS.md is left as it is: not measured here yet: \(rows)\n")
            return arguments.onlyRenders ? .noInput : code
        }
        try page.write(to: "LoadTests")
        return code
    }

    private static func now() -> String {
        Date().formatted(
            .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
            + " UTC"
    }

    private static func fail(_ failure: BenchFailure) -> ExitCode {
        try? StandardStream.error.write("\(failure.message)\n")
        return failure.code
    }
}
