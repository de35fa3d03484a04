import Bytes
import LinuxSystem

// Answers, their checks, and everything that goes wrong.

extension ClientLoop {
    // As bits: set algebra on literals of options is not specialised across modules, and allocates.
    private static let canRead =
        Readiness.readable.rawValue | Readiness.error.rawValue | Readiness.hangUp.rawValue
    private static let canWrite =
        Readiness.writable.rawValue | Readiness.error.rawValue | Readiness.hangUp.rawValue

    /// What is told of one descriptor.
    mutating func handle(_ event: PollEvent) {
        let token = LoopToken(event.token)
        switch token.owner {
        case .client: handleClient(event, token)
        case .idle: background.idleEvent(token)
        case .slow: handleSlow(token)
        }
    }

    private mutating func handleClient(_ event: PollEvent, _ token: LoopToken) {
        let slot = token.index
        let connection = connections[slot]
        guard connection.socket >= 0, connection.generation & 0xFF_FFFF == token.generation else {
            if connection.parked >= 0, connection.parkedGeneration & 0xFF_FFFF == token.generation {
                // The server gave up the connection that waits.
                Sockets.close(connection.parked)
                connections[slot].parked = -1
                figures.reconnects += 1
            }
            return
        }
        if connection.watchesWriting, event.readiness.rawValue & Self.canWrite != 0 {
            sendRest(slot)
            // An answer may come before the request is out: what is too large is refused early.
            guard connections[slot].generation == connection.generation, connections[slot].state != .idle else {
                return
            }
        }
        if event.readiness.rawValue & Self.canRead != 0 { receive(slot) }
    }

    private mutating func receive(_ slot: Int) {
        input.removeAll()
        let outcome = Sockets.receive(from: connections[slot].socket, into: &input)
        now = SystemClock.monotonicNanoseconds()
        switch outcome {
        case .bytes:
            guard connections[slot].state == .waiting || connections[slot].state == .sending else {
                return closeBetweenRequests(slot)
            }
            judge(slot)
        case .wouldBlock:
            break
        case .endOfStream, .failure:
            guard connections[slot].state == .waiting || connections[slot].state == .sending else {
                return closeBetweenRequests(slot)
            }
            fail(slot, connections[slot].isMade ? .closed : .connect)
        }
    }

    private mutating func closeBetweenRequests(_ slot: Int) {
        figures.reconnects += 1
        closeConnection(slot)
    }

    private mutating func judge(_ slot: Int) {
        let expectation = Int(connections[slot].expectation)
        let isAlone = connections[slot].isAlone
        let verdict: ResponseVerdict
        if partials[slot].isEmpty {
            verdict = input.withSpan { checker.check($0, against: expectation, isAlone: isAlone) }
        } else {
            input.withSpan { bytes in
                for index in bytes.indices { partials[slot].append(bytes[index]) }
            }
            let whole = partials[slot]
            verdict = checker.check(whole.span, against: expectation, isAlone: isAlone)
        }
        switch verdict {
        case .incomplete:
            if partials[slot].isEmpty { partials[slot] = input.toArray() }
        case .accepted(let closes):
            complete(slot, closes: closes)
        case .wrong(let mismatch):
            remember(mismatch, slot)
            fail(slot, ErrorKind(mismatch))
        }
    }

    private mutating func complete(_ slot: Int, closes: Bool) {
        let connection = connections[slot]
        inFlight -= 1
        completedAltogether += 1
        if plan.requests.expectations[Int(connection.expectation)].isRecorded {
            ledger.acknowledge(connection.counter)
        }
        if now >= beginAt {
            let latency = now - connection.dueAt
            if connection.dueAt >= beginAt {
                figures.completed += 1
                figures.latency.record(latency)
            }
            if now < endAt {
                let second = secondIndex
                figures.completedInTime += 1
                figures.seconds[second].completed += 1
                figures.seconds[second].latency.record(latency)
            }
        }
        if closes || connection.isAlone || connection.state == .sending {
            closeConnection(slot)
        } else if !partials[slot].isEmpty {
            partials[slot].removeAll(keepingCapacity: true)
        }
        reuse(slot)
    }

    /// The second of the measured part that `now` lies in; an error behind it stands in the last.
    private var secondIndex: Int {
        min(Int((now - beginAt) / 1_000_000_000), figures.seconds.count - 1)
    }

    // MARK: Errors

    enum ErrorKind {
        case status, location, body, connect, timeout, closed

        init(_ mismatch: ResponseVerdict.Mismatch) {
            switch mismatch {
            case .status: self = .status
            case .location: self = .location
            case .body: self = .body
            }
        }
    }

    /// Counts an error, closes the connection and goes on with the next request. What was due in the measured part
    /// stands in the latencies with the time that it has waited: a stall that ends in an error is a stall.
    mutating func fail(_ slot: Int, _ kind: ErrorKind) {
        inFlight -= 1
        let due = connections[slot].dueAt
        if due >= beginAt { figures.latency.record(now - min(due, now)) }
        switch kind {
        case .status: figures.errors.status += 1
        case .location: figures.errors.location += 1
        case .body: figures.errors.body += 1
        case .connect: figures.errors.connect += 1
        case .timeout: figures.errors.timeout += 1
        case .closed: figures.errors.closed += 1
        }
        if now >= beginAt { figures.seconds[secondIndex].errors += 1 }
        closeConnection(slot)
        if kind == .connect {
            connections[slot].state = .resting
            restUntil[slot] = now + plan.limits.reconnectNanoseconds
            resting.push(slot)
        } else {
            reuse(slot)
        }
    }

    /// Keeps an answer for the message: nil says that it was not whole in time.
    private mutating func remember(_ mismatch: ResponseVerdict.Mismatch?, _ slot: Int) {
        guard figures.wrongAnswer == nil else { return }
        let all = partials[slot].isEmpty && mismatch != nil ? input.toArray() : partials[slot]
        figures.wrongAnswer = WrongAnswer(
            mismatch: mismatch, expected: plan.requests.expectations[Int(connections[slot].expectation)],
            received: Array(all.prefix(1_024)))
    }

    /// Gives up what has waited too long.
    mutating func sweepTimeouts() {
        guard now >= sweepAt else { return }
        sweepAt = now + 50_000_000
        for slot in connections.indices {
            let state = connections[slot].state
            guard state == .waiting || state == .sending,
                now - min(now, connections[slot].sentAt) >= plan.limits.timeoutNanoseconds
            else { continue }
            if !partials[slot].isEmpty { remember(nil, slot) }
            fail(slot, .timeout)
        }
    }
}
