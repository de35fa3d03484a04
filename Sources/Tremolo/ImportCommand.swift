import Bytes
import EdgeServer
import Journal
import LinuxSystem
import Reports
import Settings

/// `tremolo import`: takes another node's closed segments in, once each.
enum ImportCommand {
    static let command = Command(
        description: CommandDescription(
            name: "import", summary: "takes another node's closed segments in, once each",
            details: [
                "DIR is the other node's data folder, its journal, or a copy of either, whole or half; a folder above "
                    + "several of them will do. What is here already is not taken again, so repeat it as often as "
                    + "you like. It goes through the running server, which must be able to read DIR, or straight into "
                    + "the data folder when none runs.",
                "Segments that their node may still write to are left for later, and so are those behind records that "
                    + "are not here yet. Files that are no segments stay where they are.",
                "For one report on people, the nodes share one key folder (keys in the configuration). Record sends on "
                    + "one of them: what is recorded twice counts twice.",
                "It takes no more room than the disk has above journal.minimumFree. Interrupted (control-C, or killed) "
                    + "it leaves what was taken, and the next one goes on from there.",
                "It exits 0 also when something was left for later, 65 when a segment can't be taken as it is, 66 when "
                    + "DIR holds none, 74 and 77 when something can't be read or written, 130 when interrupted.",
            ],
            operands: [OperandDescription("DIR", summary: "a folder with segments in it, or below it")],
            flags: [
                FlagDescription(
                    switch: "ended", summary: "takes the last segments too: the nodes that wrote them run no more"),
                FlagDescription(
                    switch: "as-is",
                    summary: "takes what lies behind records that will never come; these count as damaged for good"),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form of what it came to", standard: "text",
                    choices: ["text", "json"]),
            ],
            examples: ["import /mnt/edge-2/data", "import --ended /var/backups/edge-2"])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let configuration = try context.configuration()
        let options = JournalImport.Options(
            takesOpen: arguments.has("ended"), takesAsItIs: arguments.has("as-is"))
        let progress = ProgressLine(title: "import", unit: .bytes)
        let interruption = try Interruption.ofCommand()
        let outcome: ImportOutcome
        let way: SegmentImport.Way
        do throws(EdgeError) {
            (outcome, way) = try SegmentImport(configuration).run(
                from: arguments.operands[0], options: options, interruption: interruption,
                onNote: { line in
                    progress.clear()
                    CommandOutput.note("tremolo: import: \(TerminalText.escape(line))")
                }, progress: { done, total in progress.show(done, of: total) })
        } catch {
            progress.clear()
            guard error == .interrupted, let signal = interruption.signal else { throw CommandFailure(error) }
            throw CommandFailure(
                ExitCode(interruptedBy: signal),
                Message("import", why: "interrupted", whatToDo: "the server ends it soon: import again then"))
        }
        progress.clear()
        if arguments.value("format") == "json" {
            var writer = JSONWriter()
            outcome.write(to: &writer)
            try CommandOutput.write(writer.bytes + [UInt8(ascii: "\n")])
        } else if outcome.end == .done || outcome.tally.takenRecords > 0 {
            try CommandOutput.write(text(outcome.tally, way))
        }
        guard outcome.end == .done else {
            throw CommandFailure(
                code(outcome, interruption.signal), Message(sentence: TerminalText.escape(outcome.reason)))
        }
        return code(outcome, nil)
    }

    private static func text(_ tally: ImportTally, _ way: SegmentImport.Way) -> String {
        var parts = [
            "taken: \(count(tally.takenSegments, "segment")), \(count(tally.takenRecords, "record")), "
                + "\(tally.takenEvents) of them events",
            "here already: \(tally.hereSegments)",
        ]
        let others: [(UInt64, String)] = [
            (tally.damagedRecords, "damaged where they come from"), (tally.openSegments, "left for later, still open"),
            (tally.waitingSegments, "left for later, not whole or behind what is not here"),
            (tally.refusedSegments, "refused"), (tally.unreadableItems, "not readable"),
            (tally.passedOverItems, "no segments"),
        ]
        parts += others.filter { $0.0 > 0 }.map { "\($0.1): \($0.0)" }
        if way == .folder, tally.takenRecords > 0 { parts.append("no server runs: they count from the next start on") }
        return parts.joined(separator: "; ") + "\n"
    }

    private static func count(_ number: UInt64, _ noun: String) -> String {
        "\(number) \(noun)" + (number == 1 ? "" : "s")
    }

    private static func code(_ outcome: ImportOutcome, _ signal: ProcessSignal?) -> ExitCode {
        switch outcome.end {
        case .noInput: return .noInput
        case .noPermission: return .noPermission
        case .inputOutput: return .inputOutput
        case .stopped: return signal.map(ExitCode.init(interruptedBy:)) ?? .unavailable
        case .done: break
        }
        if outcome.tally.refusedSegments > 0 { return .badInput }
        if outcome.tally.forbiddenItems > 0 { return .noPermission }
        return outcome.tally.unreadableItems > 0 ? .inputOutput : .done
    }
}
