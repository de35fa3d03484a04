import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// Sends to be recorded: those of a CSV file, or the one that flags tell.
struct SendsList {
    private let records: [SendsRecord]
    /// The file and its rows; nil for flags.
    private var table: FactTable?
    /// False for the one send whose time nobody gave.
    private var isTimed = true

    /// The send that flags tell.
    ///
    /// - Parameter isTimed: false where its time is the present, because none was given.
    init(one record: SendsRecord, isTimed: Bool) {
        records = [record]
        self.isTimed = isTimed
    }

    /// The sends of a file. Every row that can't be recorded is named before the command ends.
    init(csv path: String) throws(CommandFailure) {
        var table = try FactTable(
            path, required: ["sec", "sent", "time"], optional: ["expId", "expVer", "va", "delivered", "links"])
        let now = SystemClock.realtimeNanoseconds()
        var records: [SendsRecord] = []
        for row in table.rows {
            do throws(Unusable) {
                records.append(try Self.record(row, table, nowNanoseconds: now))
            } catch {
                table.report(row, error.why)
            }
        }
        try table.requireGood("mend them, then repeat")
        self.records = records
        self.table = table
    }

    /// Why a row can't be used.
    private struct Unusable: Error {
        let why: String
    }

    private static func record(
        _ row: CSVRecord, _ table: FactTable, nowNanoseconds: UInt64
    ) throws(Unusable) -> SendsRecord {
        if let problem = table.problem(with: row) { throw Unusable(why: problem) }
        for column in ["sec", "sent", "time"] where table.text(row, column) == nil {
            throw Unusable(why: "\(column) is empty")
        }
        func count(_ column: String) throws(Unusable) -> UInt64? {
            guard let text = table.text(row, column) else { return nil }
            guard let count = UInt64(text), text.first != "+" else {
                throw Unusable(why: "\(column): '\(text)' is no whole number")
            }
            return count
        }
        let time = table.text(row, "time") ?? ""
        guard let sentNanoseconds = RFC3339.nanoseconds(time) else {
            throw Unusable(why: "time: '\(time)' is no RFC 3339 time, such as 2026-11-23T10:00:00Z")
        }
        var links: UInt32?
        if let count = try count("links") {
            links = UInt32(exactly: count)
            guard count > 0, links != nil else { throw Unusable(why: "links: \(count) is no number of links") }
        }
        let record = SendsRecord(
            recordedNanoseconds: nowNanoseconds, sentNanoseconds: sentNanoseconds, sent: try count("sent") ?? 0,
            delivered: try count("delivered"), linksInMessage: links,
            selection: CampaignSelection(
                sec: table.text(row, "sec") ?? "", expId: table.text(row, "expId"),
                expVer: table.text(row, "expVer"), va: table.text(row, "va")))
        if let problem = EdgeCommands.problem(with: record) { throw Unusable(why: problem) }
        return record
    }

    /// Records what is to be recorded, and says what was.
    func record(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        guard !records.isEmpty else {
            CommandOutput.note("recorded: nothing: the list has no rows")
            return .done
        }
        let configuration = try context.configuration()
        let facts = CampaignFacts(configuration)
        var choice = Choice()
        var alike: UInt64?
        let way: CampaignFacts.Way?
        do throws(CampaignFacts.Failure) {
            way = try facts.withRecorded(
                onTrouble: { CommandOutput.note("tremolo: sends add: \(Message.onOneLine($0))") },
                { recorded throws(CampaignFacts.Failure) -> CampaignFacts.Way? in
                    choice = Choice(recorded.sends.standings(of: records), context.arguments)
                    alike = repeated(recorded.sends, context.arguments)
                    guard alike == nil, choice.refused.isEmpty, !choice.taken.isEmpty else { return nil }
                    return try facts.add(choice.taken.map { records[$0] })
                })
        } catch {
            noteRecorded(error.recorded, of: choice)
            throw CommandFailure(error.error)
        }
        if let alike { throw Self.repetition(of: alike) }
        try requireNew(choice)
        let skipped = choice.skippedCount
        CommandOutput.note(
            "recorded: \(sentence(choice.taken))\(way.map(FactCommands.words) ?? "")"
                + (skipped > 0 ? "; \(WrapNotes.count(UInt64(skipped), "send")) stood there already" : ""))
        FactCommands.noteUnknownSections(Set(choice.taken.map { records[$0].selection.sec }), configuration)
        return .done
    }

