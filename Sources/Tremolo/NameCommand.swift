import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// `tremolo name`: gives a section, experience, version or variation a name that reports show.
enum NameCommand {
    static let command = Command(
        description: CommandDescription(
            name: "name", summary: "gives a section, experience, version or variation a name that reports show",
            details: [
                "The most special of the flags says what is named: --va a variation, --exp-ver a version, --exp-id an "
                    + "experience, --sec alone a section. An empty name takes away the one given before.",
                "--csv reads many at once: a header names the columns sec and name, and expId, expVer and va as far as "
                    + "they are needed; an empty cell is as a flag that was not given. Nothing is recorded unless "
                    + "every row can be, and names that hold already are left out.",
            ],
            operands: [
                OperandDescription(
                    "NAME", summary: "the name, at most 256 bytes", isOptional: true, mayBeEmpty: true)
            ],
            flags: CampaignFlags.flags + [
                FlagDescription("csv", value: "FILE", summary: "a list of names; - reads standard input")
            ],
            examples: ["name --sec 8781202 --exp-id 17 'Summer sale'", "name --csv names.csv"])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        if let path = arguments.value("csv") {
            let others = CampaignFlags.flags.map(\.name)
            if let other = others.first(where: { arguments.value($0) != nil }) {
                throw .usage("--\(other)", why: "it stands beside --csv", whatToDo: "give it as a column of the list")
            }
            guard arguments.operands.isEmpty else {
                throw .usage("name", why: "a name stands beside --csv", whatToDo: "give it as a row of the list")
            }
            try record(list: path, context)
            return .done
        }
        guard let operand = arguments.operands.first else {
            throw .usage("name", why: "the name is missing", whatToDo: "give it, or a list with --csv")
        }
        let selection = try CampaignFlags.selection(arguments)
        guard let record = record(selection, try CommandInput.value(operand)) else {
            throw .usage(
                "name", why: "the name is longer than 256 bytes, or an id that it belongs to is missing",
                whatToDo: "give --sec and, for an experience's parts, --exp-id")
        }
        let how = try FactCommands.run(context) { facts throws(CampaignFacts.Failure) in try facts.add([record]) }
        CommandOutput.note("recorded: the name of the \(record.level)\(how)")
        FactCommands.noteUnknownSections([selection.sec], try context.configuration())
        return .done
    }

    /// Records the names of a list that change something.
    private static func record(list path: String, _ context: CommandContext) throws(CommandFailure) {
        let records = try read(path)
        let configuration = try context.configuration()
        let facts = CampaignFacts(configuration)
        var changes: [NameRecord] = []
        let way: CampaignFacts.Way?
        do throws(CampaignFacts.Failure) {
            way = try facts.withRecorded(
                onTrouble: { CommandOutput.note("tremolo: name: \(Message.onOneLine($0))") },
                { recorded throws(CampaignFacts.Failure) -> CampaignFacts.Way? in
                    changes = recorded.names.changes(in: records)
                    return changes.isEmpty ? nil : try facts.add(changes)
                })
        } catch {
            if !changes.isEmpty {
                CommandOutput.note(
                    "recorded for certain: \(error.recorded) of \(WrapNotes.count(UInt64(changes.count), "name")); "
                        + "give the list again for the rest")
            }
            throw CommandFailure(error.error)
        }
        let rest = records.count - changes.count
        CommandOutput.note(
            "recorded: \(WrapNotes.count(UInt64(changes.count), "name"))\(way.map(FactCommands.words) ?? "")"
                + (rest > 0 ? "; \(WrapNotes.count(UInt64(rest), "row")) changed nothing" : ""))
        FactCommands.noteUnknownSections(Set(changes.map(\.selection.sec)), configuration)
    }

    /// The names of a list. Every row that can't be recorded is named before the command ends.
    private static func read(_ path: String) throws(CommandFailure) -> [NameRecord] {
        var table = try FactTable(path, required: ["sec", "name"], optional: ["expId", "expVer", "va"])
        var records: [NameRecord] = []
        for row in table.rows {
            let selection = CampaignSelection(
                sec: table.text(row, "sec") ?? "", expId: table.text(row, "expId"), expVer: table.text(row, "expVer"),
                va: table.text(row, "va"))
            if let problem = table.problem(with: row) {
                table.report(row, problem)
            } else if let problem = EdgeCommands.problem(with: selection) {
                table.report(row, problem.sentence)
            } else if let record = record(selection, table.text(row, "name") ?? "") {
                records.append(record)
            } else {
                table.report(row, "the name is longer than 256 bytes")
            }
        }
        try table.requireGood("mend them, then repeat")
        return records
    }

    private static func record(_ selection: CampaignSelection, _ name: String) -> NameRecord? {
        let level: NameRecord.Level =
            selection.va != nil
            ? .variation : selection.expVer != nil ? .version : selection.expId != nil ? .experience : .section
        return NameRecord(
            recordedNanoseconds: SystemClock.realtimeNanoseconds(), level: level, selection: selection, name: name)
    }
}
