import Journal

/// Of one shard, the closed events that open windows still look at, and where to read them again after a restart.
struct WindowContext {
    /// The events, in the order of the shard.
    private(set) var events: [FoldedEvent] = []
    /// Where the first record of each second begins that is counted and not forgotten.
    private var marks: [(orderTime: UInt64, position: ShardPosition)] = []

    /// Puts an event that was read again behind the others.
    mutating func append(_ event: FoldedEvent, orderTime: UInt64, startingAt position: ShardPosition) {
        note(orderTime, startingAt: position, keepsFrom: 0)
        events.append(event)
    }

    /// Puts an event that was just closed behind the others.
    mutating func keep(_ event: FoldedEvent) {
        events.append(event)
    }

    /// Notes where a record that is counted begins.
    mutating func note(_ orderTime: UInt64, startingAt position: ShardPosition, keepsFrom start: UInt64) {
        if let last = marks.last, last.orderTime / Self.secondNanoseconds == orderTime / Self.secondNanoseconds {
            return
        }
        if orderTime >= start { marks.append((orderTime, position)) }
    }

    /// Where the first record begins that is not before a moment, a whole second; `end` where all that are counted are.
    mutating func position(from start: UInt64, end: ShardPosition) -> ShardPosition {
        let older = marks.prefix { $0.orderTime < start }.count
        if older > 0 { marks.removeFirst(older) }
        return marks.first?.position ?? end
    }

    private static let secondNanoseconds = CrowdedSeconds.nanoseconds

    /// Forgets the events before a moment and what is no evidence.
    mutating func drop(before start: UInt64, _ isEvidence: (FoldedEvent) -> Bool) {
        if events.contains(where: { $0.orderTimeNanoseconds < start || !isEvidence($0) }) {
            events.removeAll { $0.orderTimeNanoseconds < start || !isEvidence($0) }
        }
    }

    /// Gives the events the numbers of another vocabulary.
    mutating func translate(from old: FigureVocabulary, to new: inout FigureVocabulary) {
        for index in events.indices { events[index] = events[index].translated(from: old, to: &new) }
    }
}
