import Bytes
import Campaigns
import EdgeServer
import Settings

/// `tremolo store init` and `tremolo store audit`: the fleet's store.
enum StoreCommands {
    static let making = Command(
        description: CommandDescription(
            name: "store init", summary: "makes the tables of the fleet's ClickHouse, or brings older ones up to date",
            details: [
                "It makes the database and the tables that are not there and adds the columns that older ones lack; "
                    + "what is there stays. Run it once for a fleet, and again with a newer tremolo that asks for it, "
                    + "before the nodes are replaced. clickhouse.engine and clickhouse.cluster say how tables are kept."
            ], examples: ["store init", "store init --config /etc/tremolo/tremolo.json5"])
    ) { context throws(CommandFailure) in
        let configuration = try context.configuration()
        let outcome: FleetSetup.Outcome
        do throws(EdgeError) {
            outcome = try database(configuration).makeTables()
        } catch {
            throw CommandFailure(error)
        }
        for table in outcome.madeTables { CommandOutput.note("made the table \(table)") }
        for column in outcome.addedColumns { CommandOutput.note("added the column \(column)") }
        let before = outcome.before.map { "they had version \($0)" } ?? "there were none"
        CommandOutput.note("the tables have version \(FleetSchema.version); before, \(before)")
        return .done
    }

    static let auditing = Command(
        description: CommandDescription(
            name: "store audit",
            summary: "compares the events in ClickHouse with the journal, and ships what is missing",
            details: [
                "A server that loses power may lose rows that it has acknowledged. This counts, for each shard of the "
                    + "data folder's journal, the events that were shipped and are there. Where some are missing, the "
                    + "running server, or the next one, ships again from the first of them on, and this exits 65. "
                    + "Events that have expired here can't be compared."
            ],
            flags: [
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form of the answer", standard: "table",
                    choices: ["table", "json"])
            ], examples: ["store audit", "store audit --format json"])
    ) { context throws(CommandFailure) in
        let configuration = try context.configuration()
        let progress = ProgressLine(title: "audit", unit: .events)
        let outcome: FleetAudit.Outcome
        do throws(EdgeError) {
            outcome = try FleetAudit(configuration).run { done, total in progress.show(done, of: total) }
        } catch {
            progress.clear()
            throw CommandFailure(error)
        }
        progress.clear()
        try CommandOutput.write(context.arguments.value("format") == "json" ? json(outcome) : table(outcome))
        guard let from = outcome.againFromNanoseconds else { return .done }
        throw CommandFailure(
            .badInput,
            Message(
                "store audit",
                why: "\(outcome.missing) events are missing in ClickHouse, and everything since "
                    + "\(RFC3339.string(from, fractionDigits: 0)) is shipped again",
                whatToDo: "look again later, and see whether the server lost power"))
    }

    private static func database(_ configuration: Configuration) throws(EdgeError) -> FleetDatabase {
        guard let database = try FleetDatabase(configuration) else { throw FleetDatabase.notConfigured }
        return database
    }

    private static func json(_ outcome: FleetAudit.Outcome) -> [UInt8] {
        var writer = JSONWriter(layout: .pretty)
        writer.beginObject()
        writer.key("shards")
        writer.beginArray()
        for shard in outcome.shards {
            writer.beginObject()
            writer.member("shard", "\(shard.shard)")
            writer.key("journaled")
            writer.number(shard.journaled)
            writer.key("missing")
            writer.number(shard.missing)
            writer.key("firstMissing")
            if let first = shard.firstMissing { writer.number(first) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
        writer.key("missing")
        writer.number(outcome.missing)
        writer.member("againFrom", outcome.againFromNanoseconds.map { RFC3339.string($0) })
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func table(_ outcome: FleetAudit.Outcome) -> [UInt8] {
        var rows = [["shard", "journaled", "missing", "first missing"]]
        for shard in outcome.shards {
            rows.append([
                "\(shard.shard)", "\(shard.journaled)", "\(shard.missing)", shard.firstMissing.map(String.init) ?? "–",
            ])
        }
        return Array(PlainTable.text(rows).utf8)
    }
}
