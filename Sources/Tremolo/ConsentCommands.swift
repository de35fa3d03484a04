import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Settings

/// `tremolo consent set` and `tremolo consent status`: one person's word, and how sections stand.
enum ConsentCommands {
    static let setting = Command(
        description: CommandDescription(
            name: "consent set", summary: "records that a person has opted in or out",
            details: [
                "It holds from now on, on every worker, for mail that was sent before too, until the person says "
                    + "something else or a later list is imported. It goes through the running server, or straight "
                    + "into the data folder when none runs."
            ],
            flags: [
                FlagDescription("sec", value: "ID", summary: "the section"),
                FlagDescription(
                    "identifier", value: "X",
                    summary: "who: the address, number or id, as links carry it in cuid; - reads standard input"),
                FlagDescription("status", value: "STATUS", summary: "what they said", choices: ["opt-in", "opt-out"]),
            ],
            examples: ["consent set --sec 8781202 --identifier - --status opt-out < address.txt"])
    ) { context throws(CommandFailure) in
        let section = try context.section()
        let arguments = context.arguments
        guard let status = arguments.value("status") else {
            throw .usage("--status", why: "it is missing", whatToDo: "say opt-in or opt-out")
        }
        let person = try person(context, section).person
        let facts = ConsentFacts(try context.configuration())
        let way: CampaignFacts.Way
        do throws(EdgeError) {
            way = try facts.set(
                person, in: section.id, to: status == "opt-in" ? .optedIn : .optedOut)
        } catch {
            throw CommandFailure(error)
        }
        CommandOutput.note("recorded: \(status) in section \(section.id)\(FactCommands.words(on: way))")
        return .done
    }

