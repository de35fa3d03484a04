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
                "Days and hours are the section's own, and the store keeps whole hours: a time inside one is answered "
                    + "by --from journal alone, and 24h begins with its hour.",
                "--store clickhouse answers for all nodes of a fleet, by any columns and any range of time. It needs "
                    + "the configuration alone: no data folder and no running server.",
                "A figure that is not known is – (null in JSON), never 0.",
                "html is one file that needs nothing else: without --by all campaigns, or with --sec and --exp-id all "
                    + "of one campaign, as the dashboard shows them.",
            ],
            flags: [
                FlagDescription(
                    "sec", value: "ID", summary: "only this section; - reads it from standard input", repeats: true),
                FlagDescription(
                    "exp-id", value: "ID", summary: "only this experience; - reads it from standard input"),
                FlagDescription(
                    "since", value: "TIME",
                    summary: "from this time on: RFC 3339, a day, 7d (whole days) or 24h (whole hours)"),
                FlagDescription("until", value: "TIME", summary: "before this time"),
                FlagDescription(
                    "by", value: "LIST", summary: "columns, comma-separated", standard: "sec,expId"),
                FlagDescription(
                    "from", value: "SOURCE", summary: "what is asked", standard: "store",
                    choices: ["store", "journal"]),
                FlagDescription(
                    "compare-rules", value: "FOLDER",
                    summary: "what the rules of this folder would change, from the journal; nothing is changed by it"),
                FlagDescription(
                    "store", value: "STORE",
                    summary: "which store: this node's own, or what all nodes of the fleet ship to (clickhouse)",
                    standard: "sqlite", choices: ["sqlite", "clickhouse"]),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "table",
                    choices: ReportFormat.allCases.map(\.rawValue)),
            ],
            examples: [
                "report --since 7d --by expId,class", "report --sec 8781202 --by link --format csv",
                "report --sec 8781202 --exp-id 17 --format html > campaign.html",
                "report --store clickhouse --by country,link",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let configuration = try context.configuration()
        let now = SystemClock.realtimeNanoseconds()
        var question = try question(arguments, nowNanoseconds: now)
        try refuseElsewhere(arguments)
        let format = arguments.value("format").flatMap { ReportFormat(rawValue: $0) } ?? .table
        if let folder = arguments.value("compare-rules") {
            try compare(folder, question, format, context.arguments.command.name, configuration)
            return .done
        }
        if format == .html, arguments.value("by") == nil {
            try CommandOutput.write(try page(question, arguments, configuration, nowNanoseconds: now))
            return .done
        }
        let view = view(question, arguments)
        if format == .html {
            question = try ofPage { () throws(PageView.Problem) in
                try view.question(by: question.by, nowNanoseconds: now)
            }
        }
        let (answer, notes) = try answer(question, arguments, configuration)
        // Data for programs has no place for sentences.
        if !format.showsNotes { for note in notes { CommandOutput.note("tremolo: report: \(note)") } }
        let bytes = format.render(
            answer, columns: CommandOutput.columns, notes: notes,
            frame: PageFrame(.file, view: view, nowNanoseconds: now))
        try CommandOutput.write(bytes)
        return .done
    }

    /// The page that the dashboard has of all campaigns, or of the one that the flags name.
    private static func page(
        _ question: ReportQuestion, _ arguments: ParsedArguments, _ configuration: Configuration,
        nowNanoseconds now: UInt64
    ) throws(CommandFailure) -> [UInt8] {
        let view = view(question, arguments)
        let frame = PageFrame(.file, view: view, nowNanoseconds: now)
        let isOfOne = view.section != nil && view.experience != nil
        let questions = try ofPage { () throws(PageView.Problem) in
            isOfOne
                ? try CampaignPage.questions(view, nowNanoseconds: now)
                : try CampaignsPage.questions(view, nowNanoseconds: now)
        }
        let (answers, notes) = try self.answers(questions, arguments, configuration) {
            isOfOne ? CampaignPage.followUp(questions, $0) : []
        }
        return isOfOne
            ? CampaignPage(answers, frame: frame, notes: notes).bytes()
            : CampaignsPage(answers, frame: frame, notes: notes).bytes()
    }

    private static func ofPage<Questions>(
        _ questions: () throws(PageView.Problem) -> Questions
    ) throws(CommandFailure) -> Questions {
        do throws(PageView.Problem) {
            return try questions()
        } catch {
            throw CommandFailure(.usage, Message(sentence: "\(error)"))
        }
    }

    /// What the flags select, as a page knows it.
    private static func view(_ question: ReportQuestion, _ arguments: ParsedArguments) -> PageView {
        var view = PageView()
        view.sections = question.sections
        view.experience = question.experience
        view.since = arguments.value("since") ?? PageView.allTime
        view.until = arguments.value("until")
        return view
    }

    /// True where the fleet's store is asked.
    private static func isOfFleet(_ arguments: ParsedArguments) -> Bool { arguments.value("store") == "clickhouse" }

    /// Refuses what only this node's journal can tell, where the fleet's store is asked.
    private static func refuseElsewhere(_ arguments: ParsedArguments) throws(CommandFailure) {
        guard isOfFleet(arguments) else { return }
        let flag =
            arguments.value("from") == "journal"
            ? "--from journal" : arguments.value("compare-rules") == nil ? nil : "--compare-rules"
        guard let flag else { return }
        throw .usage(
            flag, why: "it asks the journal of this node, and --store clickhouse the fleet", whatToDo: "leave one out")
    }

    /// Answers a question from the store, or from the journal where `--from` says so, and what a person should know of
    /// the answer.
    static func answer(
        _ question: ReportQuestion, _ arguments: ParsedArguments, _ configuration: Configuration
    ) throws(CommandFailure) -> (ReportAnswer, notes: [String]) {
        let (answers, notes) = try answers([question], arguments, configuration)
        return (answers[0], notes)
    }

    /// Answers several questions, and says what a person should know of the first one's answer.
    private static func answers(
        _ questions: [ReportQuestion], _ arguments: ParsedArguments, _ configuration: Configuration,
        followUp: ([ReportAnswer]) -> [ReportQuestion] = { _ in [] }
    ) throws(CommandFailure) -> ([ReportAnswer], notes: [String]) {
        do throws(CampaignReport.Failure) {
            let report = try report(configuration, arguments.command.name)
            let answers: [ReportAnswer]
            if isOfFleet(arguments) {
                answers = try report.fromFleet(questions, followUp: followUp)
            } else if arguments.value("from") == "journal" {
                let first = try report.fromJournal(questions)
                let further = followUp(first)
                answers = first + (further.isEmpty ? [] : try report.fromJournal(further))
            } else {
                answers = try report.fromStore(questions, followUp: followUp)
            }
            return (
                answers,
                report.notes(on: answers[0], to: questions[0]) + CampaignReport.sealedPeopleNotes(on: answers)
                    + report.countryNotes(on: answers)
            )
        } catch {
            throw failure(error)
        }
    }

    /// Prints what other rules would change.
    private static func compare(
        _ folder: String, _ question: ReportQuestion, _ format: ReportFormat, _ command: String,
        _ configuration: Configuration
    ) throws(CommandFailure) {
        let rendered: [UInt8]?
        do throws(CampaignReport.Failure) {
            let report = try report(configuration, command)
            let comparison = try report.compareRules(folder, question)
            let notes = report.notes(on: comparison, to: question)
            if format != .table { for note in notes { CommandOutput.note("tremolo: \(command): \(note)") } }
            rendered = ComparisonReport(comparison, notes: notes).render(format, columns: CommandOutput.columns)
        } catch {
            throw failure(error)
        }
        guard let rendered else {
            throw .usage("--format", why: "a comparison is no page", whatToDo: "ask for table, json or csv")
        }
        try CommandOutput.write(rendered)
    }

    private static func report(
        _ configuration: Configuration, _ command: String
    ) throws(CampaignReport.Failure) -> CampaignReport {
        do throws(EdgeError) {
            return try CampaignReport(configuration) { CommandOutput.note("tremolo: \(command): \($0)") }
        } catch {
            throw .edge(error)
        }
    }

    private static func failure(_ failure: CampaignReport.Failure) -> CommandFailure {
        switch failure {
        case .edge(let error): CommandFailure(error)
        case .report(let error): CommandFailure(code(error), Message(sentence: "\(error)"))
        }
    }

    /// An end of the range of time that flags give.
    static func bound(
        _ arguments: ParsedArguments, _ end: ReportRangeEnd,
        nowNanoseconds: UInt64 = SystemClock.realtimeNanoseconds()
    ) throws(CommandFailure) -> ReportBound? {
        guard let text = arguments.value(end.rawValue) else { return nil }
        do throws(ReportError) {
            return try ReportBound.read(text, as: end, nowNanoseconds: nowNanoseconds)
        } catch {
            throw CommandFailure(.usage, Message(sentence: "\(error)"))
        }
    }

    private static func question(
        _ arguments: ParsedArguments, nowNanoseconds now: UInt64
    ) throws(CommandFailure) -> ReportQuestion {
        let sections = try CommandInput.values(arguments, "sec")
        let experience = try CommandInput.value(arguments, "exp-id")
        let since = try bound(arguments, .since, nowNanoseconds: now)
        let until = try bound(arguments, .until, nowNanoseconds: now)
        do throws(ReportError) {
            return ReportQuestion(
                sections: sections.isEmpty ? nil : sections, experience: experience, since: since, until: until,
                by: try ReportColumn.list(arguments.value("by") ?? "sec,expId"))
        } catch {
            throw CommandFailure(.usage, Message(sentence: "\(error)"))
        }
    }

    private static func code(_ error: ReportError) -> ExitCode {
        switch error {
        case .unknownColumn, .repeatedColumn, .emptyColumn, .notKept, .notKeptWithinDay, .notKeptWithinHour,
            .unreadableTime, .tooManyRows:
            .usage
        case .store(let error): ExitCode(of: error)
        case .fleet(let error): ExitCode(of: error)
        }
    }
}
