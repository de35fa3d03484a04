import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem

// What happens between two processes of a node: recovery is judged, bits turn, older copies come back.

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
        for (identity, payload) in found.payloads {
            guard let entry = ledger[identity] else { return find("\(identity) was never sent") }
            guard entry.payload == payload else { return find("\(identity) has another payload") }
            if entry.fate == .gone { find("\(identity) is there again") }
            if entry.fate == .elsewhere { find("\(identity) was never imported") }
            if entry.fate == .damaged, !isForeign(entry) { find("\(identity) is damaged and was read") }
        }
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
        for entry in ledger.entries where entry.fate == .damaged && !entry.isExpired {
            let isSaid = found.damages.contains {
                $0.firstSequence <= entry.sequence && entry.sequence < $0.firstSequence + $0.missingSequences
            }
            // Bad bytes at the very end of a shard are no damage, and are cut: nobody can tell them from a write that
            // never ended.
            if !isSaid, (found.ends[entry.shard] ?? 0) > entry.sequence {
                find("\(entry.identity) is missing in silence")
            }
        }
        noteCounted(by: nil)
        mayMissUnsynced = false
    }

    /// What the whole journal holds.
    struct FoundJournal {
        var payloads: [RecordIdentity: [UInt8]] = [:]
        var damages: [SegmentDamage] = []
        /// The sequence behind the last record of each shard.
        var ends: [ShardIdentity: UInt64] = [:]
        var lost: UInt64 = 0
        /// The segments of each shard.
        var segments: [ShardIdentity: JournalDirectory.Shard] = [:]

        /// The segment that an event should be in.
        func path(of entry: Ledger.Entry) -> String? {
            guard let shard = segments[entry.shard], let first = shard.segments.last(where: { $0 <= entry.sequence })
            else { return nil }
            return shard.segmentPath(first)
        }
    }

    /// Reads all shards; nil when that fails on a disk that doesn't.
    func readJournal() -> FoundJournal? {
        var found = FoundJournal()
        do throws(JournalError) {
            for shard in try JournalDirectory.scan(journalFolder, storage: disk) {
                found.segments[shard.identity] = shard
                try read(shard.identity, into: &found)
            }
            return found
        } catch {
            find("the journal can't be read: \(error)")
            return nil
        }
    }

    private func read(_ shard: ShardIdentity, into found: inout FoundJournal) throws(JournalError) {
        let reader = ShardReader(
            shard: shard, journalFolder: journalFolder, expiredBelow: expiredBelow, storage: disk)
        while true {
            switch try reader.next() {
            case .end:
                found.ends[shard] = reader.nextSequence
                return
            case .damaged(let damage): found.damages.append(damage)
            case .record(let record):
                let payload = reader.withPayload { $0.toArray() }
                if record.kind == .gap {
                    found.lost += Gap(payload: payload.span, version: record.version)?.lostEvents ?? 0
                } else {
                    found.payloads[RecordIdentity(shard: shard, sequence: record.sequence)] = payload
                }
            }
        }
    }

    /// Notes which events stand in closed figures: those before the checkpoints of a store.
    ///
    /// - Parameter file: the store after a commit; nil for the state that the next process will open, which may be an
    ///   older one.
    func noteCounted(by file: String?) {
        guard let state = file ?? (storeStates.last ?? nil) else {
            return ledger.updateAll { $0.isCounted = false }
        }
        do {
            var next: [ShardIdentity: UInt64] = [:]
            for checkpoint in try SQLiteCampaignStore(reading: state).checkpoints() {
                next[checkpoint.shard] = checkpoint.position.nextSequence
            }
            ledger.updateAll { entry in
                let isBefore = entry.sequence < next[entry.shard] ?? 0
                // What is being imported is read as soon as it is there, which the model learns at the end.
                let isRead = entry.isReadable || entry.fate == .waiting && self.isForeign(entry)
                entry.isCounted = isBefore && (entry.isCounted || isRead)
            }
        } catch {
            find("the store can't be read: \(error)")
        }
    }

    /// Turns one bit of a record that is not its shard's last.
    func damage() {
        let last = Dictionary(grouping: ledger.entries.filter(\.isReadable), by: \.shard).mapValues {
            $0.map(\.sequence).max() ?? 0
        }
        let candidates = ledger.entries.filter {
            $0.isReadable && $0.fate == .durable && $0.sequence < last[$0.shard] ?? 0
        }
        guard !candidates.isEmpty else { return }
        let entry = candidates[pick(candidates.count)]
        let mood = faults.mood
        faults.mood = .none
        defer { faults.mood = mood }
        do throws(JournalError) {
            let shards = try JournalDirectory.scan(journalFolder, storage: disk)
            guard let shard = shards.first(where: { $0.identity == entry.shard }),
                let first = shard.segments.last(where: { $0 <= entry.sequence })
            else { return }
            let reader = try SegmentReader(path: shard.segmentPath(first), storage: disk)
            while case .record(let record) = try reader.next() {
                guard record.sequence == entry.sequence else { continue }
                let byte = Int(record.byteOffset) + pick(RecordHeader.byteCount + record.payloadBytes)
                disk.flip(shard.segmentPath(first), byte: byte, bit: pick(8))
                if sabotage == .damageSpreads {
                    disk[shard.segmentPath(first)].removeLast(
                        disk[shard.segmentPath(first)].count - Int(record.byteOffset))
                }
                ledger.update(entry.identity) { $0.fate = .damaged }
                tell("\(entry.identity) is damaged at \(shard.segmentPath(first)) + \(byte)")
                statistics.damages += 1
                return
            }
        } catch {
            find("a segment can't be read: \(error)")
        }
    }

    /// Somebody copies the data folder of a process that runs, at a moment between two of its calls.
    func takeCopy() {
        let readable = ledger.entries.filter { $0.isWhole || $0.fate == .waiting }.map(\.identity)
        let sealedStore = storePath()
        SimulatedStoreFile.copy(sealedFile, to: sealedStore)
        copies.append(
            Copy(
                disk: disk.copy(seed: random.next()), store: storeStates.last ?? nil, readable: Set(readable),
                counted: Set(ledger.entries.filter(\.isCounted).map(\.identity)),
                damaged: Set(ledger.entries.filter { $0.fate == .damaged }.map(\.identity)), sealedStore: sealedStore,
                sealed: Set(ledger.entries.filter(\.isSealed).map(\.identity)),
                expired: Set(ledger.entries.filter(\.isExpired).map(\.identity))))
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
        ledger.updateAll { entry in
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
