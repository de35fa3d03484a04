import Bytes
import LinuxSystem

// Requests on their way out, and the connections that they need.

extension ClientLoop {
    /// Opens the connections that stay, before the first request. One that fails is tried again when it is needed.
    mutating func openConnections() {
        guard plan.requests.newConnectionShare < 1 else { return }
        for slot in connections.indices where connect(slot) {
            watch(slot, for: .readable)
        }
    }

    /// Sends what is due and finds a free connection.
    mutating func startDueArrivals() {
        guard isOpen, !hasStopped else { return }
        var started = 0
        while started < plan.limits.arrivalsPerTurnMax, let due = nextDue, !free.isEmpty {
            let clock = SystemClock.monotonicNanoseconds()
            guard due <= clock, let slot = free.pop() else { return }
            now = clock
            sendArrival(on: slot, dueAt: due)
            started += 1
        }
    }

    /// Sends the arrival that is next, at `now`.
    private mutating func sendArrival(on slot: Int, dueAt due: UInt64) {
        advanceSchedule()
        // Whoever was due before there was a free connection waited for the server, not for this loop.
        if due >= beginAt, due >= freeSince { figures.lag.record(now - due) }
        send(on: slot, dueAt: due)
    }

    /// Gives a connection that is done its next request, or sets it free.
    mutating func reuse(_ slot: Int) {
        connections[slot].state = .idle
        if !isOpen {
            if now < endAt { send(on: slot, dueAt: now) }
        } else if let due = nextDue, due <= now, free.isEmpty, !hasStopped {
            // It waited while no connection was free: no lag of the loop's.
            freeSince = now
            sendArrival(on: slot, dueAt: due)
        } else {
            if free.isEmpty { freeSince = now }
            free.push(slot)
        }
    }

    /// Writes a request and hands it to the kernel.
    mutating func send(on slot: Int, dueAt due: UInt64) {
        if due >= beginAt, due < endAt {
            figures.arrivals += 1
            figures.sent += 1
        }
        let counter = ledger.send()
        output.removeAll()
        let made = maker.write(visit: VisitIDs(salt: plan.salt, lane: plan.lane)[counter], into: &output)
        if made.isAlone { park(slot) }
        connections[slot].isAlone = made.isAlone
        connections[slot].expectation = Int32(truncatingIfNeeded: made.expectation)
        connections[slot].dueAt = due
        connections[slot].sentAt = now
        connections[slot].counter = counter
        inFlight += 1
        let isNew = connections[slot].socket < 0
        if isNew, !connect(slot) {
            fail(slot, .connect)
            return
        }
        transmit(slot, isNew: isNew)
    }

    private mutating func transmit(_ slot: Int, isNew: Bool) {
        let socket = connections[slot].socket
        let outcome = output.withSpan { Sockets.send($0, to: socket) }
        switch outcome {
        case .bytes(let count) where count == output.count:
            connections[slot].state = .waiting
            connections[slot].isMade = true
            if isNew { watch(slot, for: .readable) }
        case .bytes(let count):
            connections[slot].isMade = true
            keepUnsent(slot, from: count, isNew: isNew)
        case .wouldBlock:
            keepUnsent(slot, from: 0, isNew: isNew)
        case .failure:
            fail(slot, connections[slot].isMade ? .closed : .connect)
        }
    }

    private mutating func keepUnsent(_ slot: Int, from offset: Int, isNew: Bool) {
        unsent[slot] = output.withSpan { $0.extracting(offset..<$0.count).toArray() }
        connections[slot].state = .sending
        connections[slot].watchesWriting = true
        if isNew { watch(slot, for: [.readable, .writable]) } else { rewatch(slot, for: [.readable, .writable]) }
    }

    /// Sends the rest of a request that the kernel did not take at once.
    mutating func sendRest(_ slot: Int) {
        let socket = connections[slot].socket
        let rest = unsent[slot]
        switch Sockets.send(rest.span, to: socket) {
        case .bytes(let count):
            connections[slot].isMade = true
            unsent[slot].removeFirst(count)
            if unsent[slot].isEmpty { stopSending(slot) }
        case .wouldBlock:
            break
        case .failure where connections[slot].isMade:
            // A server that refuses early may have answered before it closed.
            unsent[slot].removeAll()
            stopSending(slot)
        case .failure:
            fail(slot, .connect)
        }
    }

    private mutating func stopSending(_ slot: Int) {
        connections[slot].state = .waiting
        connections[slot].watchesWriting = false
        rewatch(slot, for: .readable)
    }

    // MARK: Connections

    /// Begins a connection; false when the kernel refuses at once.
    mutating func connect(_ slot: Int) -> Bool {
        do throws(SystemError) {
            connections[slot].socket = try Sockets.beginConnecting(
                to: plan.address, from: ClientAddresses.source(for: slot, to: plan.address))
            connections[slot].generation &+= 1
            connections[slot].isMade = false
            connections[slot].watchesWriting = false
            return true
        } catch {
            figures.connectError = figures.connectError ?? error
            return false
        }
    }

    mutating func watch(_ slot: Int, for interest: Readiness) {
        let token = LoopToken(.client, index: slot, generation: connections[slot].generation).value
        try? poller.add(connections[slot].socket, token: token, interest: interest)
    }

    private mutating func rewatch(_ slot: Int, for interest: Readiness) {
        let token = LoopToken(.client, index: slot, generation: connections[slot].generation).value
        try? poller.modify(connections[slot].socket, token: token, interest: interest)
    }

    /// Puts the keep-alive connection aside while a request has one of its own.
    private mutating func park(_ slot: Int) {
        guard connections[slot].socket >= 0 else { return }
        connections[slot].parked = connections[slot].socket
        connections[slot].parkedGeneration = connections[slot].generation
        connections[slot].socket = -1
    }

    /// Closes the connection of a request, and takes back the one that was put aside.
    mutating func closeConnection(_ slot: Int) {
        if connections[slot].socket >= 0 { Sockets.close(connections[slot].socket) }
        connections[slot].socket = connections[slot].parked
        connections[slot].parked = -1
        if connections[slot].socket >= 0 {
            let generation = connections[slot].parkedGeneration
            connections[slot].parkedGeneration = connections[slot].generation
            connections[slot].generation = generation
            connections[slot].isMade = true
            connections[slot].watchesWriting = false
        }
        if !partials[slot].isEmpty { partials[slot].removeAll() }
        if !unsent[slot].isEmpty { unsent[slot].removeAll() }
    }

    /// Tries again what could not connect a moment ago.
    mutating func wakeResting() {
        while let slot = resting.first, restUntil[slot] <= now {
            _ = resting.pop()
            reuse(slot)
        }
    }
}

/// Addresses that clients come from: 127.0.0.2 to 127.0.0.251 where the server is on this machine, so that it sees many
/// clients and every one has the whole range of ports; what the kernel chooses elsewhere.
enum ClientAddresses {
    static func source(for slot: Int, to address: SocketAddress) -> IPAddress? {
        guard case .internet(.ipv4(let server), _) = address, server >> 24 == 127 else { return nil }
        return .ipv4(0x7F00_0002 + UInt32(slot % 250))
    }
}
