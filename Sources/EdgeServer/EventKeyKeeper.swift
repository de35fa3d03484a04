import Engagement
import Journal
import LinuxSystem
import Settings
import Synchronization

/// The event keys of a running server: which one makes new pseudonyms, and how long the ones before it live.
///
/// **Problem.** A key that is destroyed unlinks events from people for good. Until then the old one has to find what
/// was recorded under it, new events need the new one on every worker, nodes that share a key folder have to follow,
/// and a report has to know from when on one person looks like two.
///
/// **Shape.** The key folder is the truth: the newest event key is in use, and a key lives for `identityRetention`
/// behind the moment at which the next one was made. The keeper looks into it once a minute, at a reload, and when it
/// is asked to rotate; it has every worker go on with what it finds, journals a `KeyChangeRecord`, and removes what has
/// had its time.
///
/// **Guarantees.** A key that is used is on the disk. A change that a crash kept from being journaled is journaled by
/// the next start. Refusals don't depend on event keys.
///
/// **Not promised.** A disk may keep what was removed from it, and so does every copy of the folder.
final class EventKeyKeeper: Sendable {
    private struct State {
        /// For how long a key is kept that is not in use any more.
        var retentionNanoseconds: UInt64
        /// The newest key of which the journal says that it is in use.
        var journaledID: UInt8
        var workers: [EdgeWorker] = []
        var lookedNanoseconds: UInt64 = 0
    }

    private let folder: String
    private let journal: AdminJournal
    fileprivate let log: ServerLog
    private let health: EdgeHealth
    /// Held while the folder is read and the journal written.
    private let state: Mutex<State>
    /// Held for a moment.
    private let current: Mutex<KeySet>

    /// Goes on with the keys that were read at the start.
    ///
    /// - Parameters:
    ///   - retentionNanoseconds: for how long a key is kept that is not in use any more.
    ///   - journaled: changes of this node's key that the journal tells; nil for a journal without events, of which
    ///     nobody can come before and after a change.
    init(
        folder: String, keys: KeySet, retentionNanoseconds: UInt64, journal: AdminJournal,
        journaled: [KeyChangeRecord]?, health: EdgeHealth, log: ServerLog
    ) {
        self.folder = folder
        self.journal = journal
        self.log = log
        self.health = health
        let first = KeyFolder.firstEventKeyID
        let journaledID = journaled.map { $0.map(\.keyID).max() ?? first } ?? keys.currentEventKey.id
        state = Mutex(State(retentionNanoseconds: retentionNanoseconds, journaledID: journaledID))
        current = Mutex(keys)
    }

    /// The keys as they are in force.
    var keys: KeySet { current.withLock { $0 } }

    /// The files of the keys that the next start needs: the root, and the event key in use. Every other one has an end,
    /// which another node that shares the folder may bring, or whoever takes a signing key back.
    var requiredFiles: [String] {
        let files = [(KeyPurpose.root, 0), (.event, UInt32(keys.currentEventKey.id))]
        return files.map { purpose, id in "\(folder)/\(KeyFile.name(of: purpose, id: id))" }
    }

    /// Has these workers go on with each change of the keys.
    func attach(_ workers: [EdgeWorker]) {
        state.withLock { $0.workers = workers }
    }

    /// Makes the next key and puts it into use.
    ///
    /// - Throws: why it was not made, or why not everything is done that follows from it, which is tried again.
    func rotate() throws(EdgeError) {
        try state.withLock { state throws(EdgeError) in
            _ = try KeyFolder.makeNextEventKey(in: folder)
            try follow(&state)
        }
    }

    /// Looks into the folder, and does what follows from it.
    ///
    /// - Parameter retentionNanoseconds: as at the beginning.
    func look(retentionNanoseconds: UInt64) throws(EdgeError) {
        try state.withLock { state throws(EdgeError) in
            state.retentionNanoseconds = retentionNanoseconds
            try follow(&state)
        }
    }

