import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Settings
import TrackingLinks

/// `tremolo sign`: signs tracking links, and makes and lists the keys that do.
enum SignCommand {
    static let command = Command(
        description: CommandDescription(
            name: "sign", summary: "signs tracking and unsubscribe links, and makes and lists the keys for it",
            details: [
                "It signs the URLs that are given, or one a line from standard input, and prints one a line in the "
                    + "same order. The newest key for a link's section signs; every key in the key folder verifies. "
                    + "cuid, cuidType and tlink are not covered and may be template tags; a change to any other "
                    + "campaign field breaks the signature.",
                "A link whose path is /tremunsub unsubscribes its person (RFC 8058). It is signed in the scope person, "
                    + "which covers sec and cuid: make one for each recipient.",
                "A link that can't be signed is named on standard error by its line, and an empty line stands in its "
                    + "place, so that line n of the output belongs to line n of the input; then it exits 65.",
                "To rotate, make another key, have the servers read it (SIGHUP), and only then sign with it (until "
                    + "then --key with the old one). Links of the old key live until its file is removed.",
            ],
            operands: [
                OperandDescription(
                    "URL",
                    summary: "a tracking or unsubscribe link; none, or - alone, reads one a line from standard input",
                    isOptional: true, repeats: true)
            ],
            flags: [
                FlagDescription(
                    "scope", value: "SCOPE", summary: "what the signature covers beside the campaign",
                    standard: "target where the link has one, else link; person for /tremunsub",
                    choices: SignatureScope.allCases.map(\.rawValue)),
                FlagDescription(
                    "expires", value: "WHEN",
                    summary: "when the signature ends: an RFC 3339 time, or a span from now such as '90 days'",
                    standard: "never"),
                FlagDescription(
                    "key", value: "ID", summary: "the key that signs", standard: "the newest for the link's section"),
                FlagDescription(
                    switch: "make-key", summary: "makes a key instead, prints its id, and says where it lies"),
                FlagDescription(
                    "sec", value: "ID", summary: "the one section whose links the key that is made signs",
                    standard: "every section"),
                FlagDescription(
                    switch: "list-keys",
                    summary: "lists the keys instead: id, when it was made, section, what it signs"),
            ],
            examples: [
                "sign --make-key",
                "sign 'https://trem.example.com/tremclk?cuid={{email}}&sec=1&targetUrl=https%3A%2F%2Fexample.com%2F'",
                "sign --scope link --expires '90 days' < links.txt > signed.txt",
            ])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        let signs = ["scope", "expires", "key"].filter { arguments.has($0) }
        for mode in ["make-key", "list-keys"] where arguments.has(mode) {
            let others = signs + (mode == "list-keys" ? ["make-key", "sec"].filter { arguments.has($0) } : [])
            if let other = others.first { throw excluded(mode, "--\(other) does not go with it") }
            if !arguments.operands.isEmpty { throw excluded(mode, "no URL goes with it") }
        }
        if arguments.has("make-key") { return try makeKey(context) }
        if arguments.has("sec") {
            throw .usage("--sec", why: "it belongs to --make-key", whatToDo: "leave it out: the link names its section")
        }
        let configuration = try context.configuration()
        let folder = configuration.keyFolder
        KeyModeNotes.write(folder)
        let files = try signingKeys(folder)
        if arguments.has("list-keys") { return try list(files, in: folder) }
        return try sign(arguments, SigningKeyTable(files: files), configuration)
    }

    private static func excluded(_ flag: String, _ why: String) -> CommandFailure {
        .usage("--\(flag)", why: why, whatToDo: "give the one or the other")
    }

