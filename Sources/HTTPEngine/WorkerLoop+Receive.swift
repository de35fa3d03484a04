import Bytes
import LinuxSystem

extension WorkerLoop {
    /// Takes what a connection has to read, and answers the requests in it.
    ///
    /// The poller tells of what is new, once. One receive that doesn't fill its buffer has taken everything (epoll(7),
    /// question 9); one that does, and the end of the stream behind the last bytes, are read in the next turn.
    mutating func receive(_ slot: Int) {
        if table.entries[slot].phase == .lingering { return receiveLingering(slot) }
        // Another thread answers first. The poller does not tell again.
        guard table.entries[slot].awaited.isEmpty else {
            table.entries[slot].isUnread = true
            return
        }
        // Answers of this turn leave first: a slot has one place in a turn's output, and what becomes of the connection
        // is decided when that is sent. A full turn answers nobody more.
        guard !table.entries[slot].hasReply && !isFull else {
            table.entries[slot].isUnread = true
            makeRunnable(slot)
            return
        }
        // Answers wait for the client: nothing more is read until it has taken them, and the poller is asked anew then.
        guard table.entries[slot].output == nil else { return }
        let generation = table.entries[slot].generation
        if let held = table.entries[slot].input {
            receive(slot, into: held)
        } else {
            receiveShared(slot)
        }
        if table.isCurrent(slot, generation: generation) && table.entries[slot].isUnread { makeRunnable(slot) }
    }

    /// Remembers whether a receive has taken everything.
    @inline(__always)
    private mutating func note(_ outcome: ReceiveOutcome, _ slot: Int, room: Int) {
        if case .bytes(let count) = outcome {
            if count == room { table.entries[slot].isUnread = true }
        } else {
            table.entries[slot].isUnread = false
        }
    }

    /// Receives for a connection that holds nothing, into the buffer that all of them share.
    private mutating func receiveShared(_ slot: Int) {
        guard var bytes = input.take() else { return }
        let room = bytes.freeCapacity
        let outcome = Sockets.receive(from: table.entries[slot].descriptor, into: &bytes)
        note(outcome, slot, room: room)
        if case .bytes(let count) = outcome {
            tally.add(.receivedBytes, count)
            receivedNanoseconds = SystemClock.monotonicNanoseconds()
            serving = slot
            // Not through `withSpan`: see `unsafeStart`. The buffer lives until it is given back.
            let used = consume(slot, unsafe Span(_unsafeStart: bytes.unsafeStart, count: bytes.count))
            if used < bytes.count { keep(slot, bytes, from: used) }
            serving = -1
        }
        input.giveBack(bytes)
        if case .bytes = outcome { leave(slot) } else { leave(slot, outcome) }
    }

    /// Receives for a connection that holds a part of a request, behind that.
    private mutating func receive(_ slot: Int, into held: HeldBuffer) {
        let before = held.bytes.count
        // Requests left over from the last turn may fill the buffer: they come first.
        let room = held.bytes.freeCapacity
        guard room > 0 else {
            table.entries[slot].isUnread = true
            return
        }
        let outcome = Sockets.receive(from: table.entries[slot].descriptor, into: &held.bytes)
        note(outcome, slot, room: room)
        guard case .bytes(let count) = outcome else { return leave(slot, outcome) }
        tally.add(.receivedBytes, count)
        held.receivedNanoseconds = SystemClock.monotonicNanoseconds()
        if mayDecide(slot, held, from: before) { serve(slot, held) }
    }

