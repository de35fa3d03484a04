import Bytes
import Campaigns
import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// `tremolo people`: the rows of a sender's own list whose people clicked, opened or did neither.
enum PeopleCommand {
    static let command = Command(
        description: CommandDescription(
            name: "people", summary: "prints the rows of your own recipient list that clicked, opened or did neither",
            details: [
                "The list is CSV with a header. Rows come out as they stand in it, byte for byte and in their order, "
                    + "behind the header: ready to be the next segment. The identifiers that links carried as cuid "
                    + "stand in one column: --column names it, else it is the first of cuid, email, e-mail, "
                    + "email_address, phone and phone_number that the header has, in any case of letters.",
                "A person clicked or opened when a person's event says so (people in reports); --include-machines "
                    + "counts a machine's too (unique). Rows without a usable identifier are in no list, and counted "
                    + "on standard error. Neither means that no event leads to that person, and events without consent "
                    + "lead to nobody.",
                "Days are the section's. The list is never held in memory; the people who did something are, at 10 "
                    + "bytes each. No pseudonym is printed.",
            ],
            flags: [
                FlagDescription("recipients", value: "FILE", summary: "the list; - reads standard input")
            ] + CampaignFlags.flags + [
                FlagDescription(switch: "clicked", summary: "the rows of people who clicked"),
                FlagDescription(switch: "opened", summary: "the rows of people who opened"),
                FlagDescription(switch: "neither", summary: "the rows of people who did neither"),
                FlagDescription("column", value: "NAME", summary: "the column of the identifiers"),
                FlagDescription("link", value: "LINK", summary: "with --clicked, one link, as reports show it"),
                FlagDescription("since", value: "DAY", summary: "from this day on: 2026-11-23, or 7d"),
                FlagDescription("until", value: "DAY", summary: "before this day"),
                FlagDescription(switch: "include-machines", summary: "counts what machines did too"),
            ],
            examples: [
                "people --recipients people.csv --sec 8781202 --exp-id 17 --clicked > clicked.csv",
                "people --recipients people.csv --column Mail --sec 8781202 --since 30d --neither > cold.csv",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        guard let path = arguments.value("recipients") else {
            throw .usage("--recipients", why: "it is missing", whatToDo: "name the list")
        }
        var question = RecipientQuestion(
            selection: try CampaignFlags.selection(arguments), choice: try choice(arguments))
        question.link = try CommandInput.value(arguments, "link")
        if question.link != nil, question.choice != .clicked {
            throw .usage("--link", why: "only clicks have links", whatToDo: "give it beside --clicked")
        }
        question.includesMachines = arguments.has("include-machines")
        question.since = try ReportCommand.bound(arguments, .since)
        question.until = try ReportCommand.bound(arguments, .until)
        let configuration = try context.configuration()
        let input = try CSVInput(path)
        let sieve: RecipientSieve
        do throws(RecipientQuestion.Failure) {
            sieve = try question.sieve(configuration) {
                CommandOutput.note("tremolo: people: \(Message.onOneLine($0))")
            }
        } catch {
            throw failure(error)
        }
        var run = PeopleRun(sieve, name: input.name, column: arguments.value("column"))
        try run.run(input)
        for line in run.summary(words(question)) { CommandOutput.note("tremolo: people: \(line)") }
        return .done
    }

    private static func choice(_ arguments: ParsedArguments) throws(CommandFailure) -> RecipientSieve.Choice {
        let choices: [(String, RecipientSieve.Choice)] = [
            ("clicked", .clicked), ("opened", .opened), ("neither", .neither),
        ]
        let given = choices.filter { arguments.has($0.0) }
        guard let choice = given.first else {
            throw .usage(
                "people", why: "it is not said who is asked for", whatToDo: "give --clicked, --opened or --neither")
        }
        guard given.count == 1 else {
            throw .usage(
                "--\(given[1].0)", why: "it stands beside --\(given[0].0)", whatToDo: "ask for one list at a time")
        }
        return choice.1
    }

    private static func words(_ question: RecipientQuestion) -> String {
        switch question.choice {
        case .clicked: "clicked"
        case .opened: "opened"
        case .neither: "did neither"
        }
    }

    private static func failure(_ failure: RecipientQuestion.Failure) -> CommandFailure {
        switch failure {
        case .question(let flag, let why, let whatToDo): .usage("--\(flag)", why: why, whatToDo: whatToDo)
        case .nobodyIsKept:
            CommandFailure(
                .configuration,
                Message(
                    "people", why: "identity is none, so that nobody knows who did something",
                    whatToDo: "ask --clicked or --opened, for events of another time"))
        case .store(let error): CommandFailure(ExitCode(of: error), Message(sentence: "\(error)"))
        case .edge(let error): CommandFailure(error)
        }
    }
}
