package import Journal

/// How far an aggregator has counted, as retention asks it.
package struct CountedJournal: Equatable, Sendable {
    /// One shard.
    package struct Shard: Equatable, Sendable {
        /// Records below this sequence are in closed figures.
        package var nextSequence: UInt64
        /// The shard's writer is gone, and nothing of it is left to be counted.
        package var isWhole: Bool
        /// The shard's writer runs in this process.
        package var isLive: Bool

        package init(nextSequence: UInt64, isWhole: Bool = false, isLive: Bool = false) {
            self.nextSequence = nextSequence
            self.isWhole = isWhole
            self.isLive = isLive
        }

        /// True when everything below a segment's end is counted and nobody has its file in hand. A running writer's
        /// synchronizer has let go of it once it has covered a record behind it; until then it would take a deleted
        /// file for one that somebody removed, and write it again.
        package func isDone(withSegmentTo end: UInt64) -> Bool {
            isLive ? end < nextSequence : end <= nextSequence
        }
    }

    /// The shards that the journal holds.
    package var shards: [ShardIdentity: Shard]
    /// For each node up to where windows are closed, nanoseconds since 1970 UTC.
    package var watermarks: [UInt64: UInt64]

    package init(shards: [ShardIdentity: Shard] = [:], watermarks: [UInt64: UInt64] = [:]) {
        self.shards = shards
        self.watermarks = watermarks
    }
}
