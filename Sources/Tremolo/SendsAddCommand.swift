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
                "What is recorded twice would count twice: a send of the same section, experience, version, variation "
                    + "and time as one that is recorded is refused, with everything beside it. --again adds it all the "
                    + "same, and --skip-recorded leaves it out where its numbers are the same too, so that a list that "
                    + "has grown, or was cut short, can be given again. Without --time, as many messages of the same "
                    + "as within the last day are taken for a command that was repeated.",
                "--csv reads many at once: a header names the columns sec, sent and time, and where they are known "
                    + "expId, expVer, va, delivered and links. An empty cell is as a flag that was not given. Nothing "
                    + "is recorded unless every row can be. It goes through the running server, or straight into the "
                    + "data folder when none runs.",
            ],
            flags: CampaignFlags.flags + [
                FlagDescription("sent", value: "N", summary: "messages sent"),
                FlagDescription("delivered", value: "N", summary: "messages delivered, if known"),
                FlagDescription("time", value: "TIME", summary: "when they were sent, RFC 3339", standard: "now"),
                FlagDescription("links", value: "N", summary: "links in one message, if known"),
                FlagDescription("csv", value: "FILE", summary: "a list of sends; - reads standard input"),
                FlagDescription(switch: "again", summary: "adds to what is recorded of the same send"),
                FlagDescription(switch: "skip-recorded", summary: "leaves out what is recorded already"),
            ],
            examples: [
                "sends add --sec 8781202 --exp-id 17 --exp-ver 2 --sent 120000 --time 2026-11-23T08:00:00Z",
                "sends add --csv sends.csv --skip-recorded",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        guard !(arguments.has("again") && arguments.has("skip-recorded")) else {
            throw .usage(
                "--again", why: "it stands beside --skip-recorded", whatToDo: "say one of them: they are opposites")
        }
        let list: SendsList
        if let path = arguments.value("csv") {
            let others = CampaignFlags.flags.map(\.name) + ["sent", "delivered", "time", "links"]
            if let other = others.first(where: { arguments.value($0) != nil }) {
                throw .usage(
                    "--\(other)", why: "it stands beside --csv", whatToDo: "give it as a column of the list")
            }
            list = try SendsList(csv: path)
        } else {
            list = SendsList(one: try record(arguments), isTimed: arguments.value("time") != nil)
        }
        return try list.record(context)
    }

    private static func record(_ arguments: ParsedArguments) throws(CommandFailure) -> SendsRecord {
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
        return record
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
