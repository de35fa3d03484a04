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
        var outcome = Outcome(seed: seed, findings: node.findings, statistics: statistics)
        outcome.story = node.story
        return outcome
    }
}

extension SimulatedNode {
    private static let questions: [ReportQuestion] = [
        ReportQuestion(by: [.sec, .kind]), ReportQuestion(by: [.class, .kind]), ReportQuestion(by: [.link]),
        ReportQuestion(by: [.sec, .hour]), ReportQuestion(by: [.expId, .day]), ReportQuestion(),
    ]

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
            check(store, holds: ledger.entries.filter { $0.isReadable || $0.isCounted }, "counted as it went")
            try checkAccounting(store, found)
            let fresh = storePath()
            copySealed(to: fresh)
            let sealed = try sealedPositions()
            let rebuild = try makeAggregator(fresh, live: [:], storage: disk)
            while try rebuild.advance().hasMore {}
            let expected = ledger.entries.filter {
                $0.isSealed || ($0.isReadable && $0.sequence >= sealed[$0.shard] ?? 0)
            }
            check(try SQLiteCampaignStore(reading: fresh), holds: expected, "rebuilt")
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
            ledger.updateAll(where: {
                $0.shard == writer.shard && $0.fate == .waiting && writer.isWritten($0.sequence)
            }) { $0.fate = .written }
        }
        sync()
        process.aggregator = nil
        return process.storage.life.isAlive
    }

    private func checkJournal(_ found: FoundJournal) {
        for entry in ledger.entries {
            let payload = found.payloads[entry.identity]
            if entry.isReadable, payload != entry.payload { return find("\(entry.identity) is not as it was sent") }
            if entry.fate == .waiting { return find("\(entry.identity) still waits on a good disk") }
            if !entry.isReadable, payload != nil { return find("\(entry.identity) should not be there") }
        }
        for identity in found.payloads.keys where ledger[identity] == nil { return find("\(identity) was never sent") }
    }

    private func check(_ store: SQLiteCampaignStore, holds entries: [Ledger.Entry], _ when: String) {
        var model = PlainModel(sections: sections)
        model.events = entries.map(\.fact)
        do throws(ReportError) {
            for question in Self.questions {
                let rows = try store.answer(question, sections: sections).rows
                let expected = model.rows(question)
                guard rows != expected else { continue }
                let place = zip(rows, expected).first { $0 != $1 }
                return find(
                    "\(when): \(question.by): \(rows.count) rows for \(expected.count); "
                        + "\(place.map { "\($0.0) for \($0.1)" } ?? "the rest is missing")")
            }
        } catch {
            find("\(when): \(error)")
        }
    }

    private func checkAccounting(_ store: SQLiteCampaignStore, _ found: FoundJournal) throws {
        let accounting = try store.answer(ReportQuestion(), sections: sections).accounting
        let counted = UInt64(ledger.entries.count { $0.isReadable || $0.isCounted })
        if accounting.counted + accounting.pending + accounting.expired != counted {
            find(
                "\(accounting.counted) counted, \(accounting.pending) pending and \(accounting.expired) expired of "
                    + "\(counted)")
            for checkpoint in try store.checkpoints() where checkpoint.pending > 0 { tell("\(checkpoint)") }
        }
        let expired = UInt64(ledger.entries.count { $0.isExpired && $0.isWhole })
        if accounting.expired != expired { find("\(accounting.expired) expired of \(expired)") }
        if accounting.lost > UInt64(lostTotal) { find("\(accounting.lost) lost of \(lostTotal)") }
    }
}
