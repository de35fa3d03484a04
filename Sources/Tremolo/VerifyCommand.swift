import Bytes
import EdgeServer
import Settings

/// `tremolo verify`: checks every record of the journal, and the accounting.
enum VerifyCommand {
    static let command = Command(
        description: CommandDescription(
            name: "verify", summary: "checks every record of the journal, and the accounting",
            details: [
                "It exits 0 when everything is whole, and 65 when something is damaged, with its place on standard "
                    + "error. It works beside a running server and needs none. Interrupted, it says what it has so far "
                    + "and exits 130.",
                "The store is looked at too: its structure, and whether its figures add up. counted and pending are – "
                    + "(null in JSON) where it can't be read. missing is what the store has counted "
                    + "and the journal does not hold whole any more: a rebuild leaves it out. expired is what "
                    + "retention has deleted: it is counted and stays so. Its figures are sealed in sealed.sqlite, "
                    + "which is looked at in the same way.",
            ],
            flags: [
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "table", choices: ["table", "json"])
            ],
            examples: ["verify", "verify --format json | jq .damages"])
    ) { context throws(CommandFailure) in
        let check = JournalCheck(try context.folder())
        var output = VerifyOutput(isJSON: context.arguments.value("format") == "json")
        let progress = ProgressLine(title: "verify", unit: .bytes)
        let interruption = try Interruption.ofCommand()
        let result: JournalCheck.Result
        do throws(EdgeError) {
            result = try check.run(
                isCalledOff: { interruption.isThere || output.hasFailed },
                onTrouble: { trouble in
                    progress.clear()
                    CommandOutput.note("tremolo: journal: \(trouble)")
                    output.add(trouble)
                }, progress: { done, total in progress.show(done, of: total) })
        } catch {
            progress.clear()
            throw CommandFailure(error)
        }
        progress.clear()
        for note in result.store.notes { CommandOutput.note("tremolo: verify: \(note)") }
        if let note = check.note(onSealed: result.sealed) { CommandOutput.note("tremolo: verify: \(note)") }
        try output.finish(result)
        if !result.isComplete, let signal = interruption.signal {
            CommandOutput.note("tremolo: verify: unfinished: it was interrupted: the counts are those until then")
            return ExitCode(interruptedBy: signal)
        }
        if !result.isWhole { return .badInput }
        // The journal is whole; what the store counted of it could not be compared.
        if case .unreadable(let error) = result.store { return ExitCode(of: error) }
        if let trouble = result.sealed { return ExitCode(of: trouble) }
        return .done
    }
}

/// What the command writes to standard output: a table at the end, or one JSON object whose damages are written as they
/// are found, however many there are.
private struct VerifyOutput {
    private let isJSON: Bool
    private var writer = JSONWriter()
    /// Why nothing more can be written.
    private var failure: CommandFailure?

    init(isJSON: Bool) {
        self.isJSON = isJSON
        guard isJSON else { return }
        writer.beginObject()
        writer.key("damages")
        writer.beginArray()
    }

    /// True when nothing more can be written: there is nobody to read on for.
    var hasFailed: Bool { failure != nil }

    /// Writes one damage. What can't be written is told at the end.
    mutating func add(_ trouble: JournalTrouble) {
        guard isJSON, failure == nil else { return }
        trouble.write(to: &writer)
        guard writer.byteCount > Self.partBytes else { return }
        do throws(CommandFailure) {
            try CommandOutput.write(writer.takeBytes())
        } catch {
            failure = error
        }
    }

    private static let partBytes = 1 << 16

    /// Writes the rest.
    mutating func finish(_ result: JournalCheck.Result) throws(CommandFailure) {
        if let failure { throw failure }
        guard isJSON else { return try CommandOutput.write(Self.table(result)) }
        writer.endArray()
        writer.key("shards")
        writer.beginArray()
        for shard in result.shards { shard.write(to: &writer) }
        writer.endArray()
        let totals = result.totals
        writer.key("journaled")
        writer.number(totals.events + totals.damaged + result.expiredEvents)
        for (key, value) in [
            ("events", totals.events), ("damaged", totals.damaged), ("expired", result.expiredEvents),
            ("lost", totals.lost),
        ] {
            writer.key(key)
            writer.number(value)
        }
        writer.key("store")
        writer.string(result.store.name)
        writer.key("sealed")
        writer.string(result.sealed?.name ?? (result.hasSealed ? "whole" : "none"))
        // Processes that ended without stopping, by their shard 0.
        writer.key("interrupted")
        writer.beginArray()
        for shard in result.interrupted { writer.string("\(shard)") }
        writer.endArray()
        writer.key("complete")
        writer.bool(result.isComplete)
        writer.key("whole")
        writer.bool(result.isWhole)
        writer.endObject()
        writer.endLine()
        try CommandOutput.write(writer.bytes)
    }

    private static func table(_ result: JournalCheck.Result) -> String {
        var rows = [
            ["shard", "segments", "records", "events", "lost", "damaged", "counted", "pending", "missing", "expired"]
        ]
        // Shards that have expired as a whole are told together: every start leaves one.
        let gone = result.shards.filter { $0.segments == 0 && $0.missing == 0 }
        for shard in result.shards where shard.segments > 0 || shard.missing > 0 {
            rows.append([
                "\(shard.shard)", "\(shard.segments)", "\(shard.records)", "\(shard.events)", "\(shard.lost)",
                "\(shard.damaged)", shard.counted.map(String.init) ?? "–", shard.pending.map(String.init) ?? "–",
                shard.counted.map { _ in "\(shard.missing)" } ?? "–", "\(shard.expired)",
            ])
        }
        var text = PlainTable.text(rows)
        let totals = result.totals
        let journaled = totals.events + totals.damaged + result.expiredEvents
        text +=
            "\n\(journaled) journaled = \(totals.events) whole + \(totals.damaged) damaged"
            + (result.expiredEvents > 0 ? " + \(result.expiredEvents) expired" : "") + "; \(totals.lost) lost\n"
        if !gone.isEmpty {
            let events = gone.reduce(UInt64(0)) { $0 + $1.expired }
            text +=
                "\(gone.count) shard\(gone.count == 1 ? " has" : "s have") expired as a whole, with \(events) events\n"
        }
        for shard in result.shards where shard.missing > 0 {
            text +=
                "\(shard.shard): the store counted \(shard.missing) event\(shard.missing == 1 ? "" : "s") that the "
                + "journal does not hold any more: a rebuild leaves \(shard.missing == 1 ? "it" : "them") out\n"
        }
        if let sentence = CampaignReport.sentence(onInterrupted: result.interrupted) { text += sentence + "\n" }
        return text
    }
}
