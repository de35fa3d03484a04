import Bytes

extension WorkerLoop {
    /// Reads over a body that nobody wants.
    ///
    /// - Returns: how many bytes belong to it.
    mutating func dropBody(_ slot: Int, _ bytes: Span<UInt8>) -> Int {
        guard table.entries[slot].body.isChunked else {
            let used = min(table.entries[slot].body.remaining, bytes.count)
            table.entries[slot].body.remaining -= used
            if table.entries[slot].body.remaining == 0 { table.entries[slot].phase = .head }
            return used
        }
        var offset = 0
        while true {
            switch table.entries[slot].body.decoder.next(bytes, at: &offset) {
            case .needsMore: return offset
            case .data(let range):
                table.entries[slot].body.room -= range.count
                if table.entries[slot].body.room < 0 {
                    table.entries[slot].ending = .linger
                    return offset
                }
            case .finished:
                table.entries[slot].phase = .head
                return offset
            case .malformed:
                // The request is answered already: all that is left is to end the connection.
                counters.count(.malformedChunk)
                table.entries[slot].ending = .linger
                return offset
            }
        }
    }

    /// Begins to collect a body that the handler asked for: head and body go behind each other into one buffer.
    mutating func beginCollecting(_ slot: Int, _ bytes: Span<UInt8>, headCount: Int, limit: Int) {
        var progress = BodyProgress()
        progress.headCount = headCount
        progress.room = limit
        if case .length(let length) = head.body {
            if bytes.count - headCount >= length {
                // It is all there: no copy. The bytes count as used when `collectBody` sees them again as dropped.
                respond(slot, bytes, body: bytes.extracting(headCount..<headCount + length))
                progress.remaining = length
                table.entries[slot].phase = .droppedBody
                table.entries[slot].body = progress
                return
            }
            progress.remaining = length
            progress.room = length
        } else {
            progress.isChunked = true
        }
        let collected = takeBuffer(headCount + progress.room)
        collected.bytes.append(bytes.extracting(0..<headCount))
        table.entries[slot].collected = collected
        table.entries[slot].phase = .collectedBody
        table.entries[slot].body = progress
        if head.expectsContinue && bytes.count == headCount { sendContinue(slot) }
    }

    /// Collects what has come of a body, and answers the request when that is all.
    ///
    /// - Returns: how many bytes belong to it.
    mutating func collectBody(_ slot: Int, _ bytes: Span<UInt8>) -> Int {
        guard let collected = table.entries[slot].collected else { return bytes.count }
        guard table.entries[slot].body.isChunked else {
            let used = min(table.entries[slot].body.remaining, bytes.count)
            collected.bytes.append(bytes.extracting(0..<used))
            table.entries[slot].body.remaining -= used
            if table.entries[slot].body.remaining == 0 { respondCollected(slot, collected) }
            return used
        }
        var offset = 0
        while true {
            switch table.entries[slot].body.decoder.next(bytes, at: &offset) {
            case .needsMore: return offset
            case .data(let range):
                table.entries[slot].body.room -= range.count
                if table.entries[slot].body.room < 0 {
                    rejectCollected(slot, collected, .bodyTooLong)
                    return offset
                }
                collected.bytes.append(bytes.extracting(range))
            case .finished:
                respondCollected(slot, collected)
                return offset
            case .malformed:
                rejectCollected(slot, collected, .malformedChunk)
                return offset
            }
        }
    }

    /// Refuses a request whose chunks are malformed or became too long. The head is parsed again: it stands at the
    /// start of the buffer.
    private mutating func rejectCollected(_ slot: Int, _ collected: HeldBuffer, _ rejection: HTTPRejection) {
        let headCount = table.entries[slot].body.headCount
        collected.bytes.withSpan { bytes in
            _ = RequestParser.parse(bytes.extracting(0..<headCount), limits: limits, into: &head)
            rejectBody(slot, bytes.extracting(0..<headCount), rejection)
        }
    }

    /// Answers a request whose body is whole. The head is parsed again: it stands at the start of the buffer.
    private mutating func respondCollected(_ slot: Int, _ collected: HeldBuffer) {
        table.entries[slot].collected = nil
        let headCount = table.entries[slot].body.headCount
        table.entries[slot].phase = .head
        collected.bytes.withSpan { bytes in
            _ = RequestParser.parse(bytes.extracting(0..<headCount), limits: limits, into: &head)
            respond(slot, bytes, body: bytes.extracting(headCount..<bytes.count))
        }
        pool.put(collected)
    }
}
