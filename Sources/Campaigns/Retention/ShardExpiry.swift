package import Journal

/// What retention has deleted of one shard, of all time.
package struct ShardExpiry: Equatable, Sendable {
    /// The shard.
    package let shard: ShardIdentity
    /// Records below this sequence are deleted, or about to be: nobody reads them any more.
    package var nextSequence: UInt64
    /// Events among them: they stand in sealed figures.
    package var events: UInt64
    /// Records among them that were damaged.
    package var damaged: UInt64
    /// Events that gap records among them say were lost.
    package var lost: UInt64

    package init(
        shard: ShardIdentity, nextSequence: UInt64 = 0, events: UInt64 = 0, damaged: UInt64 = 0, lost: UInt64 = 0
    ) {
        self.shard = shard
        self.nextSequence = nextSequence
        self.events = events
        self.damaged = damaged
        self.lost = lost
    }
}
