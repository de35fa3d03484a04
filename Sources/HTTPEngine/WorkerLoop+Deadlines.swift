extension WorkerLoop {
    /// Longest time in a list.
    private func timeout(_ kind: DeadlineKind) -> UInt64 {
        switch kind {
        case .idle: limits.idleTimeoutNanoseconds
        case .head: limits.headTimeoutNanoseconds
        case .body: limits.bodyTimeoutNanoseconds
        case .write: limits.writeTimeoutNanoseconds
        case .linger: limits.lingerTimeoutNanoseconds
        case .answer: limits.answerTimeoutNanoseconds
        case .none: .max
        }
    }

    /// When the next deadline is due by the monotonic clock.
    func nextDeadline() -> UInt64 {
        var next = UInt64.max
        for index in 0..<DeadlineList.count {
            let list = DeadlineList(index: index)
            if let slot = table.first(list) { next = min(next, table.entries[slot].since &+ timeout(list.kind)) }
        }
        return next
    }

    /// Ends what has had its time.
    mutating func expireDeadlines() {
        for index in 0..<DeadlineList.count {
            let list = DeadlineList(index: index)
            while !isFull, let slot = table.first(list), now >= table.entries[slot].since &+ timeout(list.kind) {
                expire(slot, list.kind)
            }
        }
    }

    private mutating func expire(_ slot: Int, _ kind: DeadlineKind) {
        switch kind {
        case .idle:
            tally.add(.idleTimeouts)
            if table.entries[slot].facts.isTrusted { tally.add(.trustedIdleTimeouts) }
            close(slot)
        case .head:
            tally.add(.headTimeouts)
            // It has asked nothing.
            if table.entries[slot].phase == .proxyHeader { return close(slot) }
            table.unlink(slot)
            head.reset()
            reject(slot, .headTimeout)
        case .body:
            tally.add(.bodyTimeouts)
            table.unlink(slot)
            head.reset()
            // A request whose body is dropped has its answer already.
            if table.entries[slot].phase == .collectedBody { reject(slot, .bodyTimeout) } else { close(slot) }
        case .write:
            tally.add(.writeTimeouts)
            close(slot)
        case .answer: expireAnswer(slot)
        case .linger, .none: close(slot)
        }
    }
}
