import LinuxSystem

/// How far the end of a worker is.
enum DrainPhase: Equatable {
    /// It isn't near.
    case serving
    /// Answers end their connections; new ones are still accepted.
    case announcing
    /// The listeners were closed in this turn.
    case closing
    /// The listeners are closed; what is in flight finishes.
    case finishing
}

extension WorkerLoop {
    /// How long a connection that was accepted and has sent nothing yet may take to send it, once the listeners are
    /// closed.
    private static var firstRequestNanoseconds: UInt64 { 1_000_000_000 }

    /// Most connections accepted from one listener when it closes: more than a queue holds, so that a flood ends.
    private static var acceptsAtEndMax: Int { 8_192 }

    /// When the drain has something to do next, by the monotonic clock.
    func nextDrainStep() -> UInt64 {
        guard let times = control.drainTimes else { return .max }
        switch drain {
        case .serving: return 0
        case .announcing: return min(times.closeListenersAt, times.finishBy)
        // Idle connections are looked at again soon; with none left the next turn is the last.
        case .closing, .finishing: return min(times.finishBy, table.count == 0 ? 0 : now &+ 10_000_000)
        }
    }

    /// Begins to drain, and closes the listeners when it is time for that.
    mutating func beginDrain() {
        guard let times = control.drainTimes else { return }
        if drain == .serving { drain = .announcing }
        if now >= min(times.closeListenersAt, times.finishBy) && acceptDry() { drain = .closing }
    }

    /// Ends what idles, and at the end everything.
    ///
    /// - Parameter isIdle: the present turn had nothing to do.
    /// - Returns: false when the worker is done.
    mutating func goOnDraining(isIdle: Bool) -> Bool {
        guard let times = control.drainTimes else { return true }
        if now >= times.finishBy {
            closeAll()
        } else if isIdle && runnable.isEmpty {
            // Whatever the clients had sent has been read: who idles now has no request under way here.
            closeIdle()
        }
        return table.count > 0
    }

    /// Accepts whoever waits, then closes the listeners: closing first would reset those who wait. Who waits at one
    /// that outlives this process is left to the next.
    ///
    /// - Returns: false when the turn has no room for more of them.
    private mutating func acceptDry() -> Bool {
        for index in listeners.indices where !listeners[index].outlivesProcess {
            while arrivals[index].acceptedAtEnd < Self.acceptsAtEndMax {
                if isFull { return false }
                guard accept(index) else { break }
                arrivals[index].acceptedAtEnd += 1
            }
        }
        for listener in listeners { try? poller.remove(listener.socket.rawValue) }
        listeners.removeAll()
        isAcceptPaused = false
        return true
    }

    private mutating func closeIdle() {
        for isTrusted in [false, true] {
            var next = table.first(DeadlineList(.idle, isTrusted: isTrusted))
            while let slot = next {
                next = table.next(after: slot)
                let isNew = table.entries[slot].facts.requestCount == 0
                if !isNew || now >= table.entries[slot].since &+ Self.firstRequestNanoseconds { close(slot) }
            }
        }
    }

    /// Closes every connection as it is.
    mutating func closeAll() {
        for slot in table.entries.indices where table.entries[slot].descriptor >= 0 { close(slot) }
    }
}
