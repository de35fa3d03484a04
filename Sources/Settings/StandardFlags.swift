/// The flags that give settings, as data for `ArgumentReader`, and the way from arguments back to settings.
package enum StandardFlags {
    /// What every command takes.
    package static let shared = [
        FlagDescription(
            "config", value: "FILE", summary: "the configuration",
            standard: "$\(ConfigurationFile.variable), else the first there is of "
                + ConfigurationFile.standardPaths.joined(separator: ", ")),
        FlagDescription("data", value: "DIR", summary: "the data folder", standard: "data"),
    ]

    /// What `serve` takes beside them.
    package static let serve = [
        FlagDescription(
            "listen", value: "HOST:PORT", summary: "where clicks and opens arrive", standard: "127.0.0.1:8080"),
        FlagDescription(
            "admin", value: "HOST:PORT", summary: "where health, metrics and the admin pages are",
            standard: "127.0.0.1:8081"),
        FlagDescription("workers", value: "N", summary: "threads that answer requests", standard: "one a core"),
        FlagDescription(
            "flush-interval", value: "SECONDS", summary: "how often figures are committed to the store", standard: "5"),
    ]
}

extension ParsedArguments {
    /// The settings that were given by flags: every flag that is named as a top-level setting.
    package var settings: [FlagSetting] {
        Configuration.schema.filter(\.isScalar).compactMap { setting in
            value(ValueOrigin.flagName(of: setting.name)).map { FlagSetting(setting.name, $0) }
        }
    }
}

extension Configuration {
    /// The environment variables that give settings: every top-level setting that one value is enough for.
    package static var variables: [(name: String, setting: String)] {
        schema.filter(\.isScalar).map { (ValueOrigin.environmentName(of: $0.name), $0.name) }
    }
}
