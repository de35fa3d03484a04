package import Journal

/// What holds an aggregator back that fills sealed figures: it reads of a shard only what the store in use has read,
/// and closes nothing at or behind a moment.
///
/// The store's watermark covers that moment, so every record of an earlier order time lies below its checkpoints. What
/// such an aggregator closes is therefore what the store had closed when its watermark stood there.
package struct SealingBounds: Equatable, Sendable {
    /// Below which sequence each shard may be read: what the store in use has read, to judge what is before the
    /// watermark by what is behind it; other shards are not.
    package var nextSequences: [ShardIdentity: UInt64]
    /// For each node the order time from which on nothing is closed, nanoseconds since 1970 UTC; shards of other nodes
    /// are not read.
    package var watermarks: [UInt64: UInt64]
    /// Nodes that are silent: once everything up to the bound is closed, no window looks back any more.
    package var silent: Set<UInt64>
    /// A shard whose first segment was made behind the moment is not opened. Records that waited for a disk can be
    /// older than their segment: what is missed then is closed when the moment has moved on.
    package var trustsCreation: Bool

    package init(
        nextSequences: [ShardIdentity: UInt64], watermarks: [UInt64: UInt64], silent: Set<UInt64> = [],
        trustsCreation: Bool = true
    ) {
        self.silent = silent
        self.nextSequences = nextSequences
        self.watermarks = watermarks
        self.trustsCreation = trustsCreation
    }
}
