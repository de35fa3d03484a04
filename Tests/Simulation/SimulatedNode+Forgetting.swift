import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem

/// What is to be done of a person who is to be forgotten, as it was decided before anything was changed.
struct SimulatedPlan {
    struct Segment {
        let shard: ShardIdentity
        let firstSequence: UInt64
        let verdicts: [UInt64: FrozenVerdict]
    }

    let person: UInt64
    let token: UInt64
    let segments: [Segment]

    static func subject(_ person: UInt64) -> EventSubject {
        EventSubject(keyID: 1, pseudonym: Bytes16(littleEndian: person, 99))
    }
    var tokenBytes: Bytes16 { Bytes16(littleEndian: token, 77) }
    var pattern: [UInt8] { Self.subject(person).pseudonym.withSpan { $0.toArray() } }
}

// A person is forgotten as the server does it: all segments are left, what holds the person is decided, and carried out
// by this process or the next ones.

extension SimulatedNode {
    /// True now and then. Worlds with another bug in them go on as they did before there was forgetting.
    func forgettingIsDue() -> Bool {
        guard forgetting == nil, [nil, .storesRemember, .forgetsBesideCounting].contains(sabotage) else { return false }
        return Int.random(in: 0..<24, using: &forgettingRandom) == 0
    }

    /// The people of events that are others than they were sent of.
    func forgottenPeople() -> [RecordIdentity: UInt64] {
        var people: [RecordIdentity: UInt64] = [:]
        for entry in ledger.entries where entry.fact?.person != entry.person {
            people[entry.identity] = entry.fact?.person
        }
        return people
    }

    /// Somebody is to be forgotten.
    func forget() {
        guard let process, process.storage.life.isAlive, !process.isAggregating, !process.isImporting,
            let person = ledger.entries.filter({ $0.fact?.person != nil && $0.fact?.person == $0.person })
                .randomElement(using: &forgettingRandom)?.person
        else { return }
        process.isAggregating = true
        process.isImporting = true
        defer {
            process.isAggregating = false
            process.isImporting = false
        }
        process.aggregator = nil
        process.retention = nil
        let targets = leaveSegments(of: process)
        guard process.storage.life.isAlive else { return }
        do throws(JournalError) {
            guard let segments = try decide(person, below: targets, process) else {
                return tell("\(person) can't be forgotten: a segment is not closed")
            }
            forgetting = SimulatedPlan(person: person, token: forgettingRandom.next(), segments: segments)
        } catch {
            return
        }
        tell("\(person) is to be forgotten in \(forgetting?.segments.count ?? 0) segments")
        statistics.forgettings += 1
        _ = goOnForgetting(process.storage)
        process.segments = ClosedSegments(journalFolder: journalFolder, storage: process.storage)
    }

    /// Every worker leaves its segment, as far as the disk lets it.
    private func leaveSegments(of process: SimulatedProcess) -> [ShardIdentity: UInt64] {
        var targets: [ShardIdentity: UInt64] = [:]
        for writer in process.allWriters { targets[writer.shard] = writer.progress.snapshot().nextSequence }
        process.synchronizer.leaveSegments()
        tick()
        sync()
        return targets
    }

    /// What stays of each of the person's events in closed segments; nil where one that may be counted stands in
    /// another.
    private func decide(
        _ person: UInt64, below targets: [ShardIdentity: UInt64], _ process: SimulatedProcess
    ) throws(JournalError) -> [SimulatedPlan.Segment]? {
        var segments: [SimulatedPlan.Segment] = []
        for shard in try JournalDirectory.scan(journalFolder, storage: process.storage) {
            let progress = process.live.all[shard.identity]
            for (place, first) in shard.segments.enumerated() {
                let next = place + 1 < shard.segments.count ? shard.segments[place + 1] : nil
                let end = next ?? progress?.readable().nextSequence
                if let end, end <= first { continue }
                var judge = ForgettingJudge(
                    node: shard.identity.node, rules: settings.rules, sections: sections, sends: [], countries: nil)
                var sequences: [UInt64] = []
                var hasRemains = false
                let sweep = SegmentSweep(
                    path: shard.segmentPath(first), endSequence: end, storage: process.storage)
                do throws(JournalError) {
                    try sweep.forEach { (piece, payload) throws(JournalError) in
                        guard case .record(let record) = piece else { return hasRemains = true }
                        guard record.kind == .event, let event = try? EventView(payload),
                            event.subject == SimulatedPlan.subject(person)
                        else { return }
                        judge.append(event, in: payload, isForgotten: true)
                        sequences.append(record.sequence)
                    }
                } catch {
                    guard case .headerDamaged = error else { throw error }
                    continue
                }
                guard !sequences.isEmpty || hasRemains else { continue }
                guard progress.map({ $0.releasedBelow >= end ?? .max }) ?? true else {
                    if sequences.contains(where: { $0 < targets[shard.identity] ?? 0 }) { return nil }
                    continue
                }
                var verdicts: [UInt64: FrozenVerdict] = [:]
                for (sequence, verdict) in zip(sequences, judge.verdicts()) { verdicts[sequence] = verdict }
                segments.append(
                    SimulatedPlan.Segment(shard: shard.identity, firstSequence: first, verdicts: verdicts))
            }
        }
        return segments
    }

