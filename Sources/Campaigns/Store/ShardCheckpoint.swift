package import Journal

/// How far one shard is counted, and what became of its events so far.
package struct ShardCheckpoint: Equatable, Sendable {
    /// The shard.
    package let shard: ShardIdentity
    /// The first record that is not in closed figures, and where it probably lies: a hint that a reader checks.
    package var position: ShardPosition
    /// The first record that open windows still look at, and where it probably lies: not behind `position`.
    package var contextPosition: ShardPosition
    /// Events in closed figures whose records were not deleted since.
    package var counted: UInt64
    /// Events that were read and stand in open windows.
    package var pending: UInt64
    /// Records that were damaged before they were counted.
    package var damaged: UInt64
    /// Events that gap records say were lost.
    package var lost: UInt64
    /// Events in closed figures whose records retention has deleted since: they stand in sealed figures too.
    package var expired: UInt64

    /// - Parameter contextPosition: nil where no window looks back.
    package init(
        shard: ShardIdentity, position: ShardPosition = .start, contextPosition: ShardPosition? = nil,
        counted: UInt64 = 0,
        pending: UInt64 = 0, damaged: UInt64 = 0, lost: UInt64 = 0, expired: UInt64 = 0
    ) {
        self.shard = shard
        self.position = position
        self.contextPosition = contextPosition ?? position
        self.counted = counted
        self.pending = pending
        self.damaged = damaged
        self.lost = lost
        self.expired = expired
    }

    /// Says how many of the events that were counted have expired, of all time.
    mutating func expire(_ events: UInt64) {
        let all = counted + expired
        expired = min(events, all)
        counted = all - expired
    }
}