    static let status = Command(
        description: CommandDescription(
            name: "consent status", summary: "says how sections stand, or what is known of a person",
            details: [
                "Of a section: the list in force, when it was made and imported, and how many people said something "
                    + "since. Of a person: what they said, or what the list says of them, and when."
            ],
            flags: [
                FlagDescription("sec", value: "ID", summary: "the section; all that have anything without it"),
                FlagDescription(
                    "identifier", value: "X", summary: "who, as links carry it in cuid; - reads standard input"),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form of the answer", standard: "text",
                    choices: ["text", "json"]),
            ],
            examples: ["consent status", "consent status --sec 8781202 --identifier - < address.txt"])
    ) { context throws(CommandFailure) in
        let isJSON = context.arguments.value("format") == "json"
        guard context.arguments.value("identifier") == nil else {
            return try printPerson(context, isJSON: isJSON)
        }
        return try printSections(context, isJSON: isJSON)
    }

    static let key = Command(
        description: CommandDescription(
            name: "consent key", summary: "makes a key for systems that report consent",
            details: [
                "The key goes to the system, which sends it as dy-api-key; the digest goes to apiKeys of the section "
                    + "in the configuration. The key is kept nowhere: whoever loses it makes another."
            ], examples: ["consent key"])
    ) { _ throws(CommandFailure) in
        let secret: [UInt8]
        do throws(SystemError) {
            secret = try SystemRandom.bytes(32)
        } catch {
            throw CommandFailure(
                .inputOutput, Message("consent key", why: error.reason, whatToDo: "look at the machine's random source")
            )
        }
        let key = Base64.encode(secret.span, alphabet: .url)
        let digest = SHA256Digest.hash(Array(key.utf8).span)
        try CommandOutput.write("key \(key)\ndigest \(digest)\n")
        return .done
    }

    /// The person whom `--identifier` names, and the section's key.
    private static func person(
        _ context: CommandContext, _ section: SectionSettings
    ) throws(CommandFailure) -> (person: Bytes16, key: SectionPersonKey) {
        guard let text = try CommandInput.value(context.arguments, "identifier") else {
            throw .usage("--identifier", why: "it is missing", whatToDo: "say who it is; - reads standard input")
        }
        let configuration = try context.configuration()
        try context.requireFolder()
        let finder: PersonFinder
        do throws(EdgeError) {
            finder = try PersonFinder(configuration, section: section)
        } catch {
            throw CommandFailure(error)
        }
        let identifier = Array(text.utf8)
        guard let person = finder.person(identifier.span) else {
            let refusal = finder.refusal(of: identifier.span) ?? .otherKind
            throw .usage(
                "--identifier",
                why: "it \(refusal.explanation)" + (refusal == .otherKind ? ", \(section.identifier.rawValue)" : ""),
                whatToDo: "give the address, number or id itself")
        }
        return (person, finder.key)
    }

    private static func printPerson(_ context: CommandContext, isJSON: Bool) throws(CommandFailure) -> ExitCode {
        let section = try context.section()
        let (person, key) = try person(context, section)
        let facts = ConsentFacts(try context.configuration())
        let knowledge: ConsentFacts.Knowledge
        do throws(EdgeError) {
            knowledge = try facts.knowledge(
                of: person, in: section.id, key: key, onTrouble: note)
        } catch {
            throw CommandFailure(error)
        }
        let (status, source, time, trouble): (ConsentStatus?, String?, UInt64?, String?) =
            switch knowledge {
            case .said(let status, let time): (status, "person", time, nil)
            case .listed(let status, let time): (status, "list", time, nil)
            case .unusableList(let error, let time): (.optedOut, "list", time, "\(error)")
            case .nothing: (nil, nil, nil, nil)
            }
        if isJSON {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("section")
            writer.string(section.id)
            writer.key("status")
            if let status { writer.string(word(status)) } else { writer.null() }
            writer.key("source")
            if let source { writer.string(source) } else { writer.null() }
            writer.key("time")
            if let time { writer.string(ConsentImportCommand.text(time)) } else { writer.null() }
            writer.key("trouble")
            if let trouble { writer.string(trouble) } else { writer.null() }
            writer.endObject()
            try CommandOutput.write(writer.bytes + [UInt8(ascii: "\n")])
        } else if let status, let source, let time {
            try CommandOutput.write(
                "\(word(status)), by \(source == "list" ? "the list of" : "their own word of") "
                    + "\(ConsentImportCommand.text(time))\n")
            guard let trouble else { return .done }
            note("the list can't be used, and counts as one that names nobody: \(trouble)")
        } else {
            try CommandOutput.write("nothing is known\n")
        }
        return .done
    }

    private static func word(_ status: ConsentStatus) -> String { status == .optedIn ? "opt-in" : "opt-out" }

    private static func printSections(_ context: CommandContext, isJSON: Bool) throws(CommandFailure) -> ExitCode {
        let wanted = try CommandInput.value(context.arguments, "sec")
        let configuration = try context.configuration()
        var standings: [(section: String, standing: ConsentFacts.Standing)]
        do throws(EdgeError) {
            standings = try ConsentFacts(configuration).standings(onTrouble: note)
        } catch {
            throw CommandFailure(error)
        }
        for section in configuration.sections where !standings.contains(where: { $0.section == section.id }) {
            standings.append((section.id, ConsentFacts.Standing()))
        }
        standings = standings.filter { wanted == nil || $0.section == wanted }.sorted { $0.section < $1.section }
        guard isJSON else {
            for (id, standing) in standings {
                try CommandOutput.write("\(id): \(policy(of: id, configuration)); \(sentence(standing))\n")
            }
            return .done
        }
        var writer = JSONWriter()
        writer.beginArray()
        for (id, standing) in standings { write(id, standing, configuration, to: &writer) }
        writer.endArray()
        try CommandOutput.write(writer.bytes + [UInt8(ascii: "\n")])
        return .done
    }

    private static func policy(of id: String, _ configuration: Configuration) -> String {
        guard let consent = configuration.section(id)?.consent else { return "not configured" }
        return consent.clicks == consent.opens
            ? consent.clicks.rawValue : "clicks \(consent.clicks.rawValue), opens \(consent.opens.rawValue)"
    }

    private static func sentence(_ standing: ConsentFacts.Standing) -> String {
        let since = "\(standing.optedInSince) opted in and \(standing.optedOutSince) out"
        guard let time = standing.listNanoseconds, let recorded = standing.listRecordedNanoseconds else {
            return standing.optedInSince + standing.optedOutSince == 0 ? "nothing on record" : "no list; \(since)"
        }
        let trouble =
            standing.listTrouble.map { "; it can't be used at a start, and nobody is in it then: \($0)" } ?? ""
        return
            "list of \(ConsentImportCommand.text(time)) with \(PeopleCount.words(standing.listPeople ?? 0)), imported "
            + "\(ConsentImportCommand.text(recorded)); since then \(since)\(trouble)"
    }

    private static func write(
        _ id: String, _ standing: ConsentFacts.Standing, _ configuration: Configuration, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("section")
        writer.string(id)
        writer.key("clicks")
        writer.string(configuration.section(id)?.consent.clicks.rawValue ?? "ignore")
        writer.key("opens")
        writer.string(configuration.section(id)?.consent.opens.rawValue ?? "ignore")
        for (name, time) in [("listTime", standing.listNanoseconds), ("imported", standing.listRecordedNanoseconds)] {
            writer.key(name)
            if let time { writer.string(ConsentImportCommand.text(time)) } else { writer.null() }
        }
        writer.key("listPeople")
        if let people = standing.listPeople { writer.number(people) } else { writer.null() }
        writer.key("listTrouble")
        if let trouble = standing.listTrouble { writer.string(trouble) } else { writer.null() }
        writer.key("optedInSince")
        writer.number(standing.optedInSince)
        writer.key("optedOutSince")
        writer.number(standing.optedOutSince)
        writer.endObject()
    }

    private static func note(_ line: String) {
        CommandOutput.note("tremolo: consent: \(Message.onOneLine(line))")
    }
}
