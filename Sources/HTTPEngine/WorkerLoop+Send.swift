import Bytes
import LinuxSystem

extension WorkerLoop {
    /// Sends what was answered: whatever the commit came to, the responses leave.
    mutating func sendReplies() {
        if !replies.isEmpty {
            for index in 0..<replies.count { send(replies[index]) }
            replies.removeAll(keepingCapacity: true)
            response.output.removeAll()
        }
        if outgrown != nil { sendOutgrown() }
    }

    /// Sends one connection's answers of this turn.
    @inline(__always)
    private mutating func send(_ reply: Reply) {
        let slot = Int(reply.slot)
        table.entries[slot].hasReply = false
        guard table.entries[slot].ending != .abandon else {
            tally.add(.abandoned)
            if outgrown?.slot != slot { settle(slot) }
            return
        }
        counters.addResponses(
            Int(reply.responseCount), afterNanoseconds: SystemClock.monotonicNanoseconds() &- reply.receivedNanoseconds)
        var range = Int(reply.start)..<Int(reply.end)
        if table.entries[slot].output == nil {
            let socket = table.entries[slot].descriptor
            let outcome = response.output.withSpan(of: range) { Sockets.send($0, to: socket) }
            switch outcome {
            case .bytes(let count):
                tally.add(.sentBytes, count)
                range = range.lowerBound + count..<range.upperBound
            case .wouldBlock: break
            case .failure:
                tally.add(.abandoned)
                table.entries[slot].ending = .abandon
                range = range.upperBound..<range.upperBound
            }
        }
        if !range.isEmpty { holdOutput(slot, range) }
        if outgrown?.slot != slot { settle(slot) }
    }

    /// Keeps what the kernel didn't take, behind what it didn't take before.
    private mutating func holdOutput(_ slot: Int, _ range: Range<Int>) {
        if let held = table.entries[slot].output {
            if held.bytes.freeCapacity < range.count { widenOutput(slot, held, by: range.count) }
        } else {
            table.entries[slot].output = takeBuffer(range.count)
            table.entries[slot].writeSince = now
        }
        guard let held = table.entries[slot].output else { return }
        response.output.withSpan(of: range) { held.bytes.append($0) }
    }

    private mutating func widenOutput(_ slot: Int, _ held: HeldBuffer, by count: Int) {
        let wider = takeBuffer(held.bytes.count - held.sentBytes + count)
        held.bytes.withSpan(of: held.sentBytes..<held.bytes.count) { wider.bytes.append($0) }
        table.entries[slot].output = wider
        pool.put(held)
    }

    /// Keeps a response that outgrew the turn's output, to be sent behind everything else of this turn.
    mutating func holdOutgrown(_ slot: Int) {
        guard let bytes = response.takeOutgrown() else { return }
        if !table.entries[slot].hasReply {
            table.entries[slot].hasReply = true
            table.unlink(slot)
        }
        let held = pool.adopt(bytes)
        held.receivedNanoseconds = receivedNanoseconds
        outgrown = (slot, held)
    }

    private mutating func sendOutgrown() {
        guard let (slot, response) = outgrown.take() else { return }
        table.entries[slot].hasReply = false
        counters.addResponses(
            1, afterNanoseconds: SystemClock.monotonicNanoseconds() &- response.receivedNanoseconds)
        if table.entries[slot].ending == .abandon {
            pool.put(response)
        } else if let held = table.entries[slot].output {
            widenOutput(slot, held, by: response.bytes.count)
            response.bytes.withSpan { table.entries[slot].output?.bytes.append($0) }
            pool.put(response)
        } else {
            table.entries[slot].output = response
            table.entries[slot].writeSince = now
            pushOutput(slot)
        }
        settle(slot)
    }

    /// The client can take more of its answer.
    mutating func sendPending(_ slot: Int) {
        guard let held = table.entries[slot].output else { return }
        let before = held.sentBytes
        pushOutput(slot)
        if table.entries[slot].output != nil && table.entries[slot].ending != .abandon {
            // Only progress gives it more time, and only so much in all.
            if held.sentBytes > before && now < table.entries[slot].writeSince + limits.wholeWriteTimeoutNanoseconds {
                table.link(slot, .write, now: now)
            }
            return
        }
        // Requests that came before the answers were taken are next.
        if table.entries[slot].ending == .none && table.entries[slot].input != nil { makeRunnable(slot) }
        settle(slot)
    }

