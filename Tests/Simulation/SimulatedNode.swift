import Bytes
import Campaigns
import Engagement
import Foundation
import Journal
import LinuxSystem
import TestSupport

/// A node whose whole world is made of one seed: its workers, its synchronizer and its aggregator take turns on one
/// thread, on a disk that fails, and die at any call.
///
/// **Shape.** `step` does one thing that a process does, or that happens to it. Each call to the disk may give others a
/// turn before it (`ProcessStorage`), so that a sync or a read of the aggregator is in the middle of other workers'
/// writes, and a call that hangs is one before which the others do much. The store is a real one on a real file; what a
/// power cut leaves of it is the state that one of its last commits left, as SQLite promises.
///
/// **Checks.** Whatever is found wrong is put into `findings`, and the story goes on no further. `Ledger` is the model.
///
/// One thread uses it: what the disk's closures ask of it is done on that thread.
package final class SimulatedNode: @unchecked Sendable {
    /// The data folder as somebody copied it.
    struct Copy {
        let disk: SimulatedDisk
        let store: String?
        let readable: Set<RecordIdentity>
        let counted: Set<RecordIdentity>
        let damaged: Set<RecordIdentity>
        let sealedStore: String
        let sealed: Set<RecordIdentity>
        let expired: Set<RecordIdentity>
        /// The people of events whose people were forgotten.
        let people: [RecordIdentity: UInt64]
    }

    /// What is still to be done of a person who is being forgotten; it is on the disk.
    var forgetting: SimulatedPlan?
    /// What decides who is forgotten when: a world without it is the same as before.
    var forgettingRandom: SeededGenerator

    let sabotage: Sabotage?
    let settings: SimulationSettings
    let faults = SimulatedFaults()
    package internal(set) var statistics = SimulationStatistics()
    /// What happened, a line each, where somebody wants to read it; what others did in the middle of something is
    /// indented.
    package internal(set) var story: [String] = []
    private let isTold: Bool
    /// What is wrong, in words; empty as long as nothing is.
    package internal(set) var findings: [String] = []

    var random: SeededGenerator
    /// What decides which checks are made: the story is the same whatever is checked.
    var checkRandom: SeededGenerator
    var events: RandomEvents
    var ledger = Ledger()
    var disk: SimulatedDisk
    var process: SimulatedProcess?
    var now: UInt64 = 1_774_700_000_000_000_000
    /// Files of the store as its last commits left them, the newest at the end; the first is that of no store.
    var storeStates: [String?] = [nil]
    var copies: [Copy] = []
    /// Since the last recovery there was a power cut, or an older copy was put back.
    var mayMissUnsynced = false

    private let folder: TemporaryFolder
    private var files = 0
    private var epoch: UInt64 = 1 << 16
    private var depth = 0

    let node: UInt64 = 7
    /// Another node, whose segments are imported.
    let peer: SimulatedPeer
    let journalFolder = "/data/journal"
    let sections: SectionDirectory

    package init(seed: UInt64, sabotage: Sabotage? = nil, isTold: Bool = false) throws {
        self.isTold = isTold
        self.sabotage = sabotage
        faults.sabotage = sabotage
        random = SeededGenerator(seed: seed)
        checkRandom = SeededGenerator(seed: ~seed)
        forgettingRandom = SeededGenerator(seed: seed ^ 0xF0_46_E7)
        settings = SimulationSettings(&random)
        folder = try TemporaryFolder()
        sections = SectionDirectory(["berlin": SectionDirectory.Facts(), "york": SectionDirectory.Facts()])
        events = RandomEvents(seed: random.next(), sections: sections)
        disk = SimulatedDisk(seed: random.next())
        peer = SimulatedPeer(seed: random.next())
        sealedFile = storePath()
        faults.random = SeededGenerator(seed: random.next())
        faults.rule(disk)
    }

    /// A new path for a file of the store's.
    func storePath() -> String {
        files += 1
        return "\(folder.path)/store-\(files).sqlite"
    }

    /// The file that the store has open.
    var storeFile = ""
    /// The file of the sealed figures, whose commits no power cut takes back.
    var sealedFile = "" {
        didSet { openSealed = nil }
    }
    private var openSealed: SQLiteCampaignStore?

    /// The sealed figures. They stay open as long as the file is the same: they are asked for all the time.
    func sealedStore() throws(StoreError) -> SQLiteCampaignStore {
        if let openSealed { return openSealed }
        let store = try SQLiteCampaignStore(writing: sealedFile)
        openSealed = store
        return store
    }

    func find(_ what: String) {
        findings.append(what)
    }

    /// Puts a line into the story, where somebody reads it.
    func tell(_ line: @autoclosure () -> String) {
        guard isTold else { return }
        story.append(String(repeating: "  ", count: depth) + line())
    }

    func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    // MARK: Processes

    /// Starts a process: recovers what is there, and opens the store.
    func start() {
        let life = ProcessStorage.Life()
        let storage = ProcessStorage(disk, life: life) { [weak self] call in self?.giveTurn(before: call, life: life) }
        do throws(JournalError) {
            if sabotage != .noRecovery {
                _ = try JournalRecovery.run(journalFolder: journalFolder, node: node, storage: storage)
            }
            guard life.isAlive else { return }
            settle()
        } catch {
            // The disk fails, or somebody killed it: the next start tries again.
            statistics.failedStarts += 1
            tell("a start fails: \(error)")
            if faults.mood == .none, life.isAlive { find("a start on a good disk failed: \(error)") }
            faults.mood = .none
            return
        }
        if sabotage != .epochAgain { epoch += 1 << 16 }
        openStore()
        checkInBetween(isCommitted: false)
        process = SimulatedProcess(
            storage: storage, journalFolder: journalFolder, workers: settings.shards, closedNanoseconds: closedBefore()
        ) { [node, epoch, journalFolder, settings] shard, stall in
            ShardWriter(
                shard: ShardIdentity(node: node, epoch: epoch, shard: shard), journalFolder: journalFolder,
                limits: JournalLimits(segmentBytes: settings.segmentBytes, waitingLimitBytes: 1),
                durability: settings.durability, stall: stall, storage: storage)
        }
        statistics.starts += 1
        tell("process \(String(epoch, radix: 16)) starts")
    }

    /// Opens the state of the store that the last end left, as a file of its own; where there is none it begins with
    /// the sealed figures.
    func openStore() {
        let path = storePath()
        if let state = storeStates.last ?? nil {
            SimulatedStoreFile.copy(state, to: path)
        } else {
            copySealed(to: path)
            ledger.updateAll { $0.isCounted = $0.isSealed }
        }
        storeFile = path
        checkHoldsExpired(path)
    }

    /// Makes a store that begins with the sealed figures, where there are any.
    func copySealed(to path: String) {
        do throws(StoreError) {
            guard try !sealedPositions().isEmpty else { return }
            try sealedStore().copy(to: path)
        } catch {
            find("the sealed store can't be copied: \(error)")
        }
    }

    /// Up to where an earlier process has closed windows.
    private func closedBefore() -> UInt64 {
        do throws(StoreError) {
            return storeStates.last ?? nil == nil
                ? 0 : try SQLiteCampaignStore(reading: storeFile).watermarks()[node] ?? 0
        } catch {
            find("the store can't be read: \(error)")
            return 0
        }
    }

    func makeAggregator(
        _ file: String, live: LiveShards, storage: any JournalStorage
    ) throws -> Aggregator<SimulatedStore> {
        try makeAggregator(try SimulatedStore(file, sabotage), live: live, storage: storage)
    }

    func makeAggregator(
        _ store: SimulatedStore, live: LiveShards, storage: any JournalStorage
    ) throws -> Aggregator<SimulatedStore> {
        try Aggregator(
            store: store, journalFolder: journalFolder, node: node, live: live,
            rules: settings.rules, sections: sections, expiry: try sealedStore().expiry(), storage: storage,
            nowNanoseconds: { [weak self] in self?.now ?? 0 }
        ) { [weak self] _ in self?.statistics.troubles += 1 }
    }

    /// The process dies at once.
    func kill() {
        guard let process else { return }
        process.storage.life.end()
        statistics.kills += 1
        tell("kill")
    }

    /// The machine loses its power: the process dies, and what was not synced may be gone.
    func cutPower() {
        guard let process else { return }
        process.storage.life.end()
        disk = disk.afterPowerCut(&random)
        faults.rule(disk)
        // SQLite goes back to a whole commit, not necessarily the last one.
        storeStates.removeLast(min(pick(3), storeStates.count - 1))
        mayMissUnsynced = true
        statistics.powerCuts += 1
        tell("power cut")
    }

    // MARK: Turns

    /// Before a call to the disk others may have their turn.
    private func giveTurn(before call: SimulatedDisk.Call, life: ProcessStorage.Life) {
        guard depth < 3, pick(settings.turnsOneIn) == 0 else { return }
        guard let process else {
            if pick(12) == 0 { life.end() }
            return
        }
        let caller = process.caller
        depth += 1
        if caller != nil, !process.stall.isOn, pick(6) == 0 { hang(process) } else { happen() }
        depth -= 1
        process.caller = caller
    }

    /// One thing that others do in the middle of a call.
    func happen() {
        process?.caller = nil
        switch pick(12) {
        case 0: pick(2) == 0 ? kill() : cutPower()
        case 1, 2: sync()
        case 3, 4: flush()
        case 5: now += UInt64(pick(5_000)) * 1_000_000
        case 6: pick(3) == 0 ? takeIn() : peerTurn()
        case 7: expire()
        default: turn()
        }
    }

    /// One thing that happens.
    package func step() {
        statistics.steps += 1
        if let process, !process.storage.life.isAlive { self.process = nil }
        guard process != nil else { return betweenProcesses() }
        if forgettingIsDue() { forget() }
        guard process?.storage.life.isAlive == true else { return }
        switch pick(40) {
        case 0: kill()
        case 1: cutPower()
        case 2:
            faults.change(&random)
            tell("the disk is \(faults.mood)")
        case 3: faults.mood = .none
        case 4: takeCopy()
        case 5: now -= UInt64(pick(90)) * 1_000_000_000
        case 6...9: now += UInt64.random(in: 0..<400_000_000_000, using: &random)
        case 10...14: sync()
        case 15...19: flush()
        case 20: tick()
        case 21: process?.aggregator = nil
        case 22, 23: takeIn()
        case 24...26: peerTurn()
        case 27...31: expire()
        default: turn()
        }
    }

    /// What happens to a data folder that nobody runs.
    private func betweenProcesses() {
        switch pick(8) {
        case 0: restoreCopy()
        case 1, 2: damage()
        case 3: faults.mood = .none
        default: start()
        }
    }

    /// The synchronizer's round.
    func sync() {
        guard let process, process.storage.life.isAlive, !process.isSyncing else { return }
        process.isSyncing = true
        defer { process.isSyncing = false }
        process.synchronizer.syncNow()
        guard process.storage.life.isAlive else { return }
        let failed = process.synchronizer.notDurableRanges
        for writer in process.allWriters {
            let synced = writer.progress.readable().nextSequence
            tell("shard \(writer.shard.shard): synced up to \(synced), not durable \(failed)")
            ledger.updateAll(where: { $0.shard == writer.shard && $0.fate == .written && $0.sequence < synced }) {
                entry in
                let isFailed = failed.contains {
                    $0.shard == entry.shard && $0.firstSequence <= entry.sequence && entry.sequence < $0.endSequence
                }
                if !isFailed { entry.fate = .durable }
            }
        }
    }

    /// The aggregator's round.
    func flush() {
        guard let process, process.storage.life.isAlive, !process.isAggregating else { return }
        process.isAggregating = true
        defer { process.isAggregating = false }
        // Nothing is counted while somebody is half forgotten.
        if forgetting != nil, !goOnForgetting(process.storage) { return }
        do {
            let aggregator =
                try process.aggregator ?? makeAggregator(storeFile, live: process.live, storage: process.storage)
            process.aggregator = aggregator
            process.closedNanoseconds = max(process.closedNanoseconds, try aggregator.advance().closedNanoseconds)
            statistics.flushes += 1
            tell("flush")
            keepStoreState()
            checkInBetween(isCommitted: true)
        } catch AggregatorError.journal {
            process.aggregator = nil
        } catch {
            find("the aggregator failed: \(error)")
        }
    }

    /// Keeps the state that the store's last commit left, and notes what it counts.
    private func keepStoreState() {
        let state = storePath()
        SimulatedStoreFile.copy(storeFile, to: state)
        storeStates.append(state)
        if storeStates.count > 4 {
            if let oldest = storeStates.removeFirst(), !copies.contains(where: { $0.store == oldest }) {
                SimulatedStoreFile.remove(oldest)
            }
        }
        // What is being imported is read as soon as it is there.
        if process?.isImporting == true { noteImported(durable: [], isOver: false) }
        noteCounted(by: storeFile)
    }
}
