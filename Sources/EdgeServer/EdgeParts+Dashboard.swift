import Bytes
import GeoIP
import Journal
import Settings

extension EdgeParts {
    /// The dashboard of a server that has these parts.
    static func dashboard(
        _ configuration: Configuration, folder: DataFolder, node: UInt64, health: EdgeHealth,
        sections: DashboardSections, workers: [EdgeWorker], aggregator: AggregatorRunner,
        consent: ConsentBook
    ) throws(EdgeError) -> Dashboard {
        let shards = workers.map(\.shards)
        let facts: @Sendable () -> [(name: String, value: String)] = {
            let snapshots = shards.map(\.snapshot)
            var facts = [
                ("Version", Version.text), ("Node", hexadecimal16(node)), ("Workers", "\(shards.count)"),
                ("Journal", "durability: \(configuration.journal.durability.rawValue)"),
                ("Events since the start", "\(snapshots.reduce(UInt64(0)) { $0 &+ $1.journaledRecords })"),
                (
                    "Failed writes and syncs",
                    "\(snapshots.reduce(UInt64(0)) { $0 &+ $1.writeFailures &+ $1.syncFailures })"
                ),
            ]
            facts += consent.facts
            guard let standing = aggregator.standing else { return facts }
            facts += [
                ("Figures are final up to", RFC3339.string(standing.closedNanoseconds, fractionDigits: 0)),
                ("Commits to the store", "\(standing.commits), \(standing.failures) failed"),
                ("Rules", standing.rulesVersion),
                ("Countries", aggregator.countryDatabase?.version ?? "not known: no GeoIP database"),
            ]
            let through = aggregator.retention?.peopleSealedThrough
            facts.append(
                (
                    "People are counts alone up to",
                    through.map { RetentionStanding.text(ofDay: $0) } ?? "no day: everybody is kept"
                ))
            return facts
        }
        return Dashboard(
            store: StoreFolder(folder),
            fleet: configuration.dashboardStore == .clickhouse ? try FleetDatabase(configuration) : nil,
            health: health, sections: sections, geoip: configuration.geoip,
            standing: {
                let snapshots = shards.map(\.snapshot)
                return Dashboard.Standing(
                    waiting: snapshots.reduce(0) { $0 &+ $1.waitingEvents },
                    lost: snapshots.reduce(0) { $0 &+ $1.unwrittenLostEvents },
                    rulesVersion: aggregator.standing?.rulesVersion)
            }, facts: facts)
    }
}
