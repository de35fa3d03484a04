import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
package import Settings

/// Forgets a person: through the server that owns the data folder, or on the folder alone.
package struct PersonForgetting {
    private let configuration: Configuration

    /// Uses the data folder and the keys of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Forgets.
    ///
    /// - Parameters:
    ///   - keepsConsent: leaves what is known of the person's consent as it is; else the person is opted out.
    ///   - interruption: calls it off before anything is changed.
    ///   - progress: told how far it is: bytes that are looked through, then segments that are rewritten.
    /// - Returns: what it came to.
    package func run(
        _ person: EventPerson, keepsConsent: Bool, interruption: Interruption,
        progress: (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> ForgettingReceipt {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let request = ControlRequest.forget(
            section: person.section, person: person.person, identifiers: person.identifiers,
            keepsConsent: keepsConsent)
        if let receipt = try ControlClient(folder).forget(
            request, interruption: interruption, progress: progress)
        {
            return receipt
        }
        // What can't be used is said before anything is touched.
        let judges = ForgettingDecision.Judges(
            rules: try RuleFolder.read(configuration.rules), sections: try SectionDirectory(configuration),
            countries: try CountryFile.read(configuration.geoip))
        let owned = try OwnedDataFolder(folder)
        try Self.finish(folder, configuration, node: owned.node)
        var receipt = ForgettingReceipt(
            section: person.section, timeNanoseconds: SystemClock.realtimeNanoseconds())
        if !keepsConsent {
            try optOut(person, folder, node: owned.node)
            receipt.isOptedOut = true
        }
        let search = ForgettingSearch(folder, person, threads: 2 * Host.processorCount)
        // Until here another process may have made keys, and recorded under them.
        search.add(person.subjects(under: try KeyFolder.read(configuration.keyFolder)))
        let findings = try search.look(live: [:], progress: progress)
        var plan = try ForgettingDecision.plan(findings, of: search.person, in: folder, by: judges, receipt)
        plan.told = ForgettingTelling.record(
            EdgeCommands.ForgettingRequest(
                section: person.section, person: person.person, identifiers: [], keepsConsent: keepsConsent),
            receipt, configuration)
        let work = ForgettingWork(folder)
        try work.requireRoom(plan, minimumFree: configuration.journal.minimumFree)
        if interruption.isThere { throw .interrupted }
        try work.begin(plan)
        return try Self.finish(folder, configuration, node: owned.node, progress: progress) ?? receipt
    }

    /// Finishes what a process that died has begun, in a folder that this process owns.
    ///
    /// - Returns: what it came to; nil where there was nothing to be finished.
    @discardableResult
    static func finish(
        _ folder: DataFolder, _ configuration: Configuration, node: UInt64,
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(EdgeError) -> ForgettingReceipt? {
        let work = ForgettingWork(folder)
        guard let plan = try work.unfinished() else { return nil }
        let receipt = try work.carryOut(plan, progress: progress)
        if plan.needsRebuild {
            try StoreRebuild(configuration).run(
                on: folder, node: node, withoutSealed: false, interruption: nil, progress: { _, _ in },
                onLoss: { _ in })
        }
        // What was shipped once is there, whether anything is shipped now or not.
        if Files.exists(folder.shipping) { try ShippingForgotten(path: folder.shippingForgotten).add(plan) }
        if !configuration.clickhouse.endpoints.isEmpty {
            try ForgettingTelling(folder).tell(plan) { (record) throws(EdgeError) in
                CampaignFacts.add(
                    .forgetting, version: EventFormat.forgettingVersion, [record.payload], to: folder, node: node)
            }
        }
        try work.end()
        return receipt
    }

    private func optOut(_ person: EventPerson, _ folder: DataFolder, node: UInt64) throws(EdgeError) {
        let now = SystemClock.realtimeNanoseconds()
        let record = ConsentRecord(
            recordedNanoseconds: now, effectiveNanoseconds: now, section: person.section,
            change: .person(person.person, .optedOut), source: .forgotten)
        let outcome = CampaignFacts.add(
            .consent, version: EventFormat.consentVersion, [record.payload], to: folder, node: node)
        if let failure = outcome.failure { throw failure }
    }
}
