import Bytes
import EdgeServer
import LinuxSystem
import Mail
import Reports
import Settings
import TrackingLinks

/// `tremolo explain --mail`: every link and pixel of a finished mail.
enum ExplainMail {
    private static let bytesMax = 64 << 20

    static func run(_ path: String, _ context: CommandContext) throws(CommandFailure) -> ExitCode {
        let survey = MailSurvey(base: try base(context.arguments), leave: context.arguments.values("leave"))
        let name = path == "-" ? "standard input" : path
        let mail = try self.mail(try read(path, name), name, survey)
        let explained = try ExplainCommand.explainer(context)
            .explain(mail, nowNanoseconds: SystemClock.realtimeNanoseconds())
        if context.arguments.value("format") == "json" {
            var json = JSONWriter()
            explained.write(file: name, into: &json)
            json.endLine()
            try CommandOutput.write(json.bytes)
        } else {
            try CommandOutput.write(text(explained, name))
        }
        return explained.isAnswered ? .done : .badInput
    }

    private static func base(_ arguments: ParsedArguments) throws(CommandFailure) -> TrackingBase? {
        guard let text = arguments.value("base") else { return nil }
        return try WrapCommand.base(text)
    }

    private static func read(_ path: String, _ name: String) throws(CommandFailure) -> [UInt8] {
        do throws(SystemError) {
            return path == "-"
                ? try StandardStream.input.readAll(limitBytes: bytesMax)
                : try Files.readAll(path, limitBytes: bytesMax)
        } catch {
            throw CommandFailure(
                error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
                Message(name, why: error.reason, whatToDo: "name a file that can be read, of at most 64 MiB"))
        }
    }

    private static func mail(
        _ bytes: [UInt8], _ name: String, _ survey: MailSurvey
    ) throws(CommandFailure) -> FinishedMail {
        do throws(PayloadError) {
            return try survey.survey(bytes)
        } catch {
            throw CommandFailure(error, of: name)
        }
    }

    // MARK: For a person

    /// A line for each link, one for each warning, and a summary.
    private static func text(_ mail: ExplainedMail, _ name: String) -> String {
        let file = TerminalText.escape(name)
        var text = ""
        for link in mail.links {
            text += "\(file):\(link.lines.first ?? 0): \(link.element.name): \(TerminalText.escape(answer(link)))\n"
        }
        for warning in mail.warnings {
            let place = warning.line.map { "\(file):\($0)" } ?? file
            text += "\(place): warning: \(TerminalText.escape(warning.text))\n"
        }
        return text + summary(mail)
    }

    private static func answer(_ link: ExplainedMail.Link) -> String {
        let facts = link.explained.explanation
        guard let decision = facts.decision else { return "not answered: its path is none of a tracking link" }
        var details: [String] = []
        if link.lines.count > 1 { details.append("\(link.lines.count) times: lines \(list(link.lines))") }
        let identifier = facts.fields.first { $0.name == "\(TrackingField.cuid.name)" }
        details.append(identifier.map { $0.value.isEmpty ? "cuid empty" : "cuid present" } ?? "no cuid")
        if let verdict = link.explained.signatureName { details.append("signature: \(verdict)") }
        let notes = facts.repairs.names
        if !notes.isEmpty { details.append("notes: \(notes.joined(separator: ", "))") }
        let outcome =
            switch decision.outcome {
            case _ where link.explained.isTooLong: "not answered: it is too long for the server (requestLineLimit)"
            case .redirected, .fallback: "\(decision.outcome.name) to \(link.destination ?? "nowhere")"
            case .asked: "asked: \(decision.reason.explanation)" + (link.destination.map { ": \($0)" } ?? "")
            case .refused: "refused: \(decision.reason.explanation)"
            case .pixel: "pixel"
            }
        return "\(outcome) (\(details.joined(separator: "; ")))"
    }

    /// At most ten of them.
    private static func list(_ lines: [Int]) -> String {
        lines.prefix(10).map(String.init).joined(separator: ", ") + (lines.count > 10 ? ", …" : "")
    }

    private static func summary(_ mail: ExplainedMail) -> String {
        let parts =
            [
                "redirected: \(mail.redirectedCount)", "pixels: \(mail.pixelCount)",
                "not redirected: \(mail.notRedirectedCount)", "left: \(mail.leftCount)",
                "warnings: \(mail.warnings.count)",
            ] + (mail.isIncomplete ? ["not complete, see the warnings"] : [])
        return "\(mail.kind.rawValue): \(parts.joined(separator: "; "))\n"
    }
}
