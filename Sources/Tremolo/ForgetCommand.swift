import Bytes
import EdgeServer
import LinuxSystem
import Reports
import Settings

/// `tremolo forget`: erases one person from journal and stores.
enum ForgetCommand {
    static let command = Command(
        description: CommandDescription(
            name: "forget", summary: "erases one person from journal and stores; all totals stay",
            details: [
                "The person's events keep what figures are made of: time, kind, outcome, campaign, link, class, "
                    + "client, device, country, and a random token in place of the person. Totals, classes and unique "
                    + "people stay as they are, and a rebuild agrees. Nobody can undo it.",
                "The person is opted out first, so that later events carry nobody where the section's consent "
                    + "honours that. Events that come behind are newer ones: where the policy is to ignore, forget "
                    + "again.",
                "It goes through the running server, which goes on answering, or straight into the data folder when "
                    + "none runs. It waits until the person's last events are judged for good, up to a minute after "
                    + "the last of them. Killed at any moment it is finished by the next start, or the next forget.",
                "The other nodes of a fleet are told through its ClickHouse (clickhouse.endpoints) and do the same. "
                    + "Nodes without one, copies and backups keep what they have: forget there too.",
                "It exits 66 when there is no data folder, 69 when the server can't do it now, 74 when the disk "
                    + "can't, 78 when the section is not configured: nobody knows then what its identifiers are.",
            ],
            flags: [
                FlagDescription("sec", value: "ID", summary: "the section"),
                FlagDescription(
                    "cuid", value: "X",
                    summary: "who: the address, number or id, as links carry it in cuid; - reads standard input"),
                FlagDescription(switch: "keep-consent", summary: "leaves the person's consent as it is"),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form of the receipt", standard: "text",
                    choices: ["text", "json"]),
            ],
            examples: [
                "forget --sec 8781202 --cuid - < address.txt",
                "forget --sec 8781202 --cuid - --format json < address.txt > receipt.json",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let configuration = try context.configuration()
        let person = try person(context, configuration)
        let interruption = try Interruption.ofCommand()
        let progress = ProgressLine(title: "forget", unit: .bytes)
        let receipt: ForgettingReceipt
        do throws(EdgeError) {
            receipt = try PersonForgetting(configuration).run(
                person, keepsConsent: arguments.has("keep-consent"), interruption: interruption
            ) { done, total in progress.show(done, of: total) }
        } catch {
            progress.clear()
            if !arguments.has("keep-consent") {
                CommandOutput.note("tremolo: forget: the opt-out comes first: it stays where it was recorded already")
            }
            guard error == .interrupted, let signal = interruption.signal else { throw CommandFailure(error) }
            throw CommandFailure(
                ExitCode(interruptedBy: signal),
                Message(
                    "forget", why: "interrupted",
                    whatToDo: "forget again: what was begun is finished, what was not is done then"))
        }
        progress.clear()
        for note in receipt.notes { CommandOutput.note("tremolo: forget: \(TerminalText.escape(note))") }
        guard arguments.value("format") == "json" else {
            try CommandOutput.write(text(receipt))
            return .done
        }
        var writer = JSONWriter()
        receipt.write(to: &writer)
        try CommandOutput.write(writer.bytes + [UInt8(ascii: "\n")])
        return .done
    }

    private static func person(
        _ context: CommandContext, _ configuration: Configuration
    ) throws(CommandFailure) -> EventPerson {
        let section = try context.section()
        guard let text = try CommandInput.value(context.arguments, "cuid") else {
            throw .usage("--cuid", why: "it is missing", whatToDo: "say who it is; - reads standard input")
        }
        try context.requireFolder()
        let person: EventPerson?
        do throws(EdgeError) {
            person = try EventPerson(configuration, section: section.id, identifier: text)
        } catch {
            throw CommandFailure(error)
        }
        guard let person else { throw .namesNobody }
        if let note = person.noteOnMissingKeys { CommandOutput.note("tremolo: forget: \(note)") }
        return person
    }

    private static func text(_ receipt: ForgettingReceipt) -> String {
        func count(_ number: UInt64, _ noun: String) -> String { "\(number) \(noun)" + (number == 1 ? "" : "s") }
        func time(_ nanoseconds: UInt64) -> String { RFC3339.string(nanoseconds, fractionDigits: 0) }
        var lines = [
            "forgotten in section \(TerminalText.escape(receipt.section)) at \(time(receipt.timeNanoseconds)): "
                + "\(count(receipt.events, "event")) in \(count(receipt.segments, "segment")) of "
                + count(receipt.nodes, "node")
        ]
        if let first = receipt.firstNanoseconds, let last = receipt.lastNanoseconds {
            lines.append("the first event is of \(time(first)), the last of \(time(last))")
        }
        if receipt.verdictsKept > 0 {
            lines.append("\(count(receipt.verdictsKept, "event")) of others keep their verdicts, which hung on these")
        }
        lines.append(
            receipt.events == 0
                ? "no event of the person was found"
                : "kept of each: " + ForgettingReceipt.kept.joined(separator: ", "))
        if receipt.memberships > 0 {
            lines.append(
                "figures: a token stands in the person's place in \(count(receipt.memberships, "set")) of people")
        }
        lines.append(receipt.isOptedOut ? "opted out" : "consent is left as it was")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension CommandFailure {
    /// Said of what `--cuid` gives where it can be nobody's; the text itself is not repeated.
    static var namesNobody: CommandFailure {
        .usage(
            "--cuid", why: "nobody of the section's kind can be meant by it",
            whatToDo:
                "give the address, number or id itself, one alone, without a line break and with no merge tag in it")
    }
}
