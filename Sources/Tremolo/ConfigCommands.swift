import EdgeServer
import Settings

/// `tremolo config check`: finds every problem of the configuration.
enum ConfigCheckCommand {
    static let command = Command(
        description: CommandDescription(
            name: "config check", summary: "finds every problem of the configuration, with its place",
            details: ["It exits 0 when there is none, else 78. Nothing is started or changed."],
            examples: ["config check --config /etc/tremolo/tremolo.json5"])
    ) { context throws(CommandFailure) in
        let reading = try context.configurationReading()
        for problem in reading.problems { CommandOutput.message(problem.message) }
        guard let configuration = reading.configuration else { return .configuration }
        do throws(EdgeError) {
            _ = try RuleFolder.read(configuration.rules)
        } catch {
            throw CommandFailure(error)
        }
        let name = context.arguments.value("config") ?? ConfigurationFile.find(flag: nil, environment: { _ in nil })
        CommandOutput.note("\(name ?? "the built-in configuration"): no problems")
        return .done
    }
}

/// `tremolo config print`: shows the settings that count.
enum ConfigPrintCommand {
    static let command = Command(
        description: CommandDescription(
            name: "config print", summary: "shows the settings that count and where each comes from",
            details: ["The output is a configuration file itself. Secrets are left out."])
    ) { context throws(CommandFailure) in
        try CommandOutput.write(try context.settings().print())
        return .done
    }
}
