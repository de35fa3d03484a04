/// Where the server's log goes, and in which form.
package struct LogSettings: Equatable, Sendable {
    /// How a line is written.
    package var format = LogFormatSetting.logfmt
    /// The file that lines are appended to, opened again at SIGUSR1; nil for standard error.
    package var file: String?

    /// The defaults.
    package init() {}
}

extension LogSettings: SettingsGroup {
    static let schema: [Setting<LogSettings>] = [
        Setting("format", \.format, .choice()), Setting("file", \.file, .optional(.path)),
    ]
}

/// How a line of the log is written.
package enum LogFormatSetting: String, CaseIterable, Sendable {
    /// `name=value` pairs.
    case logfmt
    /// A JSON object.
    case json
}
