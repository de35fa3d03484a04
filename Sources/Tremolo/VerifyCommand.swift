import EdgeServer
import Settings

/// `tremolo verify`: checks every record of the journal, and the accounting.
enum VerifyCommand {
    static let command = Command(
        description: CommandDescription(
            name: "verify", summary: "checks every record of the journal, and the accounting",
            details: ["It exits 0 when everything is whole, and 65 when something is damaged, with its place."])
    ) { context throws(CommandFailure) in
        let check = JournalCheck(try context.folder())
        let progress = ProgressLine(title: "verify")
        let result: JournalCheck.Result
        do throws(EdgeError) {
            result = try check.run(
                onTrouble: { trouble in
                    progress.clear()
                    CommandOutput.note("tremolo: journal: \(trouble)")
                }, progress: { done, total in progress.show(done, of: total) })
        } catch {
            progress.clear()
            throw CommandFailure(error)
        }
        progress.clear()
        try CommandOutput.write(text(result))
        return result.isWhole ? .done : .badInput
    }

    private static func text(_ result: JournalCheck.Result) -> String {
        var rows = [["shard", "segments", "records", "events", "lost", "damaged", "counted", "pending"]]
        for shard in result.shards {
            rows.append([
                "\(shard.shard)", "\(shard.segments)", "\(shard.records)", "\(shard.events)", "\(shard.lost)",
                "\(shard.damaged)", shard.counted.map(String.init) ?? "–", shard.pending.map(String.init) ?? "–",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for row in rows {
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + padding : padding + row[column]
            }
            text += cells.joined(separator: "  ") + "\n"
        }
        let totals = result.totals
        let journaled = totals.events + totals.damaged
        text += "\n\(journaled) journaled = \(totals.events) whole + \(totals.damaged) damaged; \(totals.lost) lost\n"
        for shard in result.shards where shard.missing > 0 {
            text +=
                "\(shard.shard): the store counted \(shard.missing) events that the journal does not hold any more\n"
        }
        if let sentence = CampaignReport.sentence(onInterrupted: result.interrupted) { text += sentence + "\n" }
        return text
    }
}
