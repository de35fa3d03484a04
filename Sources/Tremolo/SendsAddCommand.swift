import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// `tremolo sends add`: how many messages of a campaign were sent, and when.
enum SendsAddCommand {
    static let command = Command(
        description: CommandDescription(
            name: "sends add", summary: "records how many messages were sent, which gives rates their denominator",
            details: [
                "What is recorded twice counts twice. It goes through the running server, or straight into the data "
                    + "folder when none runs."
            ],
            flags: CampaignFlags.flags + [
                FlagDescription("sent", value: "N", summary: "messages sent"),
                FlagDescription("delivered", value: "N", summary: "messages delivered, if known"),
                FlagDescription("time", value: "TIME", summary: "when they were sent, RFC 3339", standard: "now"),
                FlagDescription("links", value: "N", summary: "links in one message, if known"),
            ],
            examples: ["sends add --sec 8781202 --exp-id 17 --exp-ver 2 --sent 120000 --time 2026-11-23T08:00:00Z"])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        guard let sent = arguments.value("sent") else {
            throw .usage("--sent", why: "it is missing", whatToDo: "say how many messages were sent")
        }
        let now = SystemClock.realtimeNanoseconds()
        let record = SendsRecord(
            recordedNanoseconds: now,
            sentNanoseconds: try arguments.value("time").map { text throws(CommandFailure) in
                try CommandInput.instant(text, flag: "time")
            } ?? now,
            sent: try CommandInput.count(sent, flag: "sent"),
            delivered: try arguments.value("delivered").map { text throws(CommandFailure) in
                try CommandInput.count(text, flag: "delivered")
            },
            linksInMessage: try arguments.value("links").map { text throws(CommandFailure) in
                try links(text)
            }, selection: try CampaignFlags.selection(arguments))
        if let problem = EdgeCommands.problem(with: record) {
            throw .usage("sends add", why: problem, whatToDo: "check the numbers")
        }
        let how = try FactCommands.run(context) { facts throws(EdgeError) in try facts.add(record) }
        CommandOutput.note("recorded: \(record.sent) messages of section \(record.selection.sec)\(how)")
        return .done
    }

    private static func links(_ text: String) throws(CommandFailure) -> UInt32 {
        guard let links = UInt32(exactly: try CommandInput.count(text, flag: "links")), links > 0 else {
            throw .usage(
                "--links", why: "'\(text)' is no number of links", whatToDo: "write 1 to \(UInt32.max), or leave it out"
            )
        }
        return links
    }
}

/// `tremolo name`: gives a section, experience, version or variation a name that reports show.
enum NameCommand {
    static let command = Command(
        description: CommandDescription(
            name: "name", summary: "gives a section, experience, version or variation a name that reports show",
            details: [
                "The most special of the flags says what is named: --va a variation, --exp-ver a version, --exp-id an "
                    + "experience, --sec alone a section. An empty name takes away the one given before."
            ],
            operands: [OperandDescription("NAME", summary: "the name, at most 256 bytes")], flags: CampaignFlags.flags,
            examples: ["name --sec 8781202 --exp-id 17 'Summer sale'"])
    ) { context throws(CommandFailure) in
        let selection = try CampaignFlags.selection(context.arguments)
        let level: NameRecord.Level =
            selection.va != nil
            ? .variation : selection.expVer != nil ? .version : selection.expId != nil ? .experience : .section
        let name = try CommandInput.value(context.arguments.operands[0])
        let record = NameRecord(
            recordedNanoseconds: SystemClock.realtimeNanoseconds(), level: level, selection: selection, name: name)
        guard let record else {
            throw .usage(
                "name", why: "the name is longer than 256 bytes, or an id that it belongs to is missing",
                whatToDo: "give --sec and, for an experience's parts, --exp-id")
        }
        let how = try FactCommands.run(context) { facts throws(EdgeError) in try facts.add(record) }
        CommandOutput.note("recorded: the name of the \(level)\(how)")
        return .done
    }
}

/// The flags that name a part of a section's mail.
enum CampaignFlags {
    static let flags = [
        FlagDescription("sec", value: "ID", summary: "the section; - reads this or another value from standard input"),
        FlagDescription("exp-id", value: "ID", summary: "the experience"),
        FlagDescription("exp-ver", value: "ID", summary: "its version"),
        FlagDescription("va", value: "TEXT", summary: "its variation, as links carry it, decoded"),
    ]

    static func selection(_ arguments: ParsedArguments) throws(CommandFailure) -> CampaignSelection {
        guard let section = try CommandInput.value(arguments, "sec") else {
            throw .usage("--sec", why: "it is missing", whatToDo: "say which section it is")
        }
        let selection = CampaignSelection(
            sec: section, expId: try CommandInput.value(arguments, "exp-id"),
            expVer: try CommandInput.value(arguments, "exp-ver"), va: try CommandInput.value(arguments, "va"))
        if let problem = EdgeCommands.problem(with: selection) {
            throw .usage("--\(flag(of: problem.field))", why: problem.why, whatToDo: problem.whatToDo)
        }
        return selection
    }

    private static func flag(of field: EventField) -> String {
        switch field {
        case .expId: "exp-id"
        case .expVer: "exp-ver"
        case .va: "va"
        default: "sec"
        }
    }
}

/// What the two commands share: through the running server, else into the folder.
enum FactCommands {
    /// - Returns: how it was recorded, as the end of a sentence.
    static func run(
        _ context: CommandContext, _ add: (CampaignFacts) throws(EdgeError) -> CampaignFacts.Way
    ) throws(CommandFailure) -> String {
        let facts = CampaignFacts(try context.configuration())
        do throws(EdgeError) {
            switch try add(facts) {
            case .runningServer: return ""
            case .folder: return " (no server runs: it counts from the next start on)"
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}
