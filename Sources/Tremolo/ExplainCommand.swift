import EdgeServer
import Engagement
import LinuxSystem
import Reports
import Settings
import TrackingLinks

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
            examples: ["explain 'https://trem.example.com/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fexample.com%2F'"])
    ) { context throws(CommandFailure) in
        let url = try CommandInput.value(context.arguments.operands[0])
        let configuration = try context.configuration()
        let sections: SectionTable
        do throws(EdgeError) {
            sections = try EdgeSections.table(configuration, signingKeys: signingKeys(configuration))
        } catch {
            throw CommandFailure(error)
        }
        let explanation = LinkExplanation(
            of: url, sections: sections, nowNanoseconds: SystemClock.realtimeNanoseconds())
        try CommandOutput.write(text(explanation))
        switch explanation.outcome {
        case .redirected, .fallback, .pixel: return .done
        case .asked, .refused, nil: return .badInput
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

    /// The steps under a headline each, labels in one column.
    private static func text(_ explanation: LinkExplanation) -> String {
        let width = explanation.steps.map(\.name.count).max() ?? 0
        var text = ""
        var topic: LinkExplanation.Topic?
        for step in explanation.steps {
            if step.topic != topic {
                text += (topic == nil ? "" : "\n") + "\(step.topic.rawValue)\n"
                topic = step.topic
            }
            let label = step.name + String(repeating: " ", count: width - step.name.count)
            text += "  \(label)  \(TerminalText.escape(step.value))\n"
        }
        return text
    }
}
