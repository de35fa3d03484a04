import Journal

extension JournalFollower {
    /// Moves each node's watermark up to what its shards promise less the window, closes what is before it, and judges
    /// everything that was read. A watermark never goes back.
    mutating func closeWindows(_ watermarks: inout [UInt64: UInt64]) {
        // Of a node without a shard that is still to be read everything up to the bound is closed.
        for (node, bound) in bounds?.watermarks ?? [:] where !shards.contains(where: { $0.shard.node == node }) {
            watermarks[node] = max(watermarks[node] ?? 0, bound)
        }
        let told = sendsPromise
        for node in Set(shards.map(\.shard.node)) {
            let own = shards.indices.filter { shards[$0].shard.node == node }
            let isLive = own.contains { shards[$0].isLive }
            let isTimed = isLive || bounds != nil
            // Facts of a node whose writers are not here come without its events: they wait for no window, nor say
            // how far its events are here.
            let timed = isTimed ? own : own.filter { !shards[$0].shard.isAdmin }
            // Such a node holds nothing behind its last record; time itself is not closed.
            let last = timed.map { shards[$0].lastOrderTime }.max() ?? 0
            let least = min(told, timed.map { shards[$0].promise }.min() ?? .max)
            let promise = isTimed ? least : min(least, last + 1)
            let before = watermarks[node] ?? 0
            let limit = windows.limit(
                of: node, own.flatMap { [shards[$0].context.events[...], shards[$0].events[...]] },
                lastOrderTime: last, promise: promise, isLive: isLive || bounds != nil, watermark: before,
                bound: bounds.map { $0.watermarks[node] ?? 0 } ?? .max)
            if let bounds, bounds.silent.contains(node), limit == bounds.watermarks[node] {
                windows.endWindows(of: node, at: limit)
            }
            watermarks[node] = limit
            if windows.windowNanoseconds > 0 { judge(own, of: node) }
            let start = windows.contextStart(of: node)
            for index in own {
                let isFreed = !isTimed && shards[index].shard.isAdmin
                shards[index].close(before: isFreed ? .max : limit, contextStart: start)
            }
        }
    }

    /// What was sent before this is read, whichever node recorded it, as far as it is here: it counts for the events of
    /// every node.
    private var sendsPromise: UInt64 {
        guard windows.asksForSends else { return .max }
        return shards.filter { $0.shard.isAdmin && !$0.isLive && !$0.isAtEnd }.map(\.promise).min() ?? .max
    }

    private mutating func judge(_ own: [Int], of node: UInt64) {
        let verdicts = windows.verdicts(
            on: own.map { shards[$0].events[...] }, besides: own.map { shards[$0].context.events[...] }, of: node,
            &vocabulary)
        var place = 0
        for index in own {
            shards[index].changeEvents { event in
                event.engagementClass = windows.engagementClass(of: event, verdicts[place])
                place += 1
            }
        }
    }

    /// How many of the events that `closeWindows` closed were judged alone because their second is crowded.
    var crowdedClosedEvents: UInt64 {
        shards.reduce(0) { $0 + windows.crowdedCount(in: $1.closedEvents, of: $1.shard.node) }
    }

    /// Forgets the records that a commit has closed, but for those that windows still look at.
    ///
    /// - Parameter keepsRoom: true when as many are about to be read again.
    mutating func dropClosed(keepsRoom: Bool) {
        for index in shards.indices {
            let node = shards[index].shard.node
            shards[index].dropClosed(keepsRoom: keepsRoom, contextStart: windows.contextStart(of: node)) {
                windows.isEvidence($0, of: node)
            }
        }
    }
}
