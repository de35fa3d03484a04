import LinuxSystem

/// How many connections a listener is likely to have waiting: as many as in its last turn, or twice as many where that
/// took all that were expected. Where one was expected and one came, that says little, and every eighth turn looks for
/// a second.
struct ListenerArrivals {
    private(set) var expected: Int
    /// Connections accepted at the end of a drain.
    var acceptedAtEnd = 0
    private var single = 0

    init(expected: Int) {
        self.expected = expected
    }

    /// Learns from a turn.
    mutating func note(_ taken: Int, of expected: Int) {
        if taken < expected {
            self.expected = max(1, taken)
        } else if expected > 1 || single == 7 {
            self.expected = 2 * expected
            single = 0
        } else {
            single += 1
        }
    }
}

extension WorkerLoop {
    /// Begins to watch the listeners.
    mutating func watchListeners() throws(SystemError) {
        for index in listeners.indices {
            let interest: Readiness = listeners[index].isShared ? [.readable, .exclusive] : .readable
            try poller.add(
                listeners[index].socket.rawValue, token: WorkerToken.listener(index), interest: interest)
        }
    }

    /// Accepts from the listeners that have connections waiting, so many from each.
    ///
    /// The kernel makes a socket and a file before it looks whether somebody waits, and takes them down again when
    /// nobody does. So a listener is not asked until it has nobody left, but for as many as it is expected to have:
    /// whoever is left is told of again.
    mutating func acceptReady() {
        for index in listeners.indices where readyListeners & (1 << UInt64(index)) != 0 {
            let expected = min(arrivals[index].expected, limits.acceptsPerTurnMax)
            var taken = 0
            while taken < expected && !isAcceptPaused && !isFull && accept(index) { taken += 1 }
            // A full turn answers nobody more: whoever waits comes first in the next.
            guard taken == expected || !isFull else { continue }
            readyListeners &= ~(1 << UInt64(index))
            arrivals[index].note(taken, of: expected)
        }
    }

    /// Accepts one connection and looks at once whether its request is there.
    ///
    /// - Returns: false when nobody waits, or accepting has to stop.
    mutating func accept(_ listener: Int) -> Bool {
        if table.isFull && leastMissed() == nil {
            pauseAccepting(until: now)
            return false
        }
        switch listeners[listener].socket.accept() {
        case .connection(let socket, let peer):
            tally.add(.accepted)
            var facts = ConnectionFacts(
                address: peer.ipAddress, port: peer.port ?? 0, listenerIndex: UInt8(truncatingIfNeeded: listener))
            facts.isTrusted = handler.isTrustedProxy(facts.address)
            open(socket, facts, beginsWithProxyHeader: listeners[listener].requiresProxyHeader)
            return true
        case .wouldBlock: return false
        case .aborted: return true
        case .outOfDescriptors:
            tally.add(.outOfDescriptors)
            if !shed() { pauseAccepting(until: now &+ Self.acceptPauseNanoseconds) }
            return false
        case .failure:
            // The kernel has run out of something else: waiting is all that can be done.
            pauseAccepting(until: now &+ Self.acceptPauseNanoseconds)
            return false
        }
    }

    /// Takes a connection in, unless its peer may not speak for others where that is asked for, or has too many.
    private mutating func open(_ socket: Int32, _ facts: ConnectionFacts, beginsWithProxyHeader: Bool) {
        guard !beginsWithProxyHeader || facts.isTrusted else {
            // Nobody is told anything, nor made to give way.
            tally.add(.untrustedPeers)
            Sockets.close(socket)
            return
        }
        guard beginsWithProxyHeader || makeRoom(for: facts) else {
            Sockets.close(socket)
            return
        }
        if table.isFull { _ = shed() }
        var facts = facts
        if !beginsWithProxyHeader { handler.connectionOpened(&facts) }
        let slot = table.open(socket, facts: facts)
        if beginsWithProxyHeader { table.entries[slot].phase = .proxyHeader } else { countClient(slot) }
        receive(slot)
    }

    /// How long accepting stops where room in the table is not the reason.
    private static var acceptPauseNanoseconds: UInt64 { 100_000_000 }

    /// The connection that is missed least: of those that idle, linger or send a head, the one that has done so
    /// longest; else the one whose body or answer has been under way longest. Never one of a trusted proxy.
    ///
    /// Whoever fills the table with halves of heads would otherwise have everybody else's connection closed as soon as
    /// it idles.
    private func leastMissed() -> Int? {
        var longest: Int?
        for kind in [DeadlineKind.idle, .linger, .head] {
            guard let slot = table.first(DeadlineList(kind, isTrusted: false)), slot != serving else { continue }
            if let other = longest, table.entries[other].since <= table.entries[slot].since { continue }
            longest = slot
        }
        if let longest { return longest }
        for kind in [DeadlineKind.body, .write] {
            if let slot = table.first(DeadlineList(kind, isTrusted: false)), slot != serving { return slot }
        }
        return nil
    }

    /// Closes the connection that is missed least, if there is one.
    private mutating func shed() -> Bool {
        guard let slot = leastMissed() else { return false }
        tally.add(.shed)
        close(slot)
        return true
    }

    /// Closes the connection that has held a buffer longest; one of a trusted proxy only where there is no other.
    mutating func shedHolder() {
        guard let slot = longestHolder(isTrusted: false) ?? longestHolder(isTrusted: true) else { return }
        tally.add(.shed)
        close(slot)
    }

    private func longestHolder(isTrusted: Bool) -> Int? {
        var oldest: Int?
        for kind in [DeadlineKind.head, .body, .write] {
            guard let slot = table.first(DeadlineList(kind, isTrusted: isTrusted)), slot != serving else { continue }
            if let other = oldest, table.entries[other].since <= table.entries[slot].since { continue }
            oldest = slot
        }
        return oldest
    }

    /// Leaves new connections in the kernel's queue until one of ours is gone.
    private mutating func pauseAccepting(until time: UInt64) {
        acceptPausedUntil = time
        guard !isAcceptPaused else { return }
        tally.add(.acceptPauses)
        isAcceptPaused = true
        for listener in listeners { try? poller.remove(listener.socket.rawValue) }
    }

    /// Accepts again once there is room and the time of the pause is over.
    mutating func resumeAccepting() {
        guard !table.isFull && now >= acceptPausedUntil else { return }
        isAcceptPaused = false
        do throws(SystemError) {
            try watchListeners()
        } catch {
            pauseAccepting(until: now &+ Self.acceptPauseNanoseconds)
        }
    }
}