    /// When the one send without a time was recorded before, as far as can be told.
    private func repeated(_ recorded: RecordedSends, _ arguments: ParsedArguments) -> UInt64? {
        guard !isTimed, !arguments.has("again"), let record = records.first else { return nil }
        return recorded.alikeWithinADay(of: record)
    }

    private static func repetition(of nanoseconds: UInt64) -> CommandFailure {
        CommandFailure(
            .badInput,
            Message(
                "sends add",
                why: "as many messages of the same were recorded within the last day, sent at "
                    + "\(RFC3339.string(nanoseconds, fractionDigits: 0)), and nothing was recorded",
                whatToDo: "give --again if these came on top, or --time if they are another send"))
    }

    /// Which rows are recorded.
    private struct Choice {
        /// Places of the rows to record.
        var taken: [Int] = []
        /// Places of the rows that would count twice, each with how it stands.
        var refused: [(place: Int, standing: RecordedSends.Standing)] = []
        /// Rows that are left out because they are recorded.
        var skippedCount = 0

        init() {}

        init(_ standings: [RecordedSends.Standing], _ arguments: ParsedArguments) {
            let (adds, skips) = (arguments.has("again"), arguments.has("skip-recorded"))
            for (place, standing) in standings.enumerated() {
                switch standing {
                case .new: taken.append(place)
                case _ where adds: taken.append(place)
                case .same where skips: skippedCount += 1
                case .same, .other: refused.append((place, standing))
                }
            }
        }
    }

    /// What the rows come to, in a few words.
    private func sentence(_ taken: [Int]) -> String {
        let messages = taken.reduce(into: UInt64(0)) { $0 &+= records[$1].sent }
        let sections = Set(taken.map { records[$0].selection.sec })
        let place =
            sections.count == 1 ? "section \(sections.first ?? "")" : "\(sections.count) sections"
        guard !taken.isEmpty else { return "nothing" }
        guard table != nil else { return "\(messages) messages of \(place)" }
        return "\(WrapNotes.count(UInt64(taken.count), "send")), \(messages) messages of \(place)"
    }

    /// Says what a failure in the middle has left: the first rows are recorded.
    private func noteRecorded(_ count: Int, of choice: Choice) {
        guard let table, !choice.taken.isEmpty else { return }
        let done = count > 0 ? ", the last of them in line \(table.rows[choice.taken[count - 1]].line)" : ""
        CommandOutput.note(
            "recorded for certain: \(count) of \(WrapNotes.count(UInt64(choice.taken.count), "send"))\(done); give the "
                + "list again with --skip-recorded for the rest")
    }

    /// Names the rows that would count twice.
    private func requireNew(_ choice: Choice) throws(CommandFailure) {
        guard !choice.refused.isEmpty else { return }
        guard var table else {
            let isSame = choice.refused.contains { if case .same = $0.standing { true } else { false } }
            throw CommandFailure(
                .badInput,
                Message(
                    "sends add",
                    why: (isSame ? "this send" : "another number of messages of this send")
                        + " is recorded already, and nothing was recorded",
                    whatToDo: "give --again if these messages came on top"))
        }
        for (place, standing) in choice.refused {
            let why =
                switch standing {
                case .new, .same(nil): "it is recorded already"
                case .same(let row?): "it stands in line \(table.rows[row].line) already"
                case .other(nil): "other numbers are recorded already of this send"
                case .other(let row?): "line \(table.rows[row].line) has other numbers of this send"
                }
            table.report(table.rows[place], why)
        }
        try table.requireGood(
            "give --skip-recorded to leave out what is recorded with the same numbers, or --again to add to it")
    }
}
