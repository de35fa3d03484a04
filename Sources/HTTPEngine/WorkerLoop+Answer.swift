import Bytes

extension WorkerLoop {
    /// Answers every request that is whole in `bytes`, within the turn's bound.
    ///
    /// It closes nothing and moves no buffer: the bytes are lent. What is to happen stands in the entry.
    ///
    /// - Returns: how many bytes are used up.
    mutating func consume(_ slot: Int, _ bytes: Span<UInt8>) -> Int {
        var offset = 0
        var answered = 0
        while offset < bytes.count {
            if isFull {
                makeRunnable(slot)
                return offset
            }
            let rest = bytes.extracting(offset..<bytes.count)
            switch table.entries[slot].phase {
            case .head:
                if !table.entries[slot].awaited.isEmpty { return offset }
                if answered == limits.requestsPerTurnMax {
                    makeRunnable(slot)
                    return offset
                }
                switch RequestParser.parse(rest, limits: limits, into: &head) {
                case .complete(let count):
                    offset &+= count
                    answered &+= 1
                    table.entries[slot].emptyLines = 0
                    takeHead(slot, rest, headCount: count)
                case .incomplete:
                    return offset &+ dropEmptyLines(slot, rest)
                case .rejected(let rejection):
                    reject(slot, rejection)
                    return offset
                }
            case .proxyHeader:
                let count = takeProxyHeader(slot, rest)
                if count == 0 { return offset }
                offset &+= count
            case .droppedBody: offset &+= dropBody(slot, rest)
            case .collectedBody: offset &+= collectBody(slot, rest)
            case .lingering: return bytes.count
            }
            if table.entries[slot].ending != .none { return offset }
        }
        return offset
    }

    /// Reads whom a proxy speaks for. What is no such header ends the connection without an answer, and so does the
    /// name of a client that has too many.
    ///
    /// - Returns: how many bytes the header is; 0 when it isn't over, or none.
    private mutating func takeProxyHeader(_ slot: Int, _ bytes: Span<UInt8>) -> Int {
        switch ProxyHeader.parse(bytes) {
        case .incomplete: return 0
        case .malformed:
            tally.add(.malformedProxyHeaders)
            table.entries[slot].ending = .abandon
            return 0
        case .complete(let count, let sender):
            table.entries[slot].facts.use(sender)
            guard makeRoom(for: table.entries[slot].facts) else {
                table.entries[slot].ending = .abandon
                return 0
            }
            countClient(slot)
            handler.connectionOpened(&table.entries[slot].facts)
            table.entries[slot].phase = .head
            return count
        }
    }

    /// Drops the empty lines at the start: they belong to no request and begin none (RFC 9112 section 2.2). A client
    /// that sends many is not one that ended a body too well, but one that keeps its connection from idling.
    ///
    /// - Returns: how many bytes they are.
    private mutating func dropEmptyLines(_ slot: Int, _ bytes: Span<UInt8>) -> Int {
        var count = 0
        while count + 1 < bytes.count && bytes[count] == UInt8(ascii: "\r") && bytes[count + 1] == UInt8(ascii: "\n") {
            count += 2
        }
        guard count > 0 else { return 0 }
        let lines = Int(table.entries[slot].emptyLines) + count / 2
        table.entries[slot].emptyLines = UInt8(truncatingIfNeeded: min(lines, Self.emptyLinesMax + 1))
        if lines > Self.emptyLinesMax { reject(slot, .malformedRequestLine) }
        return count
    }

    /// Most empty lines between two requests.
    private static var emptyLinesMax: Int { 8 }

    /// Decides what becomes of a request whose head is there.
    @inline(__always)
    private mutating func takeHead(_ slot: Int, _ bytes: Span<UInt8>, headCount: Int) {
        if case .none = head.body {
            respond(slot, bytes, body: bytes.extracting(0..<0))
        } else {
            takeHeadWithBody(slot, bytes, headCount: headCount)
        }
    }

    private mutating func takeHeadWithBody(_ slot: Int, _ bytes: Span<UInt8>, headCount: Int) {
        let wanted = handler.bodyLimitBytes(for: head, in: bytes, from: table.entries[slot].facts)
        if wanted <= 0 {
            respondAndDrop(slot, bytes)
        } else if case .length(let length) = head.body, length > wanted {
            rejectBody(slot, bytes, .bodyTooLong)
        } else {
            beginCollecting(slot, bytes, headCount: headCount, limit: wanted)
        }
    }

