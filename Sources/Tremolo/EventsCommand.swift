import Bytes
import Campaigns
import EdgeServer
import Engagement
import Journal
import LinuxSystem
import Settings

/// `tremolo events`: the journal's events as newline-delimited JSON.
enum EventsCommand {
    static let command = Command(
        description: CommandDescription(
            name: "events", summary: "prints the journal's events, judged as they are counted, one JSON object a line",
            details: [
                "It works beside a running server and needs none. Events that stand in an open window say "
                    + "\"final\": false. The keys of an object and their order are stable.",
                "With --cuid it gives everything that is held on a person: the events under every event key, and "
                    + "before them, as objects of the kind \"consent\", what the person said and what the list in "
                    + "force says, and as objects of the kind \"counted\" the sets of people, each of a day, a kind "
                    + "and a campaign's link, that the stores have the person in, longer than events are kept: with "
                    + "--since and --until those of every day that in some time zone is one of them in part. Events of "
                    + "who was forgotten are nobody's any more: their subject is a random token.",
            ],
            flags: [
                FlagDescription("since", value: "TIME", summary: "only events from this time on, RFC 3339"),
                FlagDescription("until", value: "TIME", summary: "only events before this time, RFC 3339"),
                FlagDescription(
                    "sec", value: "ID", summary: "only events of this section; - reads it from standard input"),
                FlagDescription(
                    "cuid", value: "X", summary: "only events of this person; - reads it from standard input"),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "ndjson", choices: ["ndjson"]),
                FlagDescription(switch: "follow", summary: "keeps going, and prints events as they come"),
            ],
            examples: [
                "events --since 2026-11-23T00:00:00Z | jq .class", "events --follow",
                "events --sec 8781202 --cuid - < address.txt",
            ])
    ) { context throws(CommandFailure) in
        var run = try EventsRun(context)
        do throws(EdgeError) {
            try run.printAll()
        } catch {
            throw CommandFailure(error)
        }
        return run.failure ?? .done
    }
}

/// One run of the command.
private struct EventsRun {
    private let stream: EventStream
    private let judge: EventJudge<EventStream.Item>
    private let closed: ClosedTime
    private let selection: EventSelection
    private let follows: Bool
    private let statements: [PersonStatements.Statement]
    private let memberships: [PersonMemberships.Entry]
    private var writer = JSONWriter()
    /// How the run ended, where it did not end well.
    private(set) var failure: ExitCode?

    init(_ context: CommandContext) throws(CommandFailure) {
        let arguments = context.arguments
        let configuration = try context.configuration()
        let folder = DataFolder(path: configuration.data)
        follows = arguments.has("follow")
        let since = try arguments.value("since").map { text throws(CommandFailure) in
            try CommandInput.instant(text, flag: "since")
        }
        let until = try arguments.value("until").map { text throws(CommandFailure) in
            try CommandInput.instant(text, flag: "until")
        }
        let person = try CommandInput.value(arguments, "cuid")
        let section = try CommandInput.value(arguments, "sec")
        try context.requireFolder()
        var selection: EventSelection
        do throws(EdgeError) {
            selection = try EventSelection(
                configuration, since: since, until: until, section: section, identifier: person)
        } catch {
            throw CommandFailure(error)
        }
        if let people = selection.people {
            if let section, configuration.section(section) == nil {
                CommandOutput.note(
                    "tremolo: section: the configuration has none of that id: the identifier is taken for an email "
                        + "address")
            }
            guard let first = people.first else {
                guard section != nil || !configuration.sections.isEmpty else {
                    throw .usage("--sec", why: "no section is configured", whatToDo: "say in which one the person is")
                }
                throw .namesNobody
            }
            if let note = first.noteOnMissingKeys { CommandOutput.note("tremolo: events: \(note)") }
        }
        do throws(EdgeError) {
            closed = ClosedTime(configuration)
            try selection.addPseudonyms(from: folder)
            self.selection = selection
            judge = try EventStream.judge(configuration, rules: try RuleFolder.read(configuration.rules))
            statements =
                try selection.people.map { people throws(EdgeError) in
                    try PersonStatements(of: people, configuration) { trouble in
                        CommandOutput.note("tremolo: consent: \(Message.onOneLine(trouble))")
                    }.statements
                } ?? []
            var memberships: [PersonMemberships.Entry] = []
            for person in selection.people ?? [] {
                memberships += try PersonMemberships(of: person, in: folder) { trouble in
                    CommandOutput.note("tremolo: store: \(Message.onOneLine(trouble))")
                }.entries
            }
            self.memberships = memberships
            stream = EventStream(folder) { trouble in CommandOutput.note("tremolo: journal: \(trouble)") }
            try stream.lookForShards()
        } catch {
            throw CommandFailure(error)
        }
    }

    mutating func printAll() throws(EdgeError) {
        for statement in statements where selection.contains(statement.effectiveNanoseconds) {
            statement.write(to: &writer)
            writer.endLine()
        }
        for entry in memberships where selection.touches(entry.membership.day) {
            entry.write(to: &writer)
            writer.endLine()
        }
        repeat {
            closed.renew()
            while failure == nil, let item = try stream.next() {
                guard judge.append(item, item.view, in: item.payload.span, node: item.identity.shard.node) else {
                    continue
                }
                printJudged(isAtEnd: false)
            }
            printJudged(isAtEnd: true)
            flush()
            guard follows, failure == nil else { return }
            SystemThread.sleep(nanoseconds: 200_000_000)
            try stream.lookForShards()
        } while true
    }

    private mutating func printJudged(isAtEnd: Bool) {
        for judged in judge.take(isAtEnd: isAtEnd) where failure == nil { print(judged) }
    }

    private mutating func print(_ judged: (item: EventStream.Item, judgement: Judgement, country: String?)) {
        let item = judged.item
        guard selection.contains(item) else { return }
        EventJSON.write(
            Event(item.view, in: item.payload.span),
            EventJSON.Context(
                identity: "\(item.identity)", judgement: judged.judgement, country: judged.country,
                isFinal: closed.covers(item.view.orderTimeNanoseconds, of: item.identity.shard.node)),
            classifier: judge.classifier, into: &writer)
        writer.endLine()
        if writer.bytes.count > 1 << 16 { flush() }
    }

    private mutating func flush() {
        let text = writer.text
        writer.removeAll()
        guard !text.isEmpty else { return }
        do throws(CommandFailure) {
            try CommandOutput.write(text)
        } catch {
            if let message = error.message { CommandOutput.message(message) }
            failure = error.code
        }
    }
}
