import Campaigns
import EdgeServer
import LinuxSystem
import Reports
import Settings

/// `tremolo report`: answers a question about campaigns.
enum ReportCommand {
    static let command = Command(
        description: CommandDescription(
            name: "report", summary: "answers a question about campaigns",
            details: [
                "Rows are made by the columns of --by, figures of clicks and opens beside each other. sec, expId, "
                    + "expVer, va, mech, smech, link, hour, day, kind and class combine freely; client, device, "
                    + "country, repair, host and outcome each stand beside day, sec, expId, expVer, va, kind and "
                    + "class alone.",
                "Days and hours are the section's own. A figure that is not known is – (null in JSON), never 0.",
            ],
            flags: [
                FlagDescription("sec", value: "ID", summary: "only this section", repeats: true),
                FlagDescription("exp-id", value: "ID", summary: "only this experience"),
                FlagDescription(
                    "since", value: "TIME", summary: "from this time on: RFC 3339, a day, 7d (days) or 24h (hours)"),
                FlagDescription("until", value: "TIME", summary: "before this time"),
                FlagDescription(
                    "by", value: "LIST", summary: "columns, comma-separated", standard: "sec,expId"),
                FlagDescription(
                    "from", value: "SOURCE", summary: "what is asked", standard: "store",
                    choices: ["store", "journal"]),
                FlagDescription(
                    "store", value: "STORE", summary: "which store", standard: "sqlite", choices: ["sqlite"]),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "table",
                    choices: ReportFormat.allCases.map(\.rawValue)),
            ],
            examples: ["report --since 7d --by expId,class", "report --sec 8781202 --by link --format csv"])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let configuration = try context.configuration()
        let question = try question(arguments)
        let format = arguments.value("format").flatMap { ReportFormat(rawValue: $0) } ?? .table
        do throws(CampaignReport.Failure) {
            let report: CampaignReport
            let rules: String
            do throws(EdgeError) {
                report = try CampaignReport(configuration) { CommandOutput.note("tremolo: report: \($0)") }
                rules = try report.rulesVersion()
            } catch {
                throw .edge(error)
            }
            let answer =
                arguments.value("from") == "journal"
                ? try report.fromJournal(question)
                : try report.fromStore(question)
            let columns = Host.terminalWidth(StandardStream.output.rawValue)
            let bytes = format.render(answer, columns: columns, rules: rules)
            try output(bytes)
            return .done
        } catch {
            switch error {
            case .edge(let error): throw CommandFailure(error)
            case .report(let error): throw CommandFailure(code(error), Message(sentence: "\(error)"))
            }
        }
    }

    private static func output(_ bytes: [UInt8]) throws(CampaignReport.Failure) {
        do throws(SystemError) {
            try StandardStream.output.writeAll(bytes.span)
        } catch {
            throw .edge(.file(path: "standard output", error))
        }
    }

    private static func question(_ arguments: ParsedArguments) throws(CommandFailure) -> ReportQuestion {
        let now = SystemClock.realtimeNanoseconds()
        do throws(ReportError) {
            return ReportQuestion(
                sections: arguments.has("sec") ? arguments.values("sec") : nil,
                experience: arguments.value("exp-id"),
                since: try arguments.value("since").map { text throws(ReportError) in
                    try ReportBound.read(text, nowNanoseconds: now)
                },
                until: try arguments.value("until").map { text throws(ReportError) in
                    try ReportBound.read(text, nowNanoseconds: now)
                }, by: try ReportColumn.list(arguments.value("by") ?? "sec,expId"))
        } catch {
            throw CommandFailure(.usage, Message(sentence: "\(error)"))
        }
    }

    private static func code(_ error: ReportError) -> ExitCode {
        switch error {
        case .unknownColumn, .repeatedColumn, .notKept, .notKeptWithinDay, .unreadableTime: .usage
        case .store(.missing): .noInput
        case .store(.newerFormat), .store(.damaged): .badInput
        case .store: .inputOutput
        }
    }
}