    /// Answers at once and reads over the body, where that is cheap; else the connection ends.
    private mutating func respondAndDrop(_ slot: Int, _ bytes: Span<UInt8>) {
        var progress = BodyProgress()
        var endsHere = head.expectsContinue
        if case .length(let length) = head.body {
            progress.remaining = length
            endsHere = endsHere || length > limits.droppedBodyLimitBytes
        } else {
            progress.isChunked = true
            progress.room = limits.droppedBodyLimitBytes
        }
        // A client that waits for leave may send its body or not once it sees the answer: the connection can't go on.
        if endsHere { head.keepsAlive = false }
        respond(slot, bytes, body: bytes.extracting(0..<0))
        table.entries[slot].phase = .droppedBody
        table.entries[slot].body = progress
        if table.entries[slot].ending == .close { table.entries[slot].ending = .linger }
    }

    /// Lets the handler answer one request.
    mutating func respond(_ slot: Int, _ bytes: Span<UInt8>, body: Span<UInt8>) {
        tally.add(.requests)
        let count = table.entries[slot].facts.requestCount
        table.entries[slot].facts.requestCount = count == .max ? count : count + 1
        response.prepare(
            answersHead: head.method == .head, keepsAlive: head.keepsAlive && drain == .serving, version: head.version)
        needsCommit = true
        response.request = table.entries[slot].facts.requestCount
        response.token = WorkerToken.connection(slot, generation: table.entries[slot].generation)
        handler.respond(to: head, in: bytes, body: body, from: &table.entries[slot].facts, into: &response)
        if response.stage == .postponed { return awaitAnswer(slot) }
        finishAnswer(slot, keepsAlive: head.keepsAlive)
    }

    /// Queues the response that was written.
    ///
    /// - Parameter keepsAlive: whether the client goes on behind it.
    @inline(__always)
    mutating func finishAnswer(_ slot: Int, keepsAlive: Bool) {
        if response.stage != .finished { answerFailure() }
        queueReply(slot)
        if response.closesConnection && table.entries[slot].ending == .none {
            // A client that asked for the end reads up to it; one that didn't may be sending the next request.
            table.entries[slot].ending = keepsAlive ? .linger : .close
        }
    }

    /// Replaces a response that the handler left unfinished.
    private mutating func answerFailure() {
        response.discard()
        response.closesConnection = true
        response.begin(.internalServerError)
        response.finish(contentType: "text/plain; charset=utf-8", body: "The server has failed on this request.\n")
    }

    /// Refuses a request; the connection ends behind the answer.
    mutating func reject(_ slot: Int, _ rejection: HTTPRejection) {
        tally.add(.rejected)
        counters.count(rejection)
        response.prepare(answersHead: head.method == .head, keepsAlive: false, version: .http11)
        handler.requestRejected(rejection, from: &table.entries[slot].facts, into: &response)
        if response.stage != .finished {
            response.discard()
            response.closesConnection = true
            response.begin(rejection.status)
            response.finish(contentType: "text/plain; charset=utf-8", body: rejection.status.sentence)
        }
        queueLast(slot)
    }

    /// Refuses the request of the present head because of its body; the connection ends behind the answer.
    /// One that the handler answers counts as a request, since it got the handler's status and not the rejection's.
    ///
    /// - Parameter bytes: begin with the head.
    mutating func rejectBody(_ slot: Int, _ bytes: Span<UInt8>, _ rejection: HTTPRejection) {
        response.prepare(answersHead: head.method == .head, keepsAlive: false, version: head.version)
        handler.bodyRefused(rejection, for: head, in: bytes, into: &response)
        guard response.stage == .finished else {
            response.discard()
            return reject(slot, rejection)
        }
        tally.add(.requests)
        queueLast(slot)
    }

    /// Queues the response that was written; the connection ends behind it.
    private mutating func queueLast(_ slot: Int) {
        needsCommit = true
        queueReply(slot)
        if table.entries[slot].ending == .none { table.entries[slot].ending = .linger }
    }

    /// Remembers that the present response belongs to this connection.
    ///
    /// - Parameter responseCount: 0 for an interim one, which is no response yet.
    @inline(__always)
    private mutating func queueReply(_ slot: Int, responseCount: UInt32 = 1) {
        if response.isOutgrown { return holdOutgrown(slot) }
        let start = UInt32(truncatingIfNeeded: response.responseStart)
        let end = UInt32(truncatingIfNeeded: response.output.count)
        if table.entries[slot].hasReply {
            let last = replies.count &- 1
            if replies[last].slot == Int32(truncatingIfNeeded: slot) && replies[last].end == start {
                replies[last].end = end
                replies[last].responseCount &+= responseCount
                return
            }
        }
        if !table.entries[slot].hasReply {
            table.entries[slot].hasReply = true
            table.unlink(slot)
        }
        replies.append(
            Reply(
                slot: Int32(truncatingIfNeeded: slot), start: start, end: end, responseCount: responseCount,
                receivedNanoseconds: receivedNanoseconds))
    }

    /// Tells a client that waits for leave to send its body (RFC 9110 section 10.1.1).
    mutating func sendContinue(_ slot: Int) {
        response.appendInterim("HTTP/1.1 100 Continue\r\n\r\n")
        queueReply(slot, responseCount: 0)
    }
}
