import Campaigns
import Engagement
import Journal

// What the journal, the figures and the accounting must be, as the model has it.

extension SimulatedNode {
    private static let questions: [ReportQuestion] = [
        ReportQuestion(by: [.sec, .kind]), ReportQuestion(by: [.class, .kind]), ReportQuestion(by: [.link]),
        ReportQuestion(by: [.sec, .hour]), ReportQuestion(by: [.expId, .day]), ReportQuestion(),
    ]

    // MARK: While the story goes on

    /// True for one in so many, by dice of its own: the story is the same whatever is checked.
    func isChecked(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &checkRandom) == 0 }

    /// Holds the store in use against the model, and now and then what would come of it if the process died here: the
    /// next one counts what is there, or a rebuild does. All of it is done on copies, so that the story goes on as if
    /// nothing had been looked at.
    ///
    /// - Parameter isCommitted: the store is as a flush has just left it, and not one that an earlier end has left.
    func checkInBetween(isCommitted: Bool) {
        guard findings.isEmpty, forgetting == nil, !isCommitted || isChecked(oneIn: 4) else { return }
        statistics.checks += 1
        do {
            let copy = disk.copy(seed: 0)
            if sabotage != .noRecovery {
                _ = try JournalRecovery.run(journalFolder: journalFolder, node: node, storage: copy)
            }
            guard let found = readJournal(on: copy), checkSent(found) else { return }
            checkHolds(found)
            checkDamages(found)
            try checkStanding(found, isCommitted: isCommitted)
            if findings.isEmpty, isChecked(oneIn: 7) { try checkNext(copy, found) }
            if findings.isEmpty, isChecked(oneIn: 7) { try checkRebuild(copy, found) }
        } catch {
            find("in between: \(error)")
        }
    }

    /// What the next process would make of the store.
    private func checkNext(_ copy: SimulatedDisk, _ found: FoundJournal) throws {
        let file = storePath()
        SimulatedStoreFile.copy(storeFile, to: file)
        let store = try count(copy, into: file)
        try check(
            store, holds: { $0.isCounted || found.payloads[$0.identity] != nil }, "in between, counted as it went")
        SimulatedStoreFile.remove(file)
        statistics.checkedStores += 1
    }

    /// What a rebuild would make of the journal.
    private func checkRebuild(_ copy: SimulatedDisk, _ found: FoundJournal) throws {
        let file = storePath()
        if sabotage != .rebuildUnsealed { copySealed(to: file) }
        let sealed = try sealedPositions()
        let store = try count(copy, into: file)
        try check(
            store,
            holds: {
                $0.sequence < sealed[$0.shard] ?? 0 ? $0.isSealed : found.payloads[$0.identity] != nil
            }, "in between, rebuilt")
        SimulatedStoreFile.remove(file)
        statistics.checkedRebuilds += 1
    }

    /// Counts what is on a disk to its end.
    private func count(_ disk: SimulatedDisk, into file: String) throws -> SimulatedStore {
        let store = try SimulatedStore(file, sabotage)
        let aggregator = try makeAggregator(store, live: [:], storage: disk)
        while try aggregator.advance().hasMore {}
        return store
    }

    /// What the store says as it stands. Of open windows it holds the events that its last commit had read, which are
    /// the first ones behind its checkpoints. After a start some of these may have been damaged since, and which ones
    /// they were nobody knows: then figures are not compared.
    private func checkStanding(_ found: FoundJournal, isCommitted: Bool) throws {
        let store = try SQLiteCampaignStore(reading: storeFile)
        let checkpoints = try store.checkpoints()
        checkCheckpoints(checkpoints, holds: \.isCounted, knowsExpired: false, "in between, as it stands")
        guard findings.isEmpty else { return }
        var open: [ShardIdentity: UInt64] = [:]
        var next: [ShardIdentity: UInt64] = [:]
        for checkpoint in checkpoints {
            open[checkpoint.shard] = checkpoint.pending
            next[checkpoint.shard] = checkpoint.position.nextSequence
        }
        var passesOver = false
        let standing = ledger.entries.filter { entry in
            if entry.isCounted { return true }
            guard entry.isEvent, entry.sequence >= next[entry.shard] ?? 0, let left = open[entry.shard], left > 0
            else { return false }
            guard found.payloads[entry.identity] != nil else {
                passesOver = true
                return false
            }
            open[entry.shard] = left - 1
            return true
        }
        guard isCommitted || !passesOver else { return }
        for (shard, left) in open where left > 0 { find("in between: \(shard): \(left) pending that are not there") }
        let isBehind = sabotage == .figuresBehind && storeStates.count > 1
        let behind = isBehind ? storeStates[storeStates.count - 2] : nil
        let told = try behind.map { try SQLiteCampaignStore(reading: $0) } ?? store
        checkFigures(told, of: standing, "in between, as it stands", oneIn: 2)
        statistics.checkedStandings += 1
    }

    // MARK: The journal

    /// Nothing that was never sent is in the journal, and nothing that can't be.
    ///
    /// - Returns: false when there is.
    func checkSent(_ found: FoundJournal) -> Bool {
        for (identity, payload) in found.payloads {
            guard let entry = ledger[identity] else {
                find("\(identity) was never sent")
                return false
            }
            guard entry.agrees(with: payload) else {
                find("\(identity) has another payload")
                return false
            }
            if entry.fate == .gone { find("\(identity) is there again") }
            if entry.fate == .elsewhere { find("\(identity) was never imported") }
            if entry.fate == .damaged, !isForeign(entry) { find("\(identity) is damaged and was read") }
        }
        return true
    }

    /// Everything that is in files is there after the process has died.
    private func checkHolds(_ found: FoundJournal) {
        for entry in ledger.entries where entry.isReadable && found.payloads[entry.identity] == nil {
            return find("in between: \(entry.identity) was written and is gone")
        }
    }

    /// What is missing is told, and where.
    func checkDamages(_ found: FoundJournal) {
        for entry in ledger.entries where entry.fate == .damaged && !entry.isExpired {
            guard found.payloads[entry.identity] == nil else { continue }
            let isSaid = found.damages.contains {
                $0.shard == entry.shard && $0.damage.firstSequence <= entry.sequence
                    && entry.sequence < $0.damage.firstSequence + $0.damage.missingSequences
            }
            // Bad bytes at the very end of a shard are no damage, and are cut: nobody can tell them from a write that
            // never ended.
            if !isSaid, (found.ends[entry.shard] ?? 0) > entry.sequence {
                find("\(entry.identity) is missing in silence")
            }
        }
        for (shard, damage) in found.damages { checkPlace(of: damage, shard, found) }
    }

    /// A damage begins where the first record that is missing begins, and ends where the next good one does. Records
    /// lie without padding, so the model knows both from the records' lengths.
    private func checkPlace(of damage: SegmentDamage, _ shard: ShardIdentity, _ found: FoundJournal) {
        guard let first = found.segment(of: damage.firstSequence, shard),
            let path = found.segments[shard]?.segmentPath(first)
        else {
            if damage.reason != .missingSegment || damage.path != journalFolder + "/" + shard.folder
                || damage.byteOffset != 0
            {
                find("a beginning is missing, and is told as \(damage)")
            }
            return
        }
        guard damage.path == path else { return find("damage in \(path) is told as \(damage)") }
        if damage.reason == .header {
            if damage.byteOffset != 0 { find("a damaged header is told as \(damage)") }
            return
        }
        let end = damage.firstSequence + damage.missingSequences
        guard let place = byteOffset(of: damage.firstSequence, shard, from: first, found) else { return }
        guard place == damage.byteOffset else { return find("damage at byte \(place) is told as \(damage)") }
        // At the end of a segment there may be more bytes than those of the records: writes that failed.
        if found.segment(of: end, shard) == first, found.payloads[RecordIdentity(shard: shard, sequence: end)] != nil,
            let endPlace = byteOffset(of: end, shard, from: first, found), endPlace - place != damage.byteCount
        {
            return find("damage of \(endPlace - place) bytes is told as \(damage)")
        }
        statistics.placedDamages += 1
    }

    /// Where a record begins in a segment; nil where a record before it is none that the model knows: a gap that a
    /// power cut took before anybody had seen it.
    private func byteOffset(
        of sequence: UInt64, _ shard: ShardIdentity, from first: UInt64, _ found: FoundJournal
    ) -> UInt64? {
        var place = UInt64(SegmentHeader.recordsOffset)
        for before in first..<sequence {
            guard let entry = ledger[RecordIdentity(shard: shard, sequence: before)] else { return nil }
            // Of two forms nobody knows which one the damaged record has.
            guard entry.others.isEmpty || found.payloads[entry.identity] != nil else { return nil }
            place += entry.byteCount
        }
        return place
    }

    /// At the end everything is where it belongs.
    func checkJournal(_ found: FoundJournal) {
        for entry in ledger.entries {
            let payload = found.payloads[entry.identity]
            if entry.isReadable, payload.map(entry.agrees) != true {
                return find("\(entry.identity) is not as it was sent")
            }
            if entry.fate == .waiting { return find("\(entry.identity) still waits on a good disk") }
            if !entry.isReadable, payload != nil { return find("\(entry.identity) should not be there") }
        }
        for identity in found.payloads.keys where ledger[identity] == nil { return find("\(identity) was never sent") }
        checkDamages(found)
    }

    // MARK: The store

    /// Holds a store that has counted everything there is against the model.
    ///
    /// - Parameter holds: whether a record stands in it.
    func check(_ store: some CampaignStore, holds: (Ledger.Entry) -> Bool, _ when: String) throws {
        checkFigures(store, of: ledger.entries.filter(holds), when)
        let checkpoints = try store.checkpoints()
        checkCheckpoints(checkpoints, holds: holds, knowsExpired: true, when)
        let accounting = try store.answer(ReportQuestion(), sections: sections).accounting
        let events = UInt64(ledger.entries.count { $0.isEvent && holds($0) })
        if accounting.counted + accounting.pending + accounting.expired != events {
            find(
                "\(when): \(accounting.counted) counted, \(accounting.pending) pending and \(accounting.expired) "
                    + "expired of \(events)")
            for checkpoint in checkpoints where checkpoint.pending > 0 { tell("\(checkpoint)") }
        }
        if accounting.damaged != checkpoints.reduce(0, { $0 + $1.damaged })
            || accounting.lost != checkpoints.reduce(0, { $0 + $1.lost })
        {
            find("\(when): the accounting is not the sum of its shards")
        }
    }

    /// Holds figures against the model: the answers to one in so many questions.
    private func checkFigures(
        _ store: some CampaignStore, of entries: [Ledger.Entry], _ when: String, oneIn share: Int = 1
    ) {
        var model = PlainModel(sections: sections)
        model.events = entries.compactMap(\.fact)
        do throws(ReportError) {
            for question in Self.questions where share == 1 || isChecked(oneIn: share) {
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

    /// Holds the accounting of each shard against the model.
    ///
    /// `damaged` and `lost` are exact. Below a checkpoint each sequence was one record, an event or a gap, that was
    /// read or was not: so whatever of it is not counted was damaged when its turn came, be it a bit that turned, a
    /// hole that a power cut left, or both; and a gap that was read says what the model knows to be lost. What
    /// expired changes neither. What no gap tells of, because the process died with it or the gap was damaged, is in
    /// no accounting: nobody knows it.
    ///
    /// - Parameter knowsExpired: false for a store that learns only at the next look what has expired: it counts it
    ///   still.
    private func checkCheckpoints(
        _ checkpoints: [ShardCheckpoint], holds: (Ledger.Entry) -> Bool, knowsExpired: Bool, _ when: String
    ) {
        let shards = Dictionary(grouping: ledger.entries, by: \.shard)
        for checkpoint in checkpoints {
            let next = checkpoint.position.nextSequence
            let entries = shards[checkpoint.shard] ?? []
            let held = entries.filter { $0.sequence < next && holds($0) }
            let events = UInt64(held.count(where: \.isEvent))
            // More are counted than there were, where a sequence was given twice.
            guard held.count <= next else { return find("\(when): \(held.count) counted: \(checkpoint)") }
            let damaged = next - UInt64(held.count)
            let lost = held.reduce(0) { $0 + $1.lost }
            let expired = UInt64(entries.count { $0.isEvent && $0.isExpired && $0.isWhole })
            if checkpoint.counted + checkpoint.expired != events {
                find("\(when): \(events) counted: \(checkpoint)")
            } else if checkpoint.damaged != damaged {
                find("\(when): \(damaged) damaged: \(checkpoint)")
            } else if checkpoint.lost != lost {
                find("\(when): \(lost) lost: \(checkpoint)")
            } else if checkpoint.expired > expired || knowsExpired && checkpoint.expired < expired {
                find("\(when): \(expired) expired: \(checkpoint)")
            }
        }
    }
}
