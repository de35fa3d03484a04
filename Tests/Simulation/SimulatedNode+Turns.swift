import Bytes
import Engagement
import Journal

// The workers' turns: events are put into batches, and batches are written.

extension SimulatedNode {
    /// A worker's turn: some requests come, are put into the batch, the batch is written, and the answers leave.
    func turn() {
        guard let process, process.storage.life.isAlive else { return }
        let index = pick(process.writers.count)
        guard process.busyWriters.insert(index).inserted else { return }
        defer { process.busyWriters.remove(index) }
        let writer = process.writers[index]
        for _ in 0...pick(6) { receive(writer, of: process) }
        commit(writer, as: index, of: process)
    }

    /// The end of a worker's turn.
    func commit(_ writer: ShardWriter, as worker: Int, of process: SimulatedProcess) {
        let caller = process.caller
        process.caller = worker
        process.entered.append(writer)
        let outcome = writer.commit(nowNanoseconds: now)
        process.entered.removeAll { $0 === writer }
        process.caller = caller
        guard process.storage.life.isAlive else { return }
        note(outcome, of: writer)
        tell("shard \(writer.shard.shard): \(outcome) up to \(writer.progress.snapshot().nextSequence)")
        // A shard that was held promises no more than its own turn's time: what came since stands elsewhere.
        guard process.writers[worker] === writer else { return finishHeld(process) }
        writer.promise(nothingBefore: max(now, writer.floorNanoseconds))
    }

    /// One request becomes an event in the batch.
    private func receive(_ writer: ShardWriter, of process: SimulatedProcess) {
        now += UInt64(pick(2_000)) * 1_000_000
        // Some events are older than they should be: the clock was set back, or the worker hung.
        let floor = max(writer.floorNanoseconds, process.closedNanoseconds)
        let isLate = now < floor
        // A client sends bytes that are a record somewhere, but in no segment of its own shard: what makes a record of
        // bytes there nobody knows.
        let elsewhere = disk.paths.filter { path in
            ![JournalPath.recoveredName, JournalPath.interruptedName].contains(where: path.hasSuffix)
                && !path.contains("/" + writer.shard.folder + "/")
        }
        if pick(10) == 0, let path = elsewhere.randomElement(using: &random) {
            events.hostile = Array(disk[path].dropFirst(SegmentHeader.recordsOffset).prefix(pick(400)))
        }
        let (payload, fact) = events.next(time: now, lateUnder: isLate ? floor : nil)
        events.hostile = []
        let waitingBytes = writer.limits.waitingLimitBytes - writer.freeBytes
        guard waitingBytes <= settings.waitingBytes,
            writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: EventFormat.eventBytesMax)
        else {
            writer.countLost(atNanoseconds: now)
            ledger.addLoss(writer.shard)
            return
        }
        writer.appendPayload { $0.append(payload.span) }
        let sequence = writer.endRecord(orderNanoseconds: isLate ? floor : now)
        if sequence > ledger.ends[writer.shard] ?? 0 { ledger.addGap(writer.shard) }
        ledger.add(Ledger.Entry(shard: writer.shard, sequence: sequence, payload: payload, fact: fact))
        if sabotage == .answersFirst { ledger.updateLast { $0.fate = .written } }
        statistics.events += 1
    }

    /// The kernel has taken what is not waiting any more; with the durability `disk` it is on the medium too.
    func note(_ outcome: CommitOutcome, of writer: ShardWriter) {
        if writer.progress.snapshot().unwrittenLostEvents == 0 { ledger.addGap(writer.shard) }
        let fate: Ledger.Fate = settings.durability == .disk && outcome == .written ? .durable : .written
        ledger.updateAll(where: {
            $0.shard == writer.shard && $0.fate == .waiting && writer.isWritten($0.sequence)
        }) { $0.fate = fate }
    }

    func tick() {
        guard let process, process.storage.life.isAlive else { return }
        for (index, writer) in process.writers.enumerated() where process.busyWriters.insert(index).inserted {
            commit(writer, as: index, of: process)
            process.busyWriters.remove(index)
        }
        if process.storage.life.isAlive { finishHeld(process) }
    }
}