    private static func signingKeys(_ folder: String) throws(CommandFailure) -> [KeyFile] {
        do throws(EdgeError) {
            return try KeyFolder.signingKeys(folder)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func makeKey(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
        let section = try CommandInput.value(context.arguments, "sec")
        if let section, !KeyFile.isSection(section) {
            throw .usage("--sec", why: "it is no id", whatToDo: "write 1 to 64 letters, digits, '-' or '_'")
        }
        let configuration = try context.configuration()
        let file: KeyFile
        do throws(EdgeError) {
            file = try KeyFolder.makeSigningKey(section: section, in: configuration.keyFolder)
        } catch {
            throw CommandFailure(error)
        }
        try CommandOutput.write("\(file.id)\n")
        let path = Message.onOneLine("\(configuration.keyFolder)/\(file.fileName)")
        CommandOutput.note("\(path): made; a server that runs reads it at a reload (SIGHUP): sign with it after that")
        if let section, !configuration.sections.contains(where: { $0.id == section }) {
            CommandOutput.note("no section \(section) is configured here")
        }
        return .done
    }

    private static func list(_ files: [KeyFile], in folder: String) throws(CommandFailure) -> ExitCode {
        guard !files.isEmpty else {
            CommandOutput.note("\(Message.onOneLine(folder)): no signing key: make one with tremolo sign --make-key")
            return .done
        }
        var rows = [["id", "made", "section", "signs links of"]]
        for file in files {
            rows.append([
                "\(file.id)", RFC3339.string(file.createdNanoseconds, fractionDigits: 0), file.section ?? "every",
                signs(file, among: files),
            ])
        }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for row in rows {
            for (cell, width) in zip(row, widths) {
                text += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            text += row[3] + "\n"
        }
        try CommandOutput.write(text)
        return .done
    }

    /// Whose links a key signs when no key is chosen.
    private static func signs(_ file: KeyFile, among files: [KeyFile]) -> String {
        let newer = files.filter { $0.id > file.id }
        if newer.contains(where: { $0.section == nil || $0.section == file.section }) { return "none, and verifies" }
        if let section = file.section { return "section \(section)" }
        return newer.isEmpty ? "every section" : "every other section"
    }

    private static func sign(
        _ arguments: ParsedArguments, _ keys: SigningKeyTable, _ configuration: Configuration
    ) throws(CommandFailure) -> ExitCode {
        guard !keys.isEmpty else {
            throw CommandFailure(
                .noInput,
                Message(
                    configuration.keyFolder, why: "it holds no signing key",
                    whatToDo: "make one with tremolo sign --make-key"))
        }
        let scope = arguments.value("scope").flatMap(SignatureScope.init)
        let expiry = try arguments.value("expires").map { text throws(CommandFailure) in try expirySeconds(text) }
        let isSomebodys: LinkSigner.NamesSomebody = { configuration.isSomebodys($0, section: $1) }
        var run: SignRun
        if let text = arguments.value("key") {
            guard let id = UInt32(text), let key = keys.key(id: id) else {
                throw .usage(
                    "--key", why: "'\(text)' is no signing key's id",
                    whatToDo: "see tremolo sign --list-keys for those there are")
            }
            run = SignRun(LinkSigner(key: key, namesSomebody: isSomebodys), scope: scope, expirySeconds: expiry)
        } else {
            run = SignRun(LinkSigner(keys: keys, namesSomebody: isSomebodys), scope: scope, expirySeconds: expiry)
        }
        if arguments.operands.isEmpty || arguments.operands == ["-"] { return try run.signStandardInput() }
        if arguments.operands.contains("-") {
            throw .usage("-", why: "it stands beside URLs", whatToDo: "give it alone, or leave it out")
        }
        return try run.sign(arguments.operands)
    }

    /// The second since 1970 that a time or a span from now names.
    private static func expirySeconds(_ text: String) throws(CommandFailure) -> UInt64 {
        let now = SystemClock.realtimeNanoseconds() / 1_000_000_000
        let expiry: UInt64
        if let time = RFC3339.nanoseconds(text) {
            expiry = time / 1_000_000_000
        } else {
            do throws(QuantityError) {
                expiry = now + (try TimeSpan(text)).wholeSeconds
            } catch {
                let isOutOfRange = RFC3339.isDateTime(text) || error == .tooLarge
                throw .usage(
                    "--expires",
                    why: isOutOfRange
                        ? "'\(text)' is out of range: times are of the years 1970 to 2260, spans of at most 584 years"
                        : "'\(text)' is neither a time nor a span",
                    whatToDo: "write it as in 2027-01-31T00:00:00Z or '90 days'")
            }
        }
        guard expiry > now else {
            throw .usage("--expires", why: "that time has passed", whatToDo: "give a later one")
        }
        return expiry
    }
}
