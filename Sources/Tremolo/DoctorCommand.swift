import Bytes
import EdgeServer
import Engagement
import LinuxSystem
import Reports
import Settings

/// `tremolo doctor`: sends marked clicks the way that recipients' go, and says what arrived.
enum DoctorCommand {
    static let command = Command(
        description: CommandDescription(
            name: "doctor", summary: "sends a marked click through DNS, TLS and balancer, and says what arrived",
            details: [
                "The edge behind the URL has to have this machine's keys: the clicks carry a mark that only these can "
                    + "make. They are answered, and neither received nor journaled. TLS is that of curl, or else "
                    + "openssl, which this machine has to have.",
                "It exits 0 when everything arrives as it should, 65 when something on the way changes clicks or loses "
                    + "who clicked, and 69 when the edge can't be reached.",
            ],
            operands: [OperandDescription("URL", summary: "the tracking host, as in https://trem.brand.example")],
            flags: [
                FlagDescription(
                    "sec", value: "ID", summary: "the section of the click", standard: "the first that lists a host"),
                FlagDescription("target", value: "URL", summary: "where it leads", standard: "a host of the section"),
                FlagDescription(
                    "connect", value: "ADDRESS",
                    summary: "connects there, whatever the name stands for: before a switch"),
                FlagDescription(
                    "ca-file", value: "FILE", summary: "certificates to trust, PEM", standard: "the system's"),
                FlagDescription("timeout", value: "SECONDS", summary: "for each answer, 1 to 300", standard: "10"),
                FlagDescription(
                    switch: "idle", summary: "waits until the edge closes idle connections, to see who does so first"),
                FlagDescription(
                    "format", value: "FORMAT", summary: "the form", standard: "text", choices: ["text", "json"]),
            ],
            examples: ["doctor https://trem.brand.example", "doctor http://127.0.0.1:8080 --format json"])
    ) { context throws(CommandFailure) in
        let arguments = context.arguments
        guard let origin = DoctorOrigin(arguments.operands[0]) else {
            throw .usage(
                "URL", why: "it is no http or https URL of a host", whatToDo: "write it as https://trem.brand.example")
        }
        let seconds = try CommandInput.count(arguments.value("timeout") ?? "10", flag: "timeout")
        guard (1...300).contains(seconds) else {
            throw .usage("--timeout", why: "'\(seconds)' is none", whatToDo: "write 1 to 300")
        }
        let configuration = try context.configuration()
        let (section, destination) = try click(arguments, configuration)
        let key: HMACSHA256Key
        do throws(EdgeError) {
            key = try KeyFolder.read(configuration.keyFolder).doctorKey
        } catch {
            throw CommandFailure(error)
        }
        var run = DoctorRun(
            origin: origin, key: key, section: section, destination: destination,
            way: DoctorWay(
                address: arguments.value("connect"), certificates: arguments.value("ca-file"), seconds: seconds),
            waitsForIdle: arguments.has("idle"))
        let isReached: Bool
        do throws(DoctorFetch.Failure) {
            isReached = try run.run()
        } catch {
            switch error {
            case .noProgram:
                let why = "this machine has neither curl nor openssl, and a click needs one of them for TLS"
                throw CommandFailure(
                    .unavailable,
                    origin.isSecure
                        ? Message("doctor", why: why, whatToDo: "install curl")
                        : Message("doctor", why: "this machine has no curl", whatToDo: "install it"))
            case .unreachable(let why):
                throw CommandFailure(
                    .unavailable,
                    Message(
                        origin.text, why: TerminalText.escape(why),
                        whatToDo: "check the name, the certificate and what listens there"))
            }
        }
        try write(run, arguments.value("format") ?? "text")
        guard isReached else { return .unavailable }
        return run.findings.contains { $0.verdict == .problem } ? .badInput : .done
    }

    /// The section and the target of the clicks.
    private static func click(
        _ arguments: ParsedArguments, _ configuration: Configuration
    ) throws(CommandFailure) -> (section: String, destination: String) {
        func listed(_ section: SectionSettings) -> String? { section.hosts.first { !$0.hasPrefix("*") } }
        let section = arguments.value("sec") ?? configuration.sections.first { listed($0) != nil }?.id ?? "0"
        guard SectionSettings.isIdentifier(section) else {
            throw .usage(
                "--sec", why: "it is no id of a section", whatToDo: "write 1 to 64 letters, digits, '-' or '_'")
        }
        if let target = arguments.value("target") {
            guard DoctorOrigin(target) != nil, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw .usage(
                    "--target", why: "it is no http or https URL", whatToDo: "write a URL of a host that is listed")
            }
            return (section, target)
        }
        let host = configuration.section(section).flatMap(listed) ?? "www.example.com"
        return (section, "https://\(host)/")
    }

    private static func write(_ run: DoctorRun, _ format: String) throws(CommandFailure) {
        guard format == "json" else {
            let width = run.findings.map(\.subject.count).max() ?? 0
            var text = ""
            for finding in run.findings {
                let subject = finding.subject + String(repeating: " ", count: width - finding.subject.count)
                let verdict =
                    finding.verdict.rawValue + String(repeating: " ", count: 7 - finding.verdict.rawValue.count)
                text += "\(verdict)  \(subject)  \(TerminalText.escape(finding.detail))\n"
            }
            return try CommandOutput.write(text)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("url")
        json.string(run.origin.text)
        json.key("findings")
        json.beginArray()
        for finding in run.findings {
            json.beginObject()
            for (key, value) in [
                ("subject", finding.subject), ("verdict", finding.verdict.rawValue), ("detail", finding.detail),
            ] {
                json.key(key)
                json.string(value)
            }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endLine()
        try CommandOutput.write(json.bytes)
    }
}
