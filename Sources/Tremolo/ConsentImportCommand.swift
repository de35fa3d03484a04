import Bytes
import EdgeServer
import LinuxSystem
import Settings

/// `tremolo consent import` and `tremolo consent sync`: subscriber lists.
enum ConsentImportCommand {
    private static let flags = [
        FlagDescription("sec", value: "ID", summary: "the section"),
        FlagDescription(
            "max-bad", value: "PERCENT", summary: "refuses a list with more bad rows than that", standard: "30"),
        FlagDescription(switch: "allow-empty", summary: "takes a list that names nobody, which opts everybody out"),
    ]

    static let importing = Command(
        description: CommandDescription(
            name: "consent import", summary: "replaces a section's consent by a subscriber list",
            details: [
                "The list is CSV with a header, one identifier a row, in the column email (or cuid, identifier, phone, "
                    + "phoneNumber, custom). Whoever it names is opted in, everybody else is opted out, all in one "
                    + "step. What people said themselves after the list's own time stands.",
                "The list's time is --as-of, else that of its folder's name (upload_2026-11-27_03-00, UTC), else the "
                    + "file's time of change. A list older than the one in force is refused.",
                "An import that fails or is interrupted changes nothing. Bad rows are told by their lines. No "
                    + "identifier is kept: the data folder holds keyed pseudonyms, eight bytes a person.",
            ],
            operands: [OperandDescription("FILE", summary: "the list; - reads standard input")],
            flags: flags + [
                FlagDescription("as-of", value: "TIME", summary: "when the list was made, RFC 3339")
            ],
            examples: [
                "consent import data.csv --sec 8781202",
                "consent import - --sec 8781202 --as-of 2026-11-27T03:00:00Z < data.csv",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let path = arguments.operands[0]
        let given = try arguments.value("as-of").map { text throws(CommandFailure) in
            try CommandInput.instant(text, flag: "as-of")
        }
        let time: UInt64
        if let given { time = given } else { time = try Self.time(of: path) }
        try run(context, context.section(), path: path, effectiveNanoseconds: time)
        return .done
    }

    static let syncing = Command(
        description: CommandDescription(
            name: "consent sync", summary: "imports the newest upload of a folder, once: for a timer or cron",
            details: [
                "FOLDER holds uploads named upload_2026-11-27_03-00 (UTC), each with a list data.csv, as 'consent "
                    + "import' reads it. The newest one is imported unless the list in force is as new and whole; one "
                    + "that is ahead of the clock is told and left.",
                "Another program may fill the folder, such as aws s3 sync or rclone. A list that is written to while "
                    + "it is read changes nothing, and one that was written to after its import is imported again.",
            ],
            operands: [OperandDescription("FOLDER", summary: "the folder of the uploads")], flags: flags,
            examples: ["consent sync /var/lib/uploads --sec 8781202"])
    ) { context throws(CommandFailure) in
        let folder = context.arguments.operands[0]
        guard let newest = try newestUpload(in: folder) else {
            throw CommandFailure(
                .noInput,
                Message(
                    folder, why: "there is no upload_yyyy-MM-dd_HH-mm/data.csv in it that could be taken",
                    whatToDo: "name the folder that the uploads stand in"))
        }
        let section = try context.section()
        let facts = ConsentFacts(try context.configuration())
        let standings: [(section: String, standing: ConsentFacts.Standing)]
        do throws(EdgeError) {
            standings = try facts.standings { note("consent sync: \($0)") }
        } catch {
            throw CommandFailure(error)
        }
        let standing = standings.first { $0.section == section.id }?.standing
        if let inForce = standing?.listNanoseconds, inForce >= newest.nanoseconds {
            guard let why = try reasonToRepeat(standing, newest) else {
                CommandOutput.note("nothing new: the list of \(text(inForce)) is in force")
                return .done
            }
            note("consent sync: the list of \(text(inForce)) is taken again: \(why)")
        }
        try run(context, section, path: newest.path, effectiveNanoseconds: newest.nanoseconds)
        return .done
    }

    /// Why an upload whose list is in force, or a newer one, is taken once more; nil where it need not be.
    ///
    /// - Throws: where the newer list can't be used and is not here.
    private static func reasonToRepeat(
        _ standing: ConsentFacts.Standing?, _ newest: Upload
    ) throws(CommandFailure) -> String? {
        guard standing?.listNanoseconds == newest.nanoseconds else {
            guard let trouble = standing?.listTrouble else { return nil }
            throw CommandFailure(
                .badInput,
                Message(
                    "consent sync", why: "the list in force can't be used, and no upload is as new: \(trouble)",
                    whatToDo: "import a newer list"))
        }
        if let trouble = standing?.listTrouble { return "what is in force can't be used: \(trouble)" }
        return newest.changedNanoseconds > standing?.listRecordedNanoseconds ?? 0
            ? "it was written to, or touched, since it was imported" : nil
    }

    private static func run(
        _ context: CommandContext, _ section: SectionSettings, path: String, effectiveNanoseconds: UInt64,
        tries: Int = 3
    ) throws(CommandFailure) {
        let arguments = context.arguments
        let percent = try arguments.value("max-bad").map { text throws(CommandFailure) in
            try CommandInput.count(text, flag: "max-bad")
        }
        if let percent, percent > 100 {
            throw .usage("--max-bad", why: "it is no share", whatToDo: "write 0 to 100")
        }
        let input = try CSVInput(path)
        // An address and its line end, about.
        let people = try begin(
            try context.configuration(), section, expected: Int(clamping: (input.sizeBytes ?? 0) / 24))
        let (outcome, bad) = try ConsentListRun(people, name: input.name, badPercentMax: percent ?? 30).run(
            input, effectiveNanoseconds: effectiveNanoseconds, allowsEmpty: arguments.has("allow-empty"))
        if try input.hasChanged() {
            // Somebody wrote on while the list came into force: what is there now has the same time.
            guard tries > 1 else {
                throw input.bad(
                    "it is written to all the time, and a part of it may be in force", "import it when it is whole")
            }
            note("\(input.name): it was written to meanwhile, and is read again")
            return try run(context, section, path: path, effectiveNanoseconds: effectiveNanoseconds, tries: tries - 1)
        }
        let count = PeopleCount.words(outcome.people)
        var parts = ["in force: \(count) of section \(section.id), as of \(text(effectiveNanoseconds))"]
        if outcome.repeated > 0 { parts.append("\(WrapNotes.count(outcome.repeated, "row")) named one of them again") }
        if bad > 0 { parts.append("\(WrapNotes.count(bad, "row")) named nobody") }
        if outcome.way == .folder { parts.append("no server runs: it counts from the next start on") }
        CommandOutput.note(parts.joined(separator: "; "))
    }

    private static func begin(
        _ configuration: Configuration, _ section: SectionSettings, expected: Int
    ) throws(CommandFailure) -> ConsentImport {
        do throws(EdgeError) {
            return try ConsentImport(configuration, section: section, expected: expected)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The time of a list that nobody gave: that of its folder's name, else the file's time of change.
    private static func time(of path: String) throws(CommandFailure) -> UInt64 {
        guard path != "-" else {
            throw .usage(
                "--as-of", why: "what comes from standard input has no time of its own",
                whatToDo: "say when the list was made")
        }
        do throws(SystemError) {
            let whole = try Files.resolved(path)
            let folder = Files.parent(of: whole).split(separator: "/").last.map(String.init) ?? ""
            if let time = UploadName.nanoseconds(folder) { return time }
            return try Files.status(path).modifiedNanoseconds
        } catch {
            throw CommandFailure(
                error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
                Message(path, why: error.reason, whatToDo: "name a CSV file that can be read"))
        }
    }

    /// A list in a folder of uploads.
    private struct Upload {
        var path: String
        /// What its name says.
        var nanoseconds: UInt64
        /// When it was last written to, or put in its place.
        var changedNanoseconds: UInt64
    }

    /// The newest list of a folder that is not ahead of the clock.
    private static func newestUpload(in folder: String) throws(CommandFailure) -> Upload? {
        do throws(SystemError) {
            let now = SystemClock.realtimeNanoseconds()
            let uploads = try Files.list(folder).compactMap { name in UploadName.nanoseconds(name).map { (name, $0) } }
            for (name, nanoseconds) in uploads.sorted(by: { $0.1 > $1.1 }) {
                let path = "\(folder)/\(name)/data.csv"
                guard Files.exists(path) else {
                    note("consent sync: \(name) has no data.csv (yet)")
                    continue
                }
                guard nanoseconds <= now else {
                    note("consent sync: \(name) is ahead of the clock (names are in UTC), and is left until then")
                    continue
                }
                return Upload(
                    path: path, nanoseconds: nanoseconds,
                    changedNanoseconds: try Files.status(path).changedNanoseconds)
            }
            return nil
        } catch {
            throw CommandFailure(
                error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
                Message(folder, why: error.reason, whatToDo: "name a folder that can be read"))
        }
    }

    private static func note(_ line: String) { CommandOutput.note("tremolo: \(Message.onOneLine(line))") }

    static func text(_ nanoseconds: UInt64) -> String { RFC3339.string(nanoseconds, fractionDigits: 0) }
}

/// The names of folders that subscriber lists are uploaded to: `upload_yyyy-MM-dd_HH-mm`, in UTC.
enum UploadName {
    /// The time that a folder's name says; nil for another name.
    static func nanoseconds(_ name: String) -> UInt64? {
        let bytes = Array(name.utf8)
        guard name.hasPrefix("upload_"), bytes.count == 23, bytes[17] == UInt8(ascii: "_"),
            bytes[20] == UInt8(ascii: "-")
        else { return nil }
        let (day, hour, minute) = (bytes[7..<17], bytes[18..<20], bytes[21..<23])
        let text = [day, [UInt8(ascii: "T")], hour, [UInt8(ascii: ":")], minute].flatMap { $0 }
        return RFC3339.nanoseconds(String(decoding: text, as: UTF8.self) + ":00Z")
    }
}
