import EdgeServer
import LinuxSystem
import Settings

/// `tremolo config check`: finds every problem of the configuration.
enum ConfigCheckCommand {
    static let command = Command(
        description: CommandDescription(
            name: "config check", summary: "finds every problem of the configuration, with its place",
            details: [
                "It looks at the files that the configuration names too: rules, pages, static files, tokens. It exits "
                    + "0 when there is no problem, 64 when only flags are wrong, else 78. Nothing is started or "
                    + "changed.",
                "A section that asks for signatures and has no key in the key folder of this machine is warned of: "
                    + "that is no problem of the configuration, but no link of the section would be followed. So is a "
                    + "file about a sender that can't be used, or a folder 'senders' that is named and not there: no "
                    + "server reads them, but tremolo wrap does.",
            ],
            examples: ["config check --config /etc/tremolo/tremolo.json5"])
    ) { context throws(CommandFailure) in
        let reading = try context.configurationReading()
        let others = ConfigurationFiles.problems(reading)
        for problem in reading.problems.map(\.message) + others { CommandOutput.message(problem) }
        guard others.isEmpty else { return .configuration }
        guard let configuration = reading.configuration else { return reading.exitCode }
        KeyModeNotes.write(configuration.keyFolder)
        KeyModeNotes.write(DataFolder(path: configuration.data).addressKeys)
        warnOfKeys(configuration)
        warnOfSenders(configuration, isNamed: reading.understood?.origin(of: "senders") != .builtIn)
        let name = ConfigurationFile.find(
            flag: context.arguments.value("config"), environment: Environment.value)
        CommandOutput.note("\(name.map(Message.onOneLine) ?? "the built-in configuration"): no problems")
        return .done
    }

    /// Says what of the senders' data files can't be used.
    ///
    /// - Parameter isNamed: false for the built-in folder, which need not be there.
    private static func warnOfSenders(_ configuration: Configuration, isNamed: Bool) {
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(configuration.senders)
        } catch {
            guard isNamed || !error.isNotFound else { return }
            return CommandOutput.message(Message("warning", why: "\(configuration.senders): \(error.reason)"))
        }
        for name in names where name.hasSuffix(".json5") {
            do throws(CommandFailure) {
                _ = try WrapProfile.read(path: "\(configuration.senders)/\(name)")
            } catch {
                if let message = error.message {
                    CommandOutput.message(Message("warning", why: "\(message.what): \(message.why)"))
                }
            }
        }
    }

    /// Says what stands in the way of judging signatures.
    private static func warnOfKeys(_ configuration: Configuration) {
        guard configuration.sections.contains(where: { $0.signatures != .off }) else { return }
        do throws(EdgeError) {
            let files = try KeyFolder.signingKeys(configuration.keyFolder)
            for warning in KeyFolder.warnings(files, configuration) {
                CommandOutput.message(Message("warning", why: warning))
            }
        } catch {
            CommandOutput.message(Message("warning", why: "\(error)"))
        }
    }
}

/// The files that a configuration names and that a server reads at its start.
private enum ConfigurationFiles {
    /// What is wrong with them. Where a name could not be understood, its file is not looked for.
    static func problems(_ reading: ConfigurationReading) -> [Message] {
        guard let settings = reading.understood else { return [] }
        var problems: [Message] = []
        for (setting, load) in [
            ("adminTokenFile", Configuration.loadAdminToken), ("viewerTokenFile", Configuration.loadViewerToken),
        ] where !reading.hasProblem(at: setting) {
            do throws(SettingsError) {
                _ = try load(settings.configuration)()
            } catch {
                let message = error.message
                problems.append(
                    Message(
                        "\(settings.origin(of: setting)): \(setting)",
                        why: "\(message.what): \(message.why)",
                        whatToDo: message.whatToDo))
            }
        }
        if !reading.hasProblem(at: "rules") {
            do throws(EdgeError) {
                _ = try RuleFolder.read(settings.configuration.rules)
            } catch {
                problems.append(CommandFailure(error).message ?? Message("rules", why: "\(error)"))
            }
        }
        if !reading.hasProblem(at: "geoip") {
            do throws(EdgeError) {
                _ = try CountryFile.read(settings.configuration.geoip)
            } catch {
                problems.append(CommandFailure(error).message ?? Message("geoip", why: "\(error)"))
            }
        }
        if !reading.hasProblem(at: "pages") {
            do throws(EdgeError) {
                _ = try PageFolder.read(settings.configuration.pages)
            } catch {
                problems.append(CommandFailure(error).message ?? Message("pages", why: "\(error)"))
            }
        }
        if !reading.hasProblem(at: "static") {
            for file in settings.configuration.smallFiles {
                do throws(EdgeError) {
                    _ = try SmallFile.read(file)
                } catch {
                    problems.append(CommandFailure(error).message ?? Message("static", why: "\(error)"))
                }
            }
        }
        return problems
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
