import Campaigns
import ClickHouse
import Engagement
import Journal
import Settings
import Synchronization

extension EdgeParts {
    /// What tells the other nodes of a fleet what is recorded here, and takes what they record; nil where no endpoint
    /// is configured.
    static func facts(
        _ configuration: Configuration, _ folder: DataFolder, limits: JournalLimits, commands: EdgeCommands,
        health: EdgeHealth, log: ServerLog
    ) throws(EdgeError) -> FactsRunner? {
        guard let database = try FleetDatabase(configuration) else { return nil }
        let cancellation = ClickHouseCancellation()
        let journal = commands.adminJournal
        commands.aggregator.onForgotten.withLock { hook in
            hook = { [shipping = commands.shipping] (plan) throws(EdgeError) in
                try shipping?.forget(plan)
                try ForgettingTelling(folder).tell(plan) { (record) throws(EdgeError) in
                    journal.record(
                        kind: .forgetting, version: EventFormat.forgettingVersion, payloads: [record.payload])
                }
            }
        }
        return try FactsRunner(
            FactsRunner.Plan(
                folder: folder, limits: limits, journal: commands.adminJournal, consent: commands.consent,
                imports: commands.imports,
                forget: { (record, isGone) throws(EdgeError) in try commands.forget(record, isGone: isGone) },
                health: health, log: log),
            connection: {
                ClickHouseFacts(
                    ClickHouseClient(database.account, limits: Self.factsLimits, cancellation: cancellation))
            }, cancel: { cancellation.cancel() })
    }

    /// What is asked here is short: a server that is silent for so long does not answer.
    private static var factsLimits: ClickHouseClient.Limits {
        var limits = ClickHouseClient.Limits()
        limits.silenceMilliseconds = 3_000
        limits.exchangeNanoseconds = 60_000_000_000
        return limits
    }
}
