/// The store that the nodes of a fleet ship their events to.
package struct ClickHouseSettings: Equatable, Sendable {
    /// URLs that are tried in turn; nothing is shipped while there is none.
    package var endpoints: [String] = []
    /// The database.
    package var database = "tremolo"
    /// Who to log in as.
    package var user = "default"
    /// A file whose content is the password, or nil for none.
    package var passwordFile: String?

    /// The defaults.
    package init() {}
}

extension ClickHouseSettings: SettingsGroup {
    static let schema: [Setting<ClickHouseSettings>] = [
        Setting("endpoints", \.endpoints, .list(of: .text, limit: 16), isAvailable: false),
        Setting("database", \.database, .text, isAvailable: false),
        Setting("user", \.user, .text, isAvailable: false),
        Setting("passwordFile", \.passwordFile, .optional(.path), isAvailable: false),
    ]
}
