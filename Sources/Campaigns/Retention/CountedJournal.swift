package import Journal

/// How far an aggregator has counted, as retention asks it.
package struct CountedJournal: Equatable, Sendable {
    /// One shard.
    package struct Shard: Equatable, Sendable {
        /// Records below this sequence are in closed figures.
        package var nextSequence: UInt64
        /// Records below this sequence are in closed figures, and no open window looks at them.
        package var neededFrom: UInt64
        /// Records below this sequence were read, and those that are not counted stand in open windows.
        package var readSequence: UInt64
        /// The shard's writer is gone, and nothing of it is left to be counted.
        package var isWhole: Bool
        /// Of a shard whose writer runs in this process: the synchronizer has let go of the segments that end here or
        /// before (`ShardProgress.releasedBelow`). Until then it would take a deleted file for one that somebody
        /// removed, and write it again. `UInt64.max` for a shard that nobody writes to.
        package var releasedBelow: UInt64

        /// A shard of which nothing is open, unless it is said.
        package init(
            nextSequence: UInt64, neededFrom: UInt64? = nil, readSequence: UInt64? = nil, isWhole: Bool = false,
            releasedBelow: UInt64 = .max
        ) {
            self.nextSequence = nextSequence
            self.neededFrom = neededFrom ?? nextSequence
            self.readSequence = readSequence ?? nextSequence
            self.isWhole = isWhole
            self.releasedBelow = releasedBelow
        }

        /// True when everything below a segment's end is counted, no window looks at it, and nobody has its file in
        /// hand.
        package func isDone(withSegmentTo end: UInt64) -> Bool {
            end <= neededFrom && end <= releasedBelow
        }
    }

    /// The shards that the journal holds.
    package var shards: [ShardIdentity: Shard]
    /// For each node up to where windows are closed, nanoseconds since 1970 UTC.
    package var watermarks: [UInt64: UInt64]

    /// Nodes that are silent for good, as far as anybody knows: nothing is open of them.
    package var silent: Set<UInt64> = []

    package init(shards: [ShardIdentity: Shard] = [:], watermarks: [UInt64: UInt64] = [:]) {
        self.shards = shards
        self.watermarks = watermarks
    }
}
