import Campaigns
import Engagement
import Journal
import LinuxSystem
package import Settings

/// Builds the store again from the journal: through the server that owns the folder, or on the folder alone.
package struct StoreRebuild {
    private let configuration: Configuration

    /// Uses the data folder, sections and rules of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Rebuilds, and swaps the new store in when it is complete.
    ///
    /// - Parameters:
    ///   - withoutSealed: gives up the figures of what has expired: the sealed ones are set aside.
    ///   - interruption: calls it off: the old store stays in use, and the new one is removed.
    ///   - progress: told so many events of about so many.
    ///   - onLoss: told a line at a time what was counted before and is not any more.
    package func run(
        withoutSealed: Bool, interruption: Interruption?, progress: (UInt64, UInt64) -> Void,
        onLoss: (String) -> Void
    ) throws(EdgeError) {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let answered = try ControlClient(folder).ask(
            .rebuild(withoutSealed: withoutSealed), timeoutMilliseconds: 600_000, interruption: interruption,
            progress: progress, onNote: onLoss)
        if answered != nil { return }
        // What can't be used is said before anything is touched.
        _ = try SectionDirectory(configuration)
        _ = try RuleFolder.read(configuration.rules)
        let owned = try OwnedDataFolder(folder)
        try PersonForgetting.finish(folder, configuration, node: owned.node)
        try run(
            on: folder, node: owned.node, withoutSealed: withoutSealed, interruption: interruption, progress: progress,
            onLoss: onLoss)
    }

    /// Rebuilds in a folder that this process owns and whose server does not run.
    func run(
        on folder: DataFolder, node: UInt64, withoutSealed: Bool, interruption: Interruption?,
        progress: (UInt64, UInt64) -> Void, onLoss: (String) -> Void
    ) throws(EdgeError) {
        let sections = try SectionDirectory(configuration)
        let rules = try RuleFolder.read(configuration.rules)
        let countries = try CountryFile.read(configuration.geoip)
        let files = StoreFolder(folder)
        let before = files.storedCheckpoints()
        let path = try files.prepareNext()
        do throws(EdgeError) {
            if !withoutSealed { try files.begin(path, before: before ?? [], node: node) }
            let store = try StoreFolder.open(path)
            try build(
                store, folder, node: node, rules: rules, sections: sections, countries: countries,
                expiry: withoutSealed ? [] : try files.expiry(),
                interruption: interruption, progress: progress)
        } catch {
            files.discard(path)
            throw error
        }
        if withoutSealed, let aside = try files.setSealedAside() { onLoss(StoreFolder.sentence(aside: aside)) }
        try files.adopt(path, open: nil)
        CountedLosses(
            before: before ?? [], journalFolder: folder.journal, expiry: try ExpiredRecords.table(of: folder)
        )
        .tell(after: files.storedCheckpoints() ?? [], onLoss)
    }

    /// Counts the people of months that are older than they may be kept, and keeps nobody of them. A server does so
    /// with a store that it rebuilds.
    private func sealPeople(
        _ store: SQLiteCampaignStore, _ sections: SectionDirectory
    ) throws(AggregatorError) {
        let sealing = PeopleSealing(
            sections: sections, retentionMonths: configuration.peopleRetention?.months)
        do throws(StoreError) {
            while try sealing.step(store, nowNanoseconds: SystemClock.realtimeNanoseconds()).hasMore {}
        } catch {
            throw .store(error)
        }
    }

    /// Counts the whole journal into a new store, behind what it holds already.
    private func build(
        _ store: SQLiteCampaignStore, _ folder: DataFolder, node: UInt64, rules: RuleSet, sections: SectionDirectory,
        countries: (any CountryLookup)?, expiry: [ShardExpiry], interruption: Interruption?,
        progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) {
        let total = JournalEstimate.recordCount(in: folder.journal)
        progress(0, total)
        var hasMore = true
        do throws(AggregatorError) {
            let aggregator = try Aggregator(
                store: store, journalFolder: folder.journal, node: node, live: [:], rules: rules,
                sections: sections, countries: countries, expiry: expiry, onTrouble: { _ in })
            while hasMore, !(interruption?.isThere ?? false) {
                let state = try aggregator.advance()
                progress(state.counted, max(total, state.counted))
                hasMore = state.hasMore
            }
            if !hasMore { try sealPeople(store, sections) }
        } catch {
            // Whoever called it off is not told what else went wrong meanwhile.
            guard interruption?.isThere ?? false else { throw .store(reason: "\(error)") }
        }
        if interruption?.isThere ?? false { throw .interrupted }
    }
}
