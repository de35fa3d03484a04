import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Mail
import Settings
import TrackingLinks

/// The send that `--record-sends` records: checked before anything is written, recorded when everything is.
struct WrapSends {
    private let context: CommandContext
    private let selection: CampaignSelection
    /// What the payload says of the time; nil where it says nothing: a mail goes out some time after it was wrapped.
    private let sentNanoseconds: UInt64?

    /// Nil where nobody asked for it.
    init?(
        _ context: CommandContext, _ source: WrapSource, _ options: MailWrapper.Options
    ) throws(CommandFailure) {
        guard context.arguments.has("record-sends") else { return nil }
        self.context = context
        let values = options.fields.values
        for field in [TrackingField.expId, .expVer, .va] where values[field].map(options.profile.holdsCode) == true {
            throw .usage(
                "--record-sends", why: "\(field.name) is code, which stands for many values",
                whatToDo: "record each with tremolo sends add, or give it as text")
        }
        selection = CampaignSelection(
            sec: values[.sec] ?? "", expId: values[.expId], expVer: values[.expVer], va: values[.va])
        if let problem = EdgeCommands.problem(with: selection) {
            throw .usage("--record-sends", why: problem.why, whatToDo: problem.whatToDo)
        }
        sentNanoseconds = try Self.time(of: source)
        let now = SystemClock.realtimeNanoseconds()
        let probe = SendsRecord(
            recordedNanoseconds: now, sentNanoseconds: sentNanoseconds ?? now, sent: 0, selection: selection)
        if let problem = EdgeCommands.problem(with: probe) {
            throw CommandFailure(
                .badInput, Message(source.name, why: problem, whatToDo: "mend its em_dy_event_time"))
        }
        // A folder that is not there is told before the mail is written.
        let folder = try context.folder()
        do throws(EdgeError) {
            try folder.requireThere()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// What a payload says about when it is sent: `em_dy_event_time` of its envelope.
    private static func time(of source: WrapSource) throws(CommandFailure) -> UInt64? {
        guard case .json = source.kind else { return nil }
        var duplicates: [JSON5Error] = []
        guard let document = try? JSON5.parse(source.bytes.span, duplicates: &duplicates),
            let value = document["em_dy_event_time"]
        else { return nil }
        guard let text = value.string, let time = RFC3339.nanoseconds(text) else {
            throw CommandFailure(
                .badInput,
                Message(
                    "\(source.name):\(value.place.line):\(value.place.column)",
                    why: "em_dy_event_time is no RFC 3339 time", whatToDo: "write it as in 2026-11-23T10:00:00Z"))
        }
        return time
    }

    func record(messages: UInt64, links: Int) throws(CommandFailure) {
        guard messages > 0 else { return }
        let now = SystemClock.realtimeNanoseconds()
        let record = SendsRecord(
            recordedNanoseconds: now, sentNanoseconds: sentNanoseconds ?? now, sent: messages,
            linksInMessage: links > 0 ? UInt32(exactly: links) : nil, selection: selection)
        let how = try FactCommands.run(context) { facts throws(CampaignFacts.Failure) in try facts.add([record]) }
        CommandOutput.note("recorded: \(WrapNotes.count(messages, "message")) of section \(selection.sec)\(how)")
        FactCommands.noteUnknownSections([selection.sec], try context.configuration())
    }
}
