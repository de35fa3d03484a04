import Bytes
import Journal

// A disk that holds a worker's call: another thread goes on for the worker, in another shard, as the server does it.

extension SimulatedNode {
    /// The call that is under way does not come back for a while, in which the others go on.
    func hang(_ process: SimulatedProcess) {
        guard let index = process.caller else { return }
        let held = process.writers[index]
        process.stall.begin()
        process.held.append(held)
        process.writers[index] = sabotage == .heldShardShared ? shared(with: held, process) : next(process)
        if sabotage == .heldEventsAgain { recordAgain(held, in: process.writers[index]) }
        process.busyWriters.remove(index)
        statistics.hangs += 1
        let next = process.writers[index].shard.shard
        tell("the disk holds shard \(held.shard.shard); its worker goes on in shard \(next)")
        for _ in 0..<pick(24) where process.storage.life.isAlive { happen() }
        process.stall.end()
        process.busyWriters.insert(index)
        process.caller = index
        tell("the disk answers")
    }

    private func next(_ process: SimulatedProcess) -> ShardWriter {
        process.spares.popLast() ?? process.makeShard()
    }

    /// A second writer of one shard.
    private func shared(with writer: ShardWriter, _ process: SimulatedProcess) -> ShardWriter {
        ShardWriter(
            shard: writer.shard, journalFolder: journalFolder, limits: writer.limits, durability: settings.durability,
            storage: process.storage)
    }

    private func recordAgain(_ held: ShardWriter, in writer: ShardWriter) {
        for entry in ledger.entries where entry.shard == held.shard && entry.fate == .waiting {
            guard
                writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: entry.payload.count)
            else { return }
            writer.appendPayload { $0.append(entry.payload.span) }
            writer.endRecord(orderNanoseconds: max(now, writer.floorNanoseconds))
        }
    }

    /// A held call has come back: what the shard holds is written as soon as the disk takes it.
    func finishHeld(_ process: SimulatedProcess) {
        for writer in process.held where !process.stall.isOn {
            // Its own call may give others a turn, in which it must not be entered again, and the call that the disk
            // held may not be over yet.
            guard let place = process.held.firstIndex(where: { $0 === writer }),
                !process.entered.contains(where: { $0 === writer })
            else { continue }
            process.held.remove(at: place)
            let outcome = writer.finish(nowNanoseconds: now)
            guard process.storage.life.isAlive else { return }
            guard outcome != .waiting else {
                process.held.append(writer)
                continue
            }
            // With the durability `disk` its sync may have failed.
            note(outcome, of: writer)
            process.spares.append(writer)
            tell("shard \(writer.shard.shard) is written and waits for its next time")
        }
        for writer in process.spares { writer.promise(nothingBefore: max(now, writer.floorNanoseconds)) }
    }
}
