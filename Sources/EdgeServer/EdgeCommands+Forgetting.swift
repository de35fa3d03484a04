import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
import Settings
import Synchronization

/// What forgetting needs of a running server beside what other commands do, and whose turn it is.
final class ForgettingDesk: Sendable {
    /// One person is forgotten after the other.
    let turn = Mutex<Void>(())
    let configuration: Configuration
    let folder: DataFolder
    let node: UInt64
    let live: LiveShards

    init(_ configuration: Configuration, folder: DataFolder, node: UInt64, live: LiveShards) {
        self.configuration = configuration
        self.folder = folder
        self.node = node
        self.live = live
    }
}

extension EdgeCommands {
    /// Whom to forget.
    struct ForgettingRequest {
        var section: String
        var person: Bytes16
        var identifiers: [[UInt8]]
        var keepsConsent: Bool
        /// The other nodes of a fleet are told; they were not the ones who told it.
        var tells = true
    }

    /// Carries out what another node has recorded. The person's consent travels by itself.
    func forget(_ record: ForgettingRecord, isGone: @escaping @Sendable () -> Bool) throws(EdgeError) {
        _ = try forget(
            ForgettingRequest(
                section: record.section, person: record.person, identifiers: [], keepsConsent: true, tells: false),
            isGone: isGone, reply: { _ in })
    }

    /// Forgets a person: on this thread all that reads, on the aggregator's what changes segments and stores. The
    /// opt-out waits for nobody else who is being forgotten, and for no import.
    ///
    /// - Parameters:
    ///   - isGone: true when nobody waits for it any more; once the plan is written down it goes on all the same.
    ///   - reply: gets progress.
    func forget(
        _ request: ForgettingRequest, isGone: @escaping @Sendable () -> Bool,
        reply: @escaping @Sendable (ControlReply) -> Void
    ) throws(EdgeError) -> ForgettingReceipt {
        if isGone() { throw .interrupted }
        var receipt = ForgettingReceipt(
            section: request.section, timeNanoseconds: SystemClock.realtimeNanoseconds())
        // First, so that no later event carries the person where the policy honours it.
        if !request.keepsConsent {
            let outcome = consent.record([
                ConsentBook.Statement(
                    section: request.section, person: request.person, status: .optedOut, source: .forgotten)
            ])
            if let failure = outcome.failure { throw failure }
            receipt.isOptedOut = true
        }
        return try forgetting.turn.withLock { [receipt] _ throws(EdgeError) in
            if isGone() { throw .interrupted }
            return try imports.whileNone { () throws(EdgeError) in
                try forgetInTurn(request, receipt, isGone: isGone) { reply(.progress(counted: $0, of: $1)) }
            }
        }
    }

    private func forgetInTurn(
        _ request: ForgettingRequest, _ receipt: ForgettingReceipt, isGone: @escaping @Sendable () -> Bool,
        progress: @escaping @Sendable (UInt64, UInt64) -> Void
    ) throws(EdgeError) -> ForgettingReceipt {
        let configuration = forgetting.configuration
        let person = EventPerson(
            section: request.section, person: request.person,
            type: configuration.section(request.section)?.identifier.engagementType ?? .email,
            keys: try KeyFolder.read(configuration.keyFolder), identifiers: request.identifiers)
        let search = ForgettingSearch(forgetting.folder, person, threads: Host.processorCount)
        let judges = ForgettingDecision.Judges(
            rules: aggregator.rules.withLock { $0.set }, sections: aggregator.sections.withLock { $0.directory },
            countries: aggregator.countryDatabase, limits: aggregator.plan.limits)
        bringUpToDate()
        let found = try search.look(live: forgetting.live.all, progress: progress)
        try waitForWindows(of: found, judges.rules, isGone)
        let (folder, live, begun) = (forgetting.folder, forgetting.live, receipt)
        let told = request.tells ? ForgettingTelling.record(request, receipt, configuration) : nil
        let order = ForgettingOrder(
            deciding: { () throws(EdgeError) in
                let targets = leaveSegments()
                // The key may have been changed since: closed segments hold events of any that is there by now.
                search.add(person.subjects(under: try KeyFolder.read(configuration.keyFolder)))
                let findings = try search.look(live: live.all, progress: progress)
                try Self.requireClosed(findings, below: targets)
                var plan = try ForgettingDecision.plan(findings, of: search.person, in: folder, by: judges, begun)
                plan.told = told
                try ForgettingWork(folder).requireRoom(plan, minimumFree: configuration.journal.minimumFree)
                if isGone() { throw .interrupted }
                return plan
            }, progress: progress)
        return try aggregator.forget(order) ?? receipt
    }

    /// Waits until the verdicts on the person's last events, and on those beside them, are final: at most as long as
    /// that takes when all is well. After it they are judged by what there is.
    private func waitForWindows(
        of findings: [ForgettingSearch.Finding], _ rules: RuleSet, _ isGone: () -> Bool
    ) throws(EdgeError) {
        let window = ForgettingJudge.windowNanoseconds(rules)
        let own = findings.filter { $0.segment.shard.node == forgetting.node }
        guard window > 0, let last = own.flatMap(\.matches).map(\.orderNanoseconds).max() else { return }
        let start = SystemClock.monotonicNanoseconds()
        let now = SystemClock.realtimeNanoseconds()
        let rest = last > now ? 0 : 2 * window - min(now - last, 2 * window)
        while aggregator.standing.map({ $0.closedNanoseconds <= last + window }) ?? true,
            SystemClock.monotonicNanoseconds() - start < rest + Self.patienceNanoseconds
        {
            if isGone() { throw .interrupted }
            bringUpToDate()
            try aggregator.flush()
            SystemThread.sleep(nanoseconds: Self.pauseNanoseconds)
        }
    }

    /// Has every worker leave its segment, and waits until nobody has it in hand.
    ///
    /// - Returns: for each shard the sequence below which everything should stand in closed segments then.
    private func leaveSegments() -> [ShardIdentity: UInt64] {
        let shards = forgetting.live.all.filter { !$0.key.isAdmin }
        let targets = shards.mapValues { $0.snapshot().nextSequence }
        synchronizer.leaveSegments()
        let start = SystemClock.monotonicNanoseconds()
        while shards.contains(where: { $0.value.releasedBelow < targets[$0.key] ?? 0 }),
            SystemClock.monotonicNanoseconds() - start < Self.patienceNanoseconds
        {
            bringUpToDate()
            SystemThread.sleep(nanoseconds: Self.pauseNanoseconds / 10)
        }
        return targets
    }

    /// Refuses where an event that was there when workers were told to leave their segments stands in one that is still
    /// written to: it may be counted already.
    private static func requireClosed(
        _ findings: [ForgettingSearch.Finding], below targets: [ShardIdentity: UInt64]
    ) throws(EdgeError) {
        for finding in findings where !finding.segment.isClosed {
            let target = targets[finding.segment.shard] ?? 0
            guard finding.matches.contains(where: { $0.sequence < target }) else { continue }
            throw .refused(
                reason: "\(finding.segment.path) can't be closed, because the disk is slow or fails: look at the "
                    + "server's log, and repeat; a restart of the server closes it too")
        }
    }

    private static let patienceNanoseconds: UInt64 = 10_000_000_000
    private static let pauseNanoseconds: UInt64 = 200_000_000
}