    /// Does what is still to be done of the plan.
    ///
    /// - Returns: false when the process died, or the disk fails.
    func goOnForgetting(_ storage: any JournalStorage) -> Bool {
        guard let plan = forgetting else { return true }
        if sabotage == .forgetsBesideCounting, Int.random(in: 0..<2, using: &forgettingRandom) == 0 { return true }
        for segment in plan.segments {
            guard rewrite(segment, plan, storage) else { return false }
        }
        if diesHere() { return false }
        if sabotage != .storesRemember {
            do throws(StoreError) {
                for file in [storeFile, sealedFile] {
                    do throws(StoreError) {
                        try SQLiteForgetting(file).replace([plan.person: plan.token])
                    } catch {
                        guard case .missing = error else { throw error }
                    }
                }
            } catch {
                find("a store can't be changed: \(error)")
            }
            sealedFile = String(sealedFile)
        }
        // What was changed is on the medium: no power cut goes back behind it.
        let state = storePath()
        SimulatedStoreFile.copy(storeFile, to: state)
        storeStates = [state]
        if diesHere() { return false }
        noteRewritten()
        ledger.updateAll(where: { $0.fact?.person == plan.person }) { entry in
            let isRewritten = (try? EventView(entry.payload.span).flags.contains(.forgotten)) ?? false
            if isRewritten || entry.isCounted || entry.isSealed { entry.fact?.person = plan.token }
        }
        forgetting = nil
        tell("\(plan.person) is forgotten")
        return true
    }

    /// Notes what records say now: a rewrite that failed may have been done all the same.
    private func noteRewritten() {
        let mood = faults.mood
        faults.mood = .none
        defer { faults.mood = mood }
        _ = readJournal()
    }

    /// The process dies between two things that are done.
    private func diesHere() -> Bool {
        guard let process, Int.random(in: 0..<6, using: &forgettingRandom) == 0 else { return false }
        if Bool.random(using: &forgettingRandom) { kill() } else { cutPower() }
        return !process.storage.life.isAlive
    }

    private func rewrite(
        _ segment: SimulatedPlan.Segment, _ plan: SimulatedPlan, _ storage: any JournalStorage
    ) -> Bool {
        let folder = journalFolder + "/" + segment.shard.folder
        var changed: [UInt64: [UInt8]] = [:]
        var writer = ForgottenEvent()
        var isDone = false
        do throws(JournalError) {
            let names: [String]
            do throws(SystemError) {
                names = try storage.list(folder)
            } catch {
                return error.isNotFound
            }
            let segments = names.compactMap(JournalPath.firstSequence(ofSegmentNamed:))
            guard segments.contains(segment.firstSequence) else { return true }
            _ = try SegmentRewrite(
                journalFolder: journalFolder,
                path: folder + "/" + JournalPath.segmentName(firstSequence: segment.firstSequence),
                endSequence: segments.first { $0 > segment.firstSequence }, erasing: [plan.pattern], storage: storage
            ).run { record, payload, buffer in
                guard let verdict = segment.verdicts[record.sequence], let event = try? EventView(payload),
                    !event.flags.contains(.forgotten)
                else { return false }
                writer.append(event, in: payload, token: plan.tokenBytes, verdict: verdict, into: &buffer)
                // Others look before the call is over.
                let next = buffer.toArray()
                changed[record.sequence] = next
                ledger.update(RecordIdentity(shard: segment.shard, sequence: record.sequence)) {
                    $0.becomes(next, isCertain: false)
                }
                return true
            }
            isDone = true
        } catch {
            tell("a segment can't be rewritten: \(error)")
        }
        for (sequence, payload) in changed {
            ledger.update(RecordIdentity(shard: segment.shard, sequence: sequence)) {
                $0.becomes(payload, isCertain: isDone)
            }
        }
        return isDone
    }
}