    /// Goes on behind a receive that brought nothing.
    private mutating func leave(_ slot: Int, _ outcome: ReceiveOutcome) {
        switch outcome {
        case .bytes: break
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

    /// False when a head that is on its way can't be complete by what just came: no line ended, there is room for more,
    /// and no line has just become too long. It keeps a client that sends single bytes from making the parser read the
    /// same lines again for each; what is wrong within a line is found when the line ends.
    private func mayDecide(_ slot: Int, _ source: HeldBuffer, from start: Int) -> Bool {
        guard table.entries[slot].phase == .head && source.bytes.freeCapacity > 0 else { return true }
        let lineRoom = limits.requestLineLimitBytes + 2
        if start <= lineRoom && source.bytes.count > lineRoom { return true }
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
            guard table.entries[slot].output == nil else { continue }
            if let source = table.entries[slot].input { serve(slot, source) }
            guard table.isCurrent(slot, generation: WorkerToken.generation(token)) else { continue }
            if table.entries[slot].isUnread && table.entries[slot].ending == .none { receive(slot) }
        }
        // What was added meanwhile stands behind these.
        let added = runnable.count - count
        for index in 0..<added { runnable[index] = runnable[count + index] }
        for _ in 0..<count { runnable.removeLast() }
    }

    /// Lets a connection go on in the next turn without new bytes.
    mutating func makeRunnable(_ slot: Int) {
        guard !table.entries[slot].isRunnable else { return }
        table.entries[slot].isRunnable = true
        runnable.append(WorkerToken.connection(slot, generation: table.entries[slot].generation))
    }

    /// Answers the requests that a connection holds.
    private mutating func serve(_ slot: Int, _ held: HeldBuffer) {
        serving = slot
        receivedNanoseconds = held.receivedNanoseconds
        let used = held.bytes.withSpan { consume(slot, $0) }
        if table.entries[slot].ending != .none || used == held.bytes.count {
            if used < held.bytes.count { lingerInstead(slot) }
            releaseInput(slot)
        } else {
            held.bytes.removeFirst(used)
        }
        serving = -1
        leave(slot)
    }

    /// Copies what is left in the shared input into a buffer of the connection's own.
    private mutating func keep(_ slot: Int, _ bytes: borrowing ByteBuffer, from used: Int) {
        guard table.entries[slot].ending == .none else { return lingerInstead(slot) }
        let held = takeBuffer(bytes.count - used)
        bytes.withSpan(of: used..<bytes.count) { held.bytes.append($0) }
        held.receivedNanoseconds = receivedNanoseconds
        table.entries[slot].input = held
    }

    /// Lets a connection linger that would be closed: its client sends on behind the last request, which might reset it
    /// before the answer is read.
    private mutating func lingerInstead(_ slot: Int) {
        if table.entries[slot].ending == .close { table.entries[slot].ending = .linger }
    }

    /// Goes on behind the requests that were there.
    @inline(__always)
    private mutating func leave(_ slot: Int) {
        if table.entries[slot].peerEnded {
            endAfterReplies(slot)
        } else if !table.entries[slot].hasReply {
            settle(slot)
        }
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
    mutating func endAfterReplies(_ slot: Int) {
        // It is owed an answer that another thread gives: that one ends it.
        guard table.entries[slot].awaited.isEmpty else {
            if !table.entries[slot].hasReply { settle(slot) }
            return
        }
        // Without input nothing is left to answer, whatever list the connection stands in.
        let hasMore =
            table.entries[slot].input != nil && (table.entries[slot].isRunnable || table.entries[slot].output != nil)
        if !hasMore && table.entries[slot].ending == .none { table.entries[slot].ending = .close }
        if !table.entries[slot].hasReply { settle(slot) }
    }

    /// Reads and drops what comes behind the last answer.
    private mutating func receiveLingering(_ slot: Int) {
        guard var bytes = input.take() else { return }
        let outcome = Sockets.receive(from: table.entries[slot].descriptor, into: &bytes)
        input.giveBack(bytes)
        switch outcome {
        case .bytes(let count):
            tally.add(.receivedBytes, count)
            table.entries[slot].body.remaining -= count
            if table.entries[slot].body.remaining < 0 { close(slot) }
        case .wouldBlock: break
        case .endOfStream, .failure: close(slot)
        }
    }
}
