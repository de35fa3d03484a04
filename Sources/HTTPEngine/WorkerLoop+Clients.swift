import Bytes
import LinuxSystem

// The limit on the connections of one client.

extension WorkerLoop {
    /// Takes other limits over. Nobody's connection ends by that, nor any request that is under way.
    mutating func use(_ next: HTTPLimits) {
        precondition(next.problem == nil, "the limits contradict each other")
        let before = limits
        limits = next
        if next.headLimitBytes != before.headLimitBytes { resizeBuffers() }
        if next.connectionsPerClientMax != before.connectionsPerClientMax { countClients() }
    }

    /// Has buffers hold the longest head that is taken now. Half a request moves to a larger one where it may grow.
    private mutating func resizeBuffers() {
        input = SharedInput(ByteBuffer(capacity: limits.headLimitBytes))
        pool.use(standardBytes: limits.headLimitBytes)
        for slot in table.entries.indices {
            guard let held = table.entries[slot].input, held.capacity < limits.headLimitBytes else { continue }
            let larger = pool.take(limits.headLimitBytes)
            held.bytes.withSpan { larger.bytes.append($0) }
            larger.receivedNanoseconds = held.receivedNanoseconds
            table.entries[slot].input = larger
            pool.put(held)
        }
    }

    /// Counts the open connections anew, or forgets all counts where there is no limit.
    mutating func countClients() {
        let isLimited = limits.connectionsPerClientMax != nil
        clients = ClientConnections(connectionCountMax: isLimited ? table.capacity : 0)
        for slot in table.entries.indices { table.entries[slot].client = nil }
        guard isLimited else { return }
        for slot in table.entries.indices {
            guard table.entries[slot].descriptor >= 0, table.entries[slot].phase != .proxyHeader else { continue }
            countClient(slot)
        }
    }

    /// Makes room among a client's connections for one more.
    ///
    /// - Returns: false when the new one has to go: its client has too many, and none of them idles.
    mutating func makeRoom(for facts: ConnectionFacts) -> Bool {
        guard let most = limits.connectionsPerClientMax, let client = limitedClient(of: facts) else { return true }
        let (count, first) = clients.connections(of: client)
        guard count >= most else { return true }
        tally.add(.overClientLimit)
        guard let idle = longestIdle(from: first) else { return false }
        close(idle)
        return true
    }

    /// Counts a connection for its client, if that has a limit.
    mutating func countClient(_ slot: Int) {
        guard clients.isOn, let client = limitedClient(of: table.entries[slot].facts) else { return }
        let (_, first) = clients.connections(of: client)
        clients.add(Int32(truncatingIfNeeded: slot), of: client)
        table.entries[slot].client = client
        table.joinRing(slot, before: first)
    }

    /// Counts a connection no more: it is about to close.
    mutating func uncountClient(_ slot: Int) {
        guard let client = table.entries[slot].client else { return }
        let next = table.leaveRing(slot)
        let (_, first) = clients.connections(of: client)
        clients.remove(of: client, leaving: Int(first) == slot ? next : first)
        table.entries[slot].client = nil
    }

    /// Whose connection it is, where that has a limit. A trusted proxy is many people, and so it has none.
    private func limitedClient(of facts: ConnectionFacts) -> ClientNetwork? {
        guard let address = facts.address else { return nil }
        let isProxy = facts.isNamedByHeader ? handler.isTrustedProxy(address) : facts.isTrusted
        return isProxy ? nil : ClientNetwork(address)
    }

    /// Of a client's oldest connections the one that has idled longest. Only so many are looked at, so that new ones
    /// stay cheap, however many there are.
    private func longestIdle(from first: Int32) -> Int? {
        guard first != Connection.none else { return nil }
        var longest: Int?
        var slot = Int(first)
        for _ in 0..<Self.lookedAtMax {
            if table.entries[slot].deadline == .idle, slot != serving,
                table.entries[slot].since < longest.map({ table.entries[$0].since }) ?? .max
            {
                longest = slot
            }
            slot = Int(table.entries[slot].clientNext)
            if slot == Int(first) { break }
        }
        return longest
    }

    private static var lookedAtMax: Int { 64 }
}

extension ConnectionTable {
    /// Puts a connection at the end of the ring that begins with `first`, or into one of its own.
    fileprivate mutating func joinRing(_ slot: Int, before first: Int32) {
        let own = Int32(truncatingIfNeeded: slot)
        let next = first == Connection.none ? own : first
        let last = first == Connection.none ? own : entries[Int(first)].clientPrevious
        entries[slot].clientNext = next
        entries[slot].clientPrevious = last
        entries[Int(next)].clientPrevious = own
        entries[Int(last)].clientNext = own
    }

    /// Takes a connection out of its ring.
    ///
    /// - Returns: the one behind it, or none.
    fileprivate mutating func leaveRing(_ slot: Int) -> Int32 {
        let (previous, next) = (entries[slot].clientPrevious, entries[slot].clientNext)
        entries[Int(previous)].clientNext = next
        entries[Int(next)].clientPrevious = previous
        return Int(next) == slot ? Connection.none : next
    }
}
