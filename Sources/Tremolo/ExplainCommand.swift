import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Mail
import Reports
import Settings

/// `tremolo explain`: how a tracking URL is read, judged and answered.
enum ExplainCommand {
    static let command = Command(
        description: CommandDescription(
            name: "explain", summary: "says how a tracking URL is read, judged and answered, and records nothing",
            details: [
                "It takes the path that the server takes. It exits 0 for a redirect, the pixel, or an unsubscribe link "
                    + "(/tremunsub) with which its person can unsubscribe, else 65. "
                    + "Put the URL in quotes: it holds signs that a shell reads.",
                "With --mail it does so for every tracking link and pixel of a finished mail: HTML, a message (.eml) "
                    + "or a JSON payload, which the file's contents tell. It warns of links that lead past the "
                    + "tracker, of links in text parts and of what else is odd, and hides identifiers and addresses. "
                    + "It exits 0 when every link would be redirected and every pixel get its image, whatever it "
                    + "warns of; 65 otherwise, and for a file that can't be read whole or holds no link at all.",
            ],
            operands: [
                OperandDescription(
                    "URL", summary: "the tracking URL; - reads it from standard input", isOptional: true,
                    mayBeEmpty: true)
            ],
            flags: [
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "text", choices: ["text", "json"]),
                FlagDescription("mail", value: "FILE", summary: "a finished mail; - reads standard input"),
                FlagDescription(
                    "base", value: "URL",
                    summary: "the tracking host of the mail's links; without it a link is known by its path alone"),
                FlagDescription(
                    "leave", value: "TEXT",
                    summary: "warns of no link of the mail that holds this text, as of none for unsubscribing",
                    repeats: true),
            ],
            examples: [
                "explain 'https://trem.example.com/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fexample.com%2F'",
                "explain --mail mail.eml",
            ])
    ) { context throws(CommandFailure) in
        if let path = try mailPath(context.arguments) { return try ExplainMail.run(path, context) }
        let url = try CommandInput.value(context.arguments.operands[0])
        let explainer = try explainer(context, checksSignatures: LinkExplainer.isUnsubscribeLink(url))
        let link = explainer.explain(url, nowNanoseconds: SystemClock.realtimeNanoseconds())
        if context.arguments.value("format") == "json" {
            var json = JSONWriter()
            link.write(into: &json)
            json.endLine()
            try CommandOutput.write(json.bytes)
        } else {
            try CommandOutput.write(text(link))
        }
        return link.isAnswered ? .done : .badInput
    }

    /// The file of `--mail`; nil where there is a URL instead.
    private static func mailPath(_ arguments: ParsedArguments) throws(CommandFailure) -> String? {
        let path = arguments.value("mail")
        guard arguments.operands.isEmpty != (path == nil) else {
            throw .usage(
                "explain", why: "it takes one of URL and --mail", whatToDo: "name one link, or one file with a mail")
        }
        for flag in ["base", "leave"] where path == nil && arguments.has(flag) {
            throw .usage("--\(flag)", why: "it is about a mail", whatToDo: "leave it out, or give --mail")
        }
        return path
    }

    /// - Parameter checksSignatures: true for links whose signature is looked at whatever sections ask for.
    static func explainer(
        _ context: CommandContext, checksSignatures: Bool = false
    ) throws(CommandFailure) -> LinkExplainer {
        let configuration = try context.configuration()
        let needsKeys = checksSignatures || configuration.sections.contains { $0.signatures != .off }
        do throws(EdgeError) {
            return try LinkExplainer(configuration, signingKeys: needsKeys ? signingKeys(configuration) : [])
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The keys that signatures are judged with. Without them a link is explained all the
    /// same, and what is said of its signature is that of a server without keys.
    private static func signingKeys(_ configuration: Configuration) -> [KeyFile] {
        let unchecked = "signatures could not be checked"
        do throws(EdgeError) {
            let files = try KeyFolder.signingKeys(configuration.keyFolder)
            if files.isEmpty {
                CommandOutput.message(
                    Message(
                        unchecked, why: "\(configuration.keyFolder) holds no signing key",
                        whatToDo: "name the servers' folder with keys in the configuration, or with --data"))
            }
            return files
        } catch {
            CommandOutput.message(Message(unchecked, why: "\(error)"))
            return []
        }
    }

    /// The parts under a headline each, labels in one column.
    static func text(_ link: ExplainedLink) -> String {
        let parts = link.parts
        let width = parts.flatMap(\.lines).map(\.label.count).max() ?? 0
        return parts.map { part in
            let lines = part.lines.map { line in
                let label = line.label + String(repeating: " ", count: width - line.label.count)
                return "  \(label)  \(TerminalText.escape(line.value))\n"
            }
            return "\(part.title)\n\(lines.joined())"
        }.joined(separator: "\n")
    }
}
