import Bytes
import LinuxSystem

/// Clients that a server has to live with while the others are measured: idle connections, and slow ones that send
/// their request a byte at a time.
struct BackgroundClients {
    struct SlowClient {
        var socket: Int32 = -1
        var generation: UInt32 = 0
        var request: [UInt8] = []
        var sentBytes = 0
        var counter: UInt64 = 0
        var sentAt: UInt64 = 0
        var answer: [UInt8] = []
    }

    private let dripNanoseconds: UInt64
    private(set) var idle: [Int32] = []
    var slow: [SlowClient]
    /// The slow client whose turn is next.
    private var cursor = 0
    /// When the next slow client sends its next byte.
    private(set) var nextDripAt = UInt64.max
    var ledger: RequestLedger

    init(_ plan: LoopPlan) {
        slow = [SlowClient](repeating: SlowClient(), count: plan.slow)
        dripNanoseconds = plan.slow == 0 ? 0 : max(1, plan.limits.dripNanoseconds / UInt64(plan.slow))
        ledger = RequestLedger(lane: VisitIDs.laneCountMax - 1 - plan.lane)
    }

    mutating func begin(at start: UInt64) {
        if !slow.isEmpty { nextDripAt = start }
    }

    /// The slow client that has to send a byte by `now`, if any.
    mutating func takeDue(now: UInt64) -> Int? {
        guard nextDripAt <= now else { return nil }
        let index = cursor
        cursor = cursor + 1 == slow.count ? 0 : cursor + 1
        nextDripAt += dripNanoseconds
        return index
    }

    // MARK: Idle connections

    mutating func addIdle(_ socket: Int32) -> Int {
        idle.append(socket)
        return idle.count - 1
    }

    /// An idle connection has something to say: the server gave it up.
    mutating func idleEvent(_ token: LoopToken) {
        guard idle[token.index] >= 0 else { return }
        Sockets.close(idle[token.index])
        idle[token.index] = -1
    }

    mutating func close(into figures: inout LoopFigures) {
        for socket in idle where socket >= 0 {
            figures.idleOpen += 1
            Sockets.close(socket)
        }
        figures.idleLost = idle.count - figures.idleOpen
        for client in slow where client.socket >= 0 { Sockets.close(client.socket) }
    }
}

extension ClientLoop {
    /// Opens the idle connections, some at a time.
    mutating func openIdle() throws(SystemError) {
        for index in 0..<plan.idle {
            let socket = try Sockets.beginConnecting(
                to: plan.address, from: ClientAddresses.source(for: index, to: plan.address))
            let place = background.addIdle(socket)
            try poller.add(
                socket, token: LoopToken(.idle, index: place, generation: 0).value, interest: [.readable, .peerClosed])
            if index % plan.limits.idleBatchCount == plan.limits.idleBatchCount - 1 {
                SystemThread.sleep(nanoseconds: 1_000_000)
            }
        }
    }

    /// Sends the bytes of the slow clients whose time has come.
    mutating func drip() throws(SystemError) {
        while now < endAt, let index = background.takeDue(now: now) {
            if background.slow[index].socket < 0 { try openSlow(index) }
            if background.slow[index].request.isEmpty { beginSlow(index) }
            let client = background.slow[index]
            if client.sentBytes == client.request.count {
                if now - min(now, client.sentAt) > plan.limits.timeoutNanoseconds { failSlow(index) }
                continue
            }
            // The first request of each begins as if it were under way, or all of them would end in the same moment.
            let isFirst = client.generation == 1 && client.sentBytes == 0 && client.counter < background.slow.count
            let count = isFirst ? 1 + (client.request.count - 2) * index / background.slow.count : 1
            let bytes = client.request.span.extracting(client.sentBytes..<client.sentBytes + count)
            switch Sockets.send(bytes, to: client.socket) {
            case .bytes(let count):
                background.slow[index].sentBytes += count
                background.slow[index].sentAt = now
            case .wouldBlock: break
            case .failure: failSlow(index)
            }
        }
    }

    private mutating func openSlow(_ index: Int) throws(SystemError) {
        let socket = try Sockets.beginConnecting(
            to: plan.address, from: ClientAddresses.source(for: index, to: plan.address))
        background.slow[index].socket = socket
        background.slow[index].generation &+= 1
        let token = LoopToken(.slow, index: index, generation: background.slow[index].generation)
        try poller.add(socket, token: token.value, interest: .readable)
    }

    private mutating func beginSlow(_ index: Int) {
        let counter = background.ledger.send()
        output.removeAll()
        _ = maker.writeSlow(visit: VisitIDs(salt: plan.salt, lane: background.ledger.lane)[counter], into: &output)
        background.slow[index].request = output.toArray()
        background.slow[index].counter = counter
        background.slow[index].sentBytes = 0
        background.slow[index].answer = []
    }

    mutating func handleSlow(_ token: LoopToken) {
        let client = background.slow[token.index]
        guard client.socket >= 0, client.generation & 0xFF_FFFF == token.generation else { return }
        input.removeAll()
        switch Sockets.receive(from: client.socket, into: &input) {
        case .bytes:
            let answer = client.answer + input.toArray()
            switch checker.check(answer.span, against: plan.requests.slowExpectation, isAlone: false) {
            case .incomplete:
                background.slow[token.index].answer = answer
            case .accepted where client.sentBytes == client.request.count:
                background.ledger.acknowledge(client.counter)
                figures.slowCompleted += 1
                background.slow[token.index].request = []
                background.slow[token.index].answer = []
            case .accepted, .wrong:
                failSlow(token.index)
            }
        case .wouldBlock: break
        case .endOfStream, .failure: failSlow(token.index)
        }
    }

    private mutating func failSlow(_ index: Int) {
        figures.slowErrors += 1
        Sockets.close(background.slow[index].socket)
        background.slow[index].socket = -1
        background.slow[index].request = []
    }
}
