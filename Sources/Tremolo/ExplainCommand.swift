import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Reports
import Settings

/// `tremolo explain`: how a tracking URL is read, judged and answered.
enum ExplainCommand {
    static let command = Command(
        description: CommandDescription(
            name: "explain", summary: "says how a tracking URL is read, judged and answered, and records nothing",
            details: [
                "It takes the path that the server takes. It exits 0 for a redirect or the pixel, else 65. "
                    + "Put the URL in quotes: it holds signs that a shell reads."
            ],
            operands: [
                OperandDescription("URL", summary: "the tracking URL; - reads it from standard input", mayBeEmpty: true)
            ],
            flags: [
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "text", choices: ["text", "json"])
            ],
            examples: ["explain 'https://trem.example.com/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fexample.com%2F'"])
    ) { context throws(CommandFailure) in
        let url = try CommandInput.value(context.arguments.operands[0])
        let explainer = try explainer(context)
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

    private static func explainer(_ context: CommandContext) throws(CommandFailure) -> LinkExplainer {
        let configuration = try context.configuration()
        do throws(EdgeError) {
            return try LinkExplainer(configuration, signingKeys: signingKeys(configuration))
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The keys that signatures are judged with, where a section looks at any. Without them a link is explained all the
    /// same, and what is said of its signature is that of a server without keys.
    private static func signingKeys(_ configuration: Configuration) -> [KeyFile] {
        guard configuration.sections.contains(where: { $0.signatures != .off }) else { return [] }
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
