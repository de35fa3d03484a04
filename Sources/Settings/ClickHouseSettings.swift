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
    /// The clause of the tables' engine; `{version}` is the column that decides which row counts, `{table}` the name.
    package var engine = "ReplacingMergeTree({version})"
    /// The cluster on whose servers tables are made, or nil for the server that is asked.
    package var cluster: String?
    /// Replicas that have to have an insert before it counts as done, or nil for the server's own setting.
    package var insertQuorum: Int?
    /// How long events stay there, in whole months of their time; nil: for ever.
    package var retention: MonthSpan? = MonthSpan(months: 13)

    /// The defaults.
    package init() {}
}

extension ClickHouseSettings: SettingsGroup {
    static let schema: [Setting<ClickHouseSettings>] = [
        Setting("endpoints", \.endpoints, .list(of: .clickHouseEndpoint, limit: 16)),
        Setting("database", \.database, .text),
        Setting("user", \.user, .text),
        Setting("passwordFile", \.passwordFile, .optional(.path)),
        Setting("engine", \.engine, .text),
        Setting("cluster", \.cluster, .optional(.text)),
        Setting("insertQuorum", \.insertQuorum, .optional(.wholeNumber(2...64))),
        Setting(
            "retention", \.retention, .optional(.months(MonthSpan(months: 1)...MonthSpan(months: 1_200)))),
    ]
}

/// Whose figures the dashboard shows.
package enum DashboardStoreSetting: String, CaseIterable, Sendable {
    /// This node's, from its own store.
    case sqlite
    /// Those of all nodes of the fleet.
    case clickhouse
}
