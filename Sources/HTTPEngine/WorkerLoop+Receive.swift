import Bytes
import LinuxSystem

extension WorkerLoop {
    /// Takes what a connection has to read, and answers the requests in it.
    mutating func receive(_ slot: Int) {
        if table.entries[slot].phase == .lingering { return receiveLingering(slot) }
        // Answers wait for the client: nothing more is read until it has taken them.
        guard table.entries[slot].output == nil else { return }
        let source = table.entries[slot].input ?? input
        if source === input { source.bytes.removeAll() }
        let before = source.bytes.count
        // Requests left over from the last turn may fill the buffer: they come first.
        guard source.bytes.freeCapacity > 0 else { return }
        switch Sockets.receive(from: table.entries[slot].descriptor, into: &source.bytes) {
        case .bytes(let count):
            tally.add(.receivedBytes, count)
            if before > 0 && !mayDecide(slot, source, from: before) { return }
            serve(slot, source)
        case .wouldBlock:
            // Only a connection that was just accepted isn't watched yet.
            if table.entries[slot].watch == .nothing { settle(slot) }
        case .endOfStream:
            table.entries[slot].peerEnded = true
            endAfterReplies(slot)
        case .failure:
            table.entries[slot].ending = .abandon
            if !table.entries[slot].hasReply { settle(slot) }
        }
    }

    /// False when a head that is on its way can't be decided by what just came: no line ended and there is room for
    /// more. It keeps a client that sends single bytes from making the parser read the same lines again for each.
    private func mayDecide(_ slot: Int, _ source: HeldBuffer, from start: Int) -> Bool {
        guard table.entries[slot].phase == .head && source.bytes.freeCapacity > 0 else { return true }
        return source.bytes.withSpan { bytes in
            bytes.firstOffset(of: UInt8(ascii: "\n"), from: start, to: bytes.count) < bytes.count
        }
    }

    /// Goes on with the input that the last turn left over.
    mutating func serveRunnable() {
        let count = runnable.count
        for index in 0..<count {
            let token = runnable[index]
            let slot = WorkerToken.slot(token)
            guard table.isCurrent(slot, generation: WorkerToken.generation(token)) else { continue }
            table.entries[slot].isRunnable = false
            guard table.entries[slot].output == nil, let source = table.entries[slot].input else { continue }
            serve(slot, source)
        }
        // What was added meanwhile stands behind these.
        runnable.removeFirst(count)
    }

    /// Lets a connection go on in the next turn without new bytes.
    mutating func makeRunnable(_ slot: Int) {
        guard !table.entries[slot].isRunnable else { return }
        table.entries[slot].isRunnable = true
        runnable.append(WorkerToken.connection(slot, generation: table.entries[slot].generation))
    }

    /// Answers the requests in `source` and keeps what is left of it.
    mutating func serve(_ slot: Int, _ source: HeldBuffer) {
        serving = slot
        let used = source.bytes.withSpan { bytes in consume(slot, bytes) }
        let left = source.bytes.count - used
        if table.entries[slot].ending != .none {
            // Whoever sends on behind the last request might reset the connection before the answer is read.
            if left > 0 && table.entries[slot].ending == .close { table.entries[slot].ending = .linger }
            releaseInput(slot)
        } else if left == 0 {
            releaseInput(slot)
        } else if source !== input {
            source.bytes.removeFirst(used)
        } else {
            hold(slot, source, from: used)
        }
        serving = -1
        if table.entries[slot].peerEnded && !table.entries[slot].isRunnable {
            endAfterReplies(slot)
        } else if !table.entries[slot].hasReply {
            settle(slot)
        }
    }

    /// Copies the unused end of the shared input into a buffer of the connection's own.
    private mutating func hold(_ slot: Int, _ source: HeldBuffer, from used: Int) {
        let held = takeBuffer(source.bytes.count - used)
        source.bytes.withSpan(of: used..<source.bytes.count) { held.bytes.append($0) }
        table.entries[slot].input = held
    }

    /// Gives the connection's input buffer back, if it has one.
    mutating func releaseInput(_ slot: Int) {
        if let held = table.entries[slot].input.take() { pool.put(held) }
    }

    /// Takes a buffer; past the limit, whoever has held one longest makes room.
    mutating func takeBuffer(_ bytes: Int) -> HeldBuffer {
        if pool.heldBytes + max(bytes, pool.standardBytes) > limits.heldLimitBytes { shedHolder() }
        return pool.take(bytes)
    }

    /// Ends a connection whose client sends nothing more, behind what it is still owed.
    private mutating func endAfterReplies(_ slot: Int) {
        let hasMore =
            table.entries[slot].isRunnable || (table.entries[slot].output != nil && table.entries[slot].input != nil)
        if !hasMore && table.entries[slot].ending == .none { table.entries[slot].ending = .close }
        if !table.entries[slot].hasReply { settle(slot) }
    }

    /// Reads and drops what comes behind the last answer.
    private mutating func receiveLingering(_ slot: Int) {
        input.bytes.removeAll()
        switch Sockets.receive(from: table.entries[slot].descriptor, into: &input.bytes) {
        case .bytes(let count):
            tally.add(.receivedBytes, count)
            table.entries[slot].body.remaining -= count
            if table.entries[slot].body.remaining < 0 { close(slot) }
        case .wouldBlock: break
        case .endOfStream, .failure: close(slot)
        }
    }
}
