import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem

// What happens between two processes of a node: recovery is judged, older copies come back.

extension SimulatedNode {
    /// Compares what is in the journal after a recovery with what was sent, and notes what became of it.
    func settle() {
        let mood = faults.mood
        faults.mood = .none
        defer { faults.mood = mood }
        noteSealed()
        noteExpired()
        guard let found = readJournal() else { return }
        tell("recovered: \(found.ends.sorted { $0.key < $1.key }.map { "\($0.key) to \($0.value)" })")
        guard checkSent(found) else { return }
        ledger.updateAll { entry in
            if found.payloads[entry.identity] != nil {
                // Recovery has synced it, unless a sync of its file had failed before: the kernel forgets what it was
                // to bring to the medium, and no later sync tells.
                if entry.fate != .durable {
                    let isSpoiled = found.path(of: entry).map(self.disk.isSpoiled) ?? false
                    // Of the other node's segments only an import that comes to its end says so.
                    entry.fate = isSpoiled || self.isForeign(entry) ? .written : .durable
                }
                return
            }
            if entry.isExpired { return }
            switch entry.fate {
            case .durable: self.find("\(entry.identity) was durable and is gone")
            case .written where !self.mayMissUnsynced: self.find("\(entry.identity) was written and is gone")
            case .waiting, .written: entry.fate = self.fateOfLost(entry)
            case .elsewhere, .gone, .damaged: break
            }
        }
        checkDamages(found)
        noteCounted(by: nil)
        mayMissUnsynced = false
    }

    /// Notes which events stand in closed figures: those before the checkpoints of a store.
    ///
    /// - Parameter file: the store after a commit; nil for the state that the next process will open, which may be an
    ///   older one.
    func noteCounted(by file: String?) {
        guard let state = file ?? (storeStates.last ?? nil) else {
            return ledger.updateAll { $0.isCounted = false }
        }
        var written: [ShardIdentity: UInt64] = [:]
        for writer in process?.allWriters ?? [] where file != nil {
            written[writer.shard] = writer.progress.snapshot().nextSequence
        }
        do {
            var next: [ShardIdentity: UInt64] = [:]
            for checkpoint in try SQLiteCampaignStore(reading: state).checkpoints() {
                next[checkpoint.shard] = checkpoint.position.nextSequence
            }
            // A gap of a commit that is not over.
            for (shard, end) in next where ledger.ends[shard] ?? 0 < end { ledger.addGap(shard) }
            ledger.updateAll { entry in
                let isBefore = entry.sequence < next[entry.shard] ?? 0
                // A worker learns at the end of its commit what it has written: it may have been read before.
                let isWritten = entry.fate == .waiting && entry.sequence < written[entry.shard] ?? 0
                let isRead = entry.isReadable || isWritten
                entry.isCounted = isBefore && (entry.isCounted || isRead)
            }
        } catch {
            find("the store can't be read: \(error)")
        }
    }

    /// Somebody copies the data folder of a process that runs, at a moment between two of its calls.
    func takeCopy() {
        guard forgetting == nil else { return }
        let readable = ledger.entries.filter { $0.isWhole || $0.fate == .waiting }.map(\.identity)
        let sealedStore = storePath()
        SimulatedStoreFile.copy(sealedFile, to: sealedStore)
        copies.append(
            Copy(
                disk: disk.copy(seed: random.next()), store: storeStates.last ?? nil, readable: Set(readable),
                counted: Set(ledger.entries.filter(\.isCounted).map(\.identity)),
                damaged: Set(ledger.entries.filter { $0.fate == .damaged }.map(\.identity)), sealedStore: sealedStore,
                sealed: Set(ledger.entries.filter(\.isSealed).map(\.identity)),
                expired: Set(ledger.entries.filter(\.isExpired).map(\.identity)), people: forgottenPeople()))
    }

    /// An older copy is put in place of the data folder.
    func restoreCopy() {
        guard !copies.isEmpty else { return }
        let copy = copies[pick(copies.count)]
        disk = copy.disk.copy(seed: random.next())
        faults.rule(disk)
        storeStates = [nil, copy.store]
        sealedFile = storePath()
        SimulatedStoreFile.copy(copy.sealedStore, to: sealedFile)
        forgetting = nil
        ledger.updateAll { entry in
            let person = copy.people[entry.identity] ?? entry.person
            entry.fact?.person = person
            // What was damaged or taken since is whole in the copy; what came since is not in it.
            let isThere = copy.readable.contains(entry.identity)
            let whole: Ledger.Fate = copy.expired.contains(entry.identity) ? .durable : .waiting
            entry.fate = isThere ? whole : self.fateOfLost(entry)
            if copy.damaged.contains(entry.identity), self.isForeign(entry) { entry.fate = .damaged }
            entry.isCounted = copy.counted.contains(entry.identity)
            entry.isSealed = copy.sealed.contains(entry.identity)
            entry.isExpired = copy.expired.contains(entry.identity)
        }
        mayMissUnsynced = true
        statistics.restores += 1
        tell("an older copy is put back")
    }
}
