import Campaigns
import EdgeServer
import LinuxSystem
import Settings

/// `tremolo config allow-seen`: writes the hosts that people clicked and no section lists, for review.
enum ConfigAllowSeenCommand {
    static let command = Command(
        description: CommandDescription(
            name: "config allow-seen", summary: "lists hosts that people clicked and sections do not list, for review",
            details: [
                "The output is JSON5: for each section the hosts to look at, the most clicked first, each with its "
                    + "clicks, when it was seen first and last, and a link. Only clicks of class human count. Nothing "
                    + "is changed; it exits 0 when there is nothing to list, too."
            ],
            flags: [
                FlagDescription("sec", value: "ID", summary: "only this section", repeats: true),
                FlagDescription("min", value: "N", summary: "only hosts with this many clicks or more", standard: "1"),
                FlagDescription(
                    "since", value: "TIME", summary: "from this day on: 2026-11-23 or 7d; the journal takes any time"),
                FlagDescription(
                    "from", value: "SOURCE", summary: "what is asked", standard: "store",
                    choices: ["store", "journal"]),
            ],
            examples: ["config allow-seen --min 50 --since 30d"])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let configuration = try context.configuration()
        let sections = try CommandInput.values(arguments, "sec")
        for section in sections where configuration.section(section) == nil {
            throw .usage(
                "--sec", why: "the configuration has no section '\(section)'", whatToDo: "give it a place there first")
        }
        let least = try arguments.value("min").map { text throws(CommandFailure) in
            try CommandInput.count(text, flag: "min")
        }
        guard least != 0 else { throw .usage("--min", why: "0 is no number of clicks", whatToDo: "write 1 or more") }
        let question = SeenHosts.question(
            sections: sections.isEmpty ? nil : sections, since: try ReportCommand.bound(arguments, .since))
        let (answer, notes) = try ReportCommand.answer(question, arguments, configuration)
        for note in notes { CommandOutput.note("tremolo: config allow-seen: \(note)") }
        let seen: SeenHosts
        do throws(EdgeError) {
            seen = try SeenHosts(answer, configuration: configuration, clicksMin: least ?? 1)
        } catch {
            throw CommandFailure(error)
        }
        if seen.sections.isEmpty {
            CommandOutput.note("tremolo: config allow-seen: no host that is not listed has so many clicks of people")
        }
        try CommandOutput.write(seen.json5)
        return .done
    }
}
