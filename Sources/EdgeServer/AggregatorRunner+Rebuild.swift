import Campaigns
import Engagement
import Journal
import Synchronization

extension AggregatorRunner {
    /// Builds a new store beside the old one, under the rules as they stand in the folder now, and swaps them. Reports
    /// read the old one meanwhile; what comes later is judged by the new rules too. Where it does not come to its end,
    /// the old one stays and the new one is removed, so that it takes no room.
    func rebuild(_ ticket: AggregatorTicket, _ held: inout Held?) -> EdgeError? {
        guard let watch = ticket.watch else { return nil }
        do throws(EdgeError) {
            if let hindrance = hindrance.withLock({ $0 }) { throw hindrance }
            try finishForgetting(&held)
        } catch {
            return error
        }
        return rebuildNow(watch, &held)
    }

    /// Does what `rebuild` says, when nothing else has to be done before.
    func rebuildNow(_ watch: RebuildWatch, _ held: inout Held?) -> EdgeError? {
        let folder = StoreFolder(plan.folder)
        var unfinished: String?
        dropIfGone(&held)
        do throws(EdgeError) {
            if let hindrance = hindrance.withLock({ $0 }) { throw hindrance }
            let (rulesBefore, rulesFolder) = rules.withLock { $0 }
            let newRules = try RuleFolder.read(
                rulesFolder, orBuiltIn: rulesBefore.version == RuleSet.builtIn.version)
            let before = folder.storedCheckpoints()
            let path = try folder.prepareNext()
            unfinished = path
            if !watch.withoutSealed { try folder.begin(path, before: before ?? [], node: plan.node) }
            let store = try StoreFolder.open(path)
            let fresh = try build(store, newRules, watch)
            drop(&held)
            if watch.withoutSealed, let aside = try folder.setSealedAside() {
                log.write(.warning, "sealed-store-aside", ("path", aside))
                watch.onLoss(StoreFolder.sentence(aside: aside))
            }
            try folder.adopt(path, open: store)
            held = Held(
                aggregator: fresh, store: store, files: folder.identity(), shipped: shippedFigures(newRules))
            rules.withLock { $0.set = newRules }
            if health.set(.store, nil) { log.write(.info, "store-well") }
            CountedLosses(
                before: before ?? [], journalFolder: plan.folder.journal,
                expiry: try ExpiredRecords.table(of: plan.folder)
            ).tell(after: folder.storedCheckpoints() ?? []) { line in
                log.write(.warning, "counted-no-more", ("what", line))
                watch.onLoss(line)
            }
            return nil
        } catch {
            if let unfinished { folder.discard(unfinished) }
            return error
        }
    }

    /// Counts everything into a new file, as far as it is readable now, and gives up when the server is told to stop or
    /// nobody waits for the rebuild any more.
    private func build(
        _ store: SQLiteCampaignStore, _ rules: RuleSet, _ watch: RebuildWatch
    ) throws(EdgeError) -> Aggregator<SQLiteCampaignStore> {
        let fresh = try make(
            store, rules, live: plan.live, watch.withoutSealed ? [] : try StoreFolder(plan.folder).expiry())
        let total = JournalEstimate.recordCount(in: plan.folder.journal)
        while true {
            let progress = try advance(fresh)
            if requests.withLock({ $0.isStopping }) { throw Self.stopping }
            if watch.isCalledOff() { throw .interrupted }
            guard progress.hasMore else { return fresh }
            watch.progress(progress.counted, max(total, progress.counted))
        }
    }
}
