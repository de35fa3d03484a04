import LinuxSystem

extension WorkerLoop {
    /// Lets a connection wait for an answer that another thread gives. Nothing further of it is read meanwhile.
    mutating func awaitAnswer(_ slot: Int) {
        var how: Connection.Awaited = .answer
        if head.method == .head { how.insert(.withoutBody) }
        if head.keepsAlive { how.insert(.keepsAlive) }
        if head.version == .http10 { how.insert(.http10) }
        table.entries[slot].awaited = how
        // Nothing waits to be written while an answer is awaited: the place is free for the time of the request.
        table.entries[slot].writeSince = receivedNanoseconds
    }

    /// Writes the answers that other threads gave.
    mutating func giveLateAnswers() {
        for answer in control.lateAnswers.take() {
            let slot = WorkerToken.slot(answer.token)
            let isAwaited =
                table.isCurrent(slot, generation: WorkerToken.generation(answer.token))
                && !table.entries[slot].awaited.isEmpty
                && table.entries[slot].facts.requestCount == answer.request
            guard isAwaited else { continue }
            // A slot has one place in a turn's output, and a full turn answers nobody more.
            guard !isFull, !table.entries[slot].hasReply else {
                control.lateAnswers.put(answer)
                nextTick = 0
                continue
            }
            giveAnswer(slot, answer.write)
        }
    }

    private mutating func giveAnswer(_ slot: Int, _ write: (inout ResponseWriter) -> Void) {
        let how = table.entries[slot].awaited
        table.entries[slot].awaited = []
        receivedNanoseconds = table.entries[slot].writeSince
        response.prepare(
            answersHead: how.contains(.withoutBody), keepsAlive: how.contains(.keepsAlive) && drain == .serving,
            version: how.contains(.http10) ? .http10 : .http11)
        write(&response)
        finishAnswer(slot, keepsAlive: how.contains(.keepsAlive))
        if table.entries[slot].input != nil || table.entries[slot].isUnread { makeRunnable(slot) }
        if table.entries[slot].peerEnded { endAfterReplies(slot) }
    }

    /// Ends the wait for an answer that did not come.
    mutating func expireAnswer(_ slot: Int) {
        table.unlink(slot)
        giveAnswer(slot) { response in
            response.closesConnection = true
            response.begin(.serviceUnavailable)
            response.finish(
                contentType: "text/plain; charset=utf-8",
                body: "It takes longer than expected. Nobody knows yet whether it is done: ask again.\n")
        }
    }
}