    /// The same, where the last look was a minute ago; what is in the way stands in readiness and log.
    func lookNowAndThen() {
        state.withLock { state in
            let now = SystemClock.monotonicNanoseconds()
            guard state.lookedNanoseconds == 0 || now - state.lookedNanoseconds >= Self.intervalNanoseconds else {
                return
            }
            state.lookedNanoseconds = now
            do throws(EdgeError) {
                try follow(&state)
                health.set(.eventKeys, nil)
            } catch {
                if health.set(.eventKeys, "\(error)") { log.write(.error, "event-keys", ("reason", "\(error)")) }
            }
        }
    }

    private static let intervalNanoseconds: UInt64 = 60_000_000_000

    private func follow(_ state: inout State) throws(EdgeError) {
        let found = try KeyFolder.read(folder)
        let before = keys
        guard found.hasSameRoot(as: before) else {
            throw .key(path: "\(folder)/root.key", reason: "it is another one than this server was started with")
        }
        guard found.currentEventKey.id >= before.currentEventKey.id else {
            throw .key(path: folder, reason: "the event key \(before.currentEventKey.id), which is in use, is missing")
        }
        for key in before.eventKeys where !found.eventKeys.contains(where: { $0.id == key.id }) {
            // Another node that shares the folder destroyed it, or somebody by hand.
            log.write(.warning, "event-key-gone", ("key", "\(key.id)"))
        }
        // In use first: a disk that does not take the record keeps nobody from the new key.
        try put(found, in: state)
        let now = SystemClock.realtimeNanoseconds()
        if found.currentEventKey.id > state.journaledID {
            let isNew = found.currentEventKey.id > before.currentEventKey.id
            try journalChange(to: found.currentEventKey, at: isNew ? now : nil)
            state.journaledID = found.currentEventKey.id
            log.write(.info, "event-key-changed", ("key", "\(found.currentEventKey.id)"))
        }
        let destroyed = try KeyFolder.destroyEventKeys(
            in: folder, retentionNanoseconds: state.retentionNanoseconds, nowNanoseconds: now)
        guard !destroyed.isEmpty else { return }
        try put(try KeyFolder.read(folder), in: state)
        for id in destroyed { log.write(.info, "event-key-destroyed", ("key", "\(id)")) }
    }

    /// Has every worker go on with these keys, where they are others than those in force.
    private func put(_ keys: KeySet, in state: State) throws(EdgeError) {
        guard keys.eventKeys.map(\.id) != self.keys.eventKeys.map(\.id) else { return }
        current.withLock { $0 = keys }
        for worker in state.workers { worker.use(WorkerRenewal(keys: keys)) }
        EdgeWorker.waitUntilTaken(by: state.workers)
    }

    /// - Parameter moment: nil for the one at which the key was made, by a server or command that is gone.
    private func journalChange(to key: EventKey, at moment: UInt64?) throws(EdgeError) {
        let made = try KeyFolder.eventKeys(in: folder).last?.createdNanoseconds ?? 0
        let record = KeyChangeRecord(changedNanoseconds: moment ?? made, keyID: key.id)
        let outcome = journal.record(
            kind: .keyChange, version: EventFormat.keyChangeVersion, payloads: [record.payload])
        if outcome.recorded == 0, let failure = outcome.failure { throw failure }
    }
}

/// Event keys, and how long they live.
struct EventKeysReload: ReloadPart {
    let keeper: EventKeyKeeper

    func takes(_ path: String) -> Bool { path == "identityRetention" }

    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let before = keeper.keys.currentEventKey.id
        return { [keeper, log = keeper.log] in
            do throws(EdgeError) {
                try keeper.look(retentionNanoseconds: next.identityRetention.nanoseconds)
            } catch {
                log.write(.error, "event-keys", ("reason", "\(error)"))
            }
            let now = keeper.keys.currentEventKey.id
            return now == before ? [] : ["event key \(before) → \(now)"]
        }
    }
}
