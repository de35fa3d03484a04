import Campaigns
import Engagement
import Journal

/// One schedule: a node, as many steps as its seed says, and what is true at the end.
package enum Simulation {
    /// What came of a seed.
    package struct Outcome: Sendable {
        /// The seed.
        package let seed: UInt64
        /// What is wrong, in words; empty when nothing is.
        package let findings: [String]
        /// What was tried.
        package let statistics: SimulationStatistics
        /// What happened, a line each; empty unless it was asked for.
        package var story: [String] = []

        package init(seed: UInt64, findings: [String], statistics: SimulationStatistics) {
            self.seed = seed
            self.findings = findings
            self.statistics = statistics
        }
    }

    /// Runs the schedule of a seed.
    ///
    /// - Parameters:
    ///   - sabotage: a bug to put into the world; nil for the world as it is.
    ///   - isTold: true to have what happened as words.
    package static func run(seed: UInt64, sabotage: Sabotage? = nil, isTold: Bool = false) throws -> Outcome {
        let node = try SimulatedNode(seed: seed, sabotage: sabotage, isTold: isTold)
        let steps = 30 + node.pick(170)
        for _ in 0..<steps where node.findings.isEmpty { node.step() }
        if node.findings.isEmpty { node.finish() }
        var statistics = node.statistics
        statistics.schedules = 1
        statistics.faults = node.faults.count
        statistics.lost = node.ledger.entries.reduce(0) { $0 + Int($1.lost) }
        var outcome = Outcome(seed: seed, findings: node.findings, statistics: statistics)
        outcome.story = node.story
        return outcome
    }
}

extension SimulatedNode {
    /// The disk is well again and the process ends in peace; everything must be where it belongs.
    func finish() {
        faults.mood = .none
        if process?.storage.life.isAlive != true {
            process = nil
            for _ in 0..<20 where process == nil && findings.isEmpty { start() }
        }
        guard let process, findings.isEmpty else {
            if findings.isEmpty { find("no start in twenty tries") }
            return
        }
        for _ in 0..<3 { turn() }
        if forgetting != nil {
            process.isAggregating = true
            let isDone = goOnForgetting(process.storage)
            process.isAggregating = false
            // Killed on the way after all: the story ends there.
            guard process.storage.life.isAlive else { return }
            if !isDone { return find("nobody can be forgotten on a good disk") }
        }
        takeEverythingIn()
        guard findings.isEmpty else { return }
        guard endPeacefully(process) else { return }
        self.process = nil
        guard findings.isEmpty, let found = readJournal() else { return }
        checkJournal(found)
        guard findings.isEmpty else { return }
        do {
            let last = try makeAggregator(storeFile, live: [:], storage: disk)
            while try last.advance().hasMore {}
            noteCounted(by: storeFile)
            if pick(2) == 0 { try expireEverything(last) }
            let store = try SQLiteCampaignStore(reading: storeFile)
            try check(store, holds: { $0.isReadable || $0.isCounted }, "counted as it went")
            let fresh = storePath()
            copySealed(to: fresh)
            let sealed = try sealedPositions()
            let rebuild = try makeAggregator(fresh, live: [:], storage: disk)
            while try rebuild.advance().hasMore {}
            let rebuilt = try SQLiteCampaignStore(reading: fresh)
            try check(
                rebuilt, holds: { $0.sequence < sealed[$0.shard] ?? 0 ? $0.isSealed : $0.isReadable }, "rebuilt")
        } catch {
            find("at the end: \(error)")
        }
    }

    /// False when the process was killed on the way after all: the story ends there.
    private func endPeacefully(_ process: SimulatedProcess) -> Bool {
        // A call that hangs meanwhile begins one shard more.
        for writer in (0..<3).lazy.flatMap({ _ in process.allWriters }) {
            // What failed a moment ago is tried once more at the end; a second time once the clock has gone on.
            for _ in 0..<3 where writer.finish(nowNanoseconds: now) == .waiting { now += 1_000_000_000 }
            guard process.storage.life.isAlive else { return false }
            if writer.progress.snapshot().unwrittenLostEvents == 0 { ledger.addGap(writer.shard) }
            ledger.updateAll(where: {
                $0.shard == writer.shard && $0.fate == .waiting && writer.isWritten($0.sequence)
            }) { $0.fate = .written }
        }
        for writer in process.allWriters where writer.progress.snapshot().unwrittenLostEvents > 0 {
            find("\(writer.shard): no gap tells of what was lost")
        }
        sync()
        process.aggregator = nil
        return process.storage.life.isAlive
    }
}
