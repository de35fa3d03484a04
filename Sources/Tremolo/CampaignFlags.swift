import EdgeServer
import Engagement
import Settings

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

/// What the commands that record facts share: through the running server, else into the folder.
enum FactCommands {
    /// Records, and says how, as the end of a sentence.
    static func run(
        _ context: CommandContext,
        _ add: (CampaignFacts) throws(CampaignFacts.Failure) -> CampaignFacts.Way
    ) throws(CommandFailure) -> String {
        let facts = CampaignFacts(try context.configuration())
        do throws(CampaignFacts.Failure) {
            return words(on: try add(facts))
        } catch {
            throw CommandFailure(error.error)
        }
    }

    /// Notes the sections that the configuration does not have: nothing of their events is counted under their ids.
    static func noteUnknownSections(_ ids: Set<String>, _ configuration: Configuration) {
        for id in ids.sorted() where configuration.section(id) == nil {
            CommandOutput.note(
                "note: the configuration has no section \(id), so that its events count as (unknown): check the id, or "
                    + "add the section")
        }
    }

    /// How facts were recorded, as the end of a sentence.
    static func words(on way: CampaignFacts.Way) -> String {
        switch way {
        case .runningServer: ""
        case .folder: " (no server runs: it counts from the next start on)"
        }
    }
}