    /// Sends as much of the held answers as the kernel takes.
    private mutating func pushOutput(_ slot: Int) {
        guard let held = table.entries[slot].output else { return }
        let socket = table.entries[slot].descriptor
        let outcome = held.bytes.withSpan(of: held.sentBytes..<held.bytes.count) { Sockets.send($0, to: socket) }
        switch outcome {
        case .bytes(let count):
            tally.add(.sentBytes, count)
            held.sentBytes += count
            if held.sentBytes == held.bytes.count { releaseOutput(slot) }
        case .wouldBlock: break
        case .failure:
            tally.add(.abandoned)
            table.entries[slot].ending = .abandon
        }
    }

    private mutating func releaseOutput(_ slot: Int) {
        if let held = table.entries[slot].output.take() { pool.put(held) }
    }

    /// Puts a connection where its state belongs: what it waits for, until when, or its end.
    ///
    /// Every path that touched a connection ends here, once its answers of the turn are handed to the kernel.
    mutating func settle(_ slot: Int) {
        // Its bytes are lent to the parser: whoever lends them settles it afterwards.
        guard slot != serving else { return }
        if table.entries[slot].ending == .abandon { return close(slot) }
        if table.entries[slot].output != nil {
            table.link(slot, .write, now: now)
            watch(slot, .writing)
            return
        }
        switch table.entries[slot].ending {
        case .none: break
        case .linger where !table.entries[slot].peerEnded: return beginLingering(slot)
        case .close, .linger, .abandon: return close(slot)
        }
        let kind = waitingKind(slot)
        // Everything has its time in all, however it trickles in. Who was answered stands in no list: its time begins.
        if kind != table.entries[slot].deadline { table.link(slot, kind, now: now) }
        watch(slot, .reading)
    }

    /// What the connection is waited for.
    private func waitingKind(_ slot: Int) -> DeadlineKind {
        switch table.entries[slot].phase {
        // A proxy writes its header at once: there is nothing to wait for as an idle one may.
        case .proxyHeader: .head
        case .droppedBody, .collectedBody: .body
        case .lingering: .linger
        case .head where !table.entries[slot].awaited.isEmpty: .answer
        case .head where table.entries[slot].input != nil: .head
        case .head: .idle
        }
    }

    /// Asks the poller for what is needed, where it isn't asked already.
    private mutating func watch(_ slot: Int, _ wanted: Connection.Watch) {
        let watched = table.entries[slot].watch
        guard watched != wanted else { return }
        let token = WorkerToken.connection(slot, generation: table.entries[slot].generation)
        let interest: Readiness =
            switch wanted {
            case .reading: .arrivals
            case .draining: .readable
            case .writing: .writable
            case .nothing: []
            }
        let socket = table.entries[slot].descriptor
        table.entries[slot].watch = wanted
        do throws(SystemError) {
            if watched == .nothing {
                try poller.add(socket, token: token, interest: interest)
            } else {
                try poller.modify(socket, token: token, interest: interest)
            }
        } catch {
            // The kernel has no memory to watch it: without that it would stay for ever.
            close(slot)
        }
    }

    /// Closes the sending side and reads on for a while.
    private mutating func beginLingering(_ slot: Int) {
        releaseInput(slot)
        releaseCollected(slot)
        table.entries[slot].phase = .lingering
        table.entries[slot].ending = .none
        table.entries[slot].body.remaining = limits.lingerLimitBytes
        do throws(SystemError) {
            try Sockets.shutdownWrite(table.entries[slot].descriptor)
        } catch {
            return close(slot)
        }
        table.link(slot, .linger, now: now)
        watch(slot, .draining)
    }

    private mutating func releaseCollected(_ slot: Int) {
        if let held = table.entries[slot].collected.take() { pool.put(held) }
    }

    /// Closes a connection and gives back all that it held.
    mutating func close(_ slot: Int) {
        // Closing twice would give one place to two connections: a bug that no client shall profit from.
        guard table.entries[slot].descriptor >= 0 else { return assertionFailure("a connection is closed once") }
        releaseInput(slot)
        releaseOutput(slot)
        releaseCollected(slot)
        uncountClient(slot)
        Sockets.close(table.entries[slot].descriptor)
        table.close(slot)
    }
}
