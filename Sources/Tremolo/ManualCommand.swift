import Settings

/// `tremolo manual`: the manual page, of the binary that prints it.
enum ManualCommand {
    static let command = Command(
        description: CommandDescription(
            name: "manual", summary: "prints the manual page, in roff",
            details: [
                "It is made of what --help is made of. The Debian package and make install put it where man looks for "
                    + "it."
            ],
            examples: ["manual | man -l -", "manual > /usr/local/share/man/man1/tremolo.1"])
    ) { _ throws(CommandFailure) in
        let page = ManualPage(
            program: Program.name, summary: "the open tracking edge for email", version: Version.text,
            date: Version.date, reader: Program.reader, sections: sections)
        try CommandOutput.write(page.text)
        return .done
    }

    /// What the page says beside commands and flags.
    private static var sections: ManualPage.Sections {
        var sections = ManualPage.Sections()
        sections.description = [
            "Links and pixels of a mail point at tremolo. It redirects clicks, answers opens with a transparent image, "
                + "writes each down before its answer leaves, and reports them, people apart from machines.",
            "A flag's value stands behind it or behind =, as in --format json and --format=json. A value - is read "
                + "from standard input, so that no identifier need stand in a command line. Data goes to standard "
                + "output alone; messages go to standard error, as tremolo: what: why: what to do.",
        ]
        sections.files = files
        sections.environment = environment
        sections.signals = signals
        sections.examples = examples
        sections.seeAlso = [
            "curl(1)", "journalctl(1)", "systemctl(1)", "systemd.socket(5)", "runuser(1)",
            "and the handbook in /usr/share/doc/tremolo or /usr/local/share/doc/tremolo.",
        ]
        return sections
    }

    private static let files: [ManualPage.Entry] = [
        .init(
            ConfigurationFile.standardPaths.joined(separator: ", "),
            "The configuration, the first of them that is there, where neither --config nor "
                + "$\(ConfigurationFile.variable) names one. It is JSON5, and explains each of its settings."),
        .init(
            "data",
            "The data folder, where the setting 'data' names no other: the journal, the store, keys. As a service it "
                + "is /var/lib/tremolo. One running server owns it; commands that read work beside it."),
        .init("data/control.sock", "How commands reach the running server."),
        .init(
            "/usr/share/tremolo, /usr/local/share/tremolo",
            "The rules that tell people from machines (rules), data about senders (esp) and the built-in pages "
                + "(pages). An update replaces them: to change one, copy its folder and name the copy in the "
                + "configuration."),
    ]

    private static var environment: [ManualPage.Entry] {
        [
            .init(ConfigurationFile.variable, "The configuration, where --config names none.")
        ]
            + Configuration.variables.map { variable in
                .init(
                    variable.name,
                    "The setting '\(variable.setting)'. It beats the configuration, and a flag beats it.")
            } + [
                .init(
                    "LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES",
                    "Sockets that systemd holds for the server: see systemd.socket(5)."),
                .init(
                    "NOTIFY_SOCKET, WATCHDOG_PID, WATCHDOG_USEC", "Where and how often systemd is told of readiness."),
            ]
    }

    private static let signals: [ManualPage.Entry] = [
        .init(
            "SIGTERM, SIGINT",
            "End the server in good order: readiness fails, requests are answered for drainDelay with Connection: "
                + "close, what is in flight finishes, the journal is synced and counted. A second one cuts the delay "
                + "short. Other commands end too, and leave nothing half done."),
        .init(
            "SIGHUP",
            "Has the server read its configuration again. No connection is closed; with a problem in it nothing "
                + "changes, and the log says why. POST /reload on the admin listener does the same."),
        .init("SIGUSR1", "Has the server open its log's file again, for logrotate(8)."),
    ]

    private static let examples: [ManualPage.Entry] = [
        .init("tremolo config check", "Ask whether the configuration is right:"),
        .init("systemctl enable --now tremolo.socket tremolo.service", "Start the service, and with the machine:"),
        .init(
            "runuser -u tremolo -- tremolo report --since 7d", "Ask, as the service's user, what happened in a week:"),
        .init("systemctl reload tremolo", "Take over a changed configuration:"),
        .init("tremolo doctor https://trem.brand.example", "Go the way of a recipient, and say what arrived:"),
    ]
}
