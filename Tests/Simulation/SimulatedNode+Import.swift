import Bytes
import Engagement
import Journal
import LinuxSystem
import TestSupport

// Another node writes, and its segments are imported: as copies that are whole or not, again and again.

extension SimulatedNode {
    /// True for an event of the other node.
    func isForeign(_ entry: Ledger.Entry) -> Bool { entry.shard.node == SimulatedPeer.node }

    /// What becomes of an event that is in no file here any more.
    func fateOfLost(_ entry: Ledger.Entry) -> Ledger.Fate {
        !isForeign(entry) ? .gone : peer.damaged.contains(entry.identity) ? .damaged : .elsewhere
    }

    /// The other node's turn: events, a restart, or damage at rest.
    func peerTurn() {
        guard !peer.isOver else { return }
        switch pick(8) {
        case 0: peer.restart(nowNanoseconds: now)
        case 1: damagePeer()
        default:
            let writer = peer.writers[pick(peer.writers.count)]
            for _ in 0...pick(40) {
                now += UInt64(pick(2_000)) * 1_000_000
                let isLate = now < writer.floorNanoseconds
                let floor = writer.floorNanoseconds
                let (payload, fact) = events.next(time: now, lateUnder: isLate ? floor : nil)
                guard writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: payload.count) else { break }
                writer.appendPayload { $0.append(payload.span) }
                let sequence = writer.endRecord(orderNanoseconds: isLate ? floor : now)
                ledger.add(
                    Ledger.Entry(
                        shard: writer.shard, sequence: sequence, payload: payload, fact: fact, fate: .elsewhere))
                statistics.events += 1
            }
            _ = writer.commit(nowNanoseconds: now)
        }
    }

    /// Turns a bit of a header's copy, or of a record that is not its segment's last and was not imported.
    private func damagePeer() {
        guard let path = peer.disk.paths.randomElement(using: &random) else { return }
        if pick(4) == 0 {
            if let copy = turnHeaderBit(of: path, on: peer.disk) {
                tell("copy \(copy) of the header of \(path) is damaged on the other node")
            }
            return
        }
        var records: [RecordHeader] = []
        do throws(JournalError) {
            let reader = try SegmentReader(path: path, storage: peer.disk)
            while case .record(let record) = try reader.next() { records.append(record) }
            guard records.count > 1 else { return }
            let record = records[pick(records.count - 1)]
            let identity = RecordIdentity(shard: reader.header.shard, sequence: record.sequence)
            guard ledger[identity]?.fate == .elsewhere else { return }
            peer.disk.flip(
                path, byte: Int(record.byteOffset) + pick(RecordHeader.byteCount + record.payloadBytes), bit: pick(8))
            ledger.update(identity) { $0.fate = .damaged }
            peer.damaged.insert(identity)
            tell("\(identity) is damaged on the other node")
        } catch {
            find("the other node's segment can't be read: \(error)")
        }
    }

    /// Imports a copy of the other node's segments.
    func takeIn(everything: Bool = false) {
        guard let process, process.storage.life.isAlive, !process.isImporting else { return }
        process.isImporting = true
        defer { process.isImporting = false }
        let copies = peer.copy(&random, everything: everything)
        ledger.updateAll(where: { self.isForeign($0) && $0.fate == .elsewhere }) { $0.fate = .waiting }
        let options = JournalImport.Options(
            takesOpen: everything || pick(2) == 0, takesAsItIs: sabotage == .importsHoles)
        let work = JournalImport(
            into: journalFolder, options: options, writes: { [node] in $0.node == node }, expiredBelow: expiredBelow,
            observer: JournalImport.Observer(
                onRemark: { [self] remark in tell("import: \(remark)") }, isSame: { ForgottenEvent.isSame($0, $1) }),
            storage: process.storage, source: copies)
        var hasWorked = true
        do throws(ImportError) {
            _ = try work.run(from: "/in")
        } catch {
            hasWorked = error == .noSegment(folder: "/in") || copies.paths.isEmpty
        }
        statistics.imports += 1
        statistics.failedImports += hasWorked ? 0 : 1
        statistics.importedSegments += Int(work.tally.takenSegments)
        statistics.waitingSegments += Int(work.tally.waitingSegments)
        tell("import: \(work.tally.takenSegments) taken, \(work.tally.waitingSegments) wait, worked \(hasWorked)")
        if sabotage == .importsTwice { takeAgain() }
        guard process.storage.life.isAlive else { return }
        noteImported(durable: hasWorked ? SimulatedPeer.shards(in: copies) : [])
    }

    /// Notes what has come. What is here of a shard that was looked at is durable, also what came before.
    func noteImported(durable shards: Set<ShardIdentity>, isOver: Bool = true) {
        let mood = faults.mood
        faults.mood = .none
        defer { faults.mood = mood }
        // An import may have its turn in the middle of a step of retention.
        noteSealed()
        noteExpired()
        guard let found = readJournal() else { return }
        ledger.updateAll(where: { self.isForeign($0) }) { entry in
            if let payload = found.payloads[entry.identity] {
                if !entry.agrees(with: payload) { self.find("\(entry.identity) has another payload") }
                if entry.fate != .durable { entry.fate = shards.contains(entry.shard) ? .durable : .written }
            } else if entry.fate == .waiting {
                if isOver { entry.fate = self.fateOfLost(entry) }
            } else if entry.isReadable {
                self.find("\(entry.identity) was imported and is gone")
            }
        }
    }

    /// The bug of an import that goes by names: the same segment under another epoch.
    private func takeAgain() {
        guard let path = disk.paths.first(where: { $0.contains("/data/journal/000000000000000" + "8-") }),
            let reader = try? SegmentReader(path: path, storage: disk)
        else { return }
        let shard = reader.header.shard
        let writer = ShardWriter(
            shard: ShardIdentity(node: shard.node, epoch: shard.epoch + 1, shard: shard.shard),
            journalFolder: journalFolder, storage: disk)
        while case .record? = try? reader.next() {
            guard writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: EventFormat.eventBytesMax) else {
                break
            }
            reader.withPayload { payload in writer.appendPayload { $0.append(payload) } }
            writer.endRecord()
        }
        writer.finish(nowNanoseconds: now)
    }

    /// At the end everything of the other node is copied and imported, twice.
    func takeEverythingIn() {
        peer.finish(nowNanoseconds: now)
        peer.isOver = true
        for _ in 0..<2 { takeIn(everything: true) }
        guard process?.storage.life.isAlive == true else { return }
        for entry in ledger.entries where isForeign(entry) && !entry.isWhole && entry.fate != .damaged {
            return find("\(entry.identity) was never imported")
        }
    }
}
