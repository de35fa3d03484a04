import Synchronization

/// The shards whose writers run in this process. Shards are added while it runs and never removed: one that is not
/// written any more goes on promising.
package final class LiveShards: Sendable, ExpressibleByDictionaryLiteral {
    private let shards: Mutex<[ShardIdentity: ShardProgress]>

    /// Shards that are there from the beginning.
    package init(_ shards: [ShardIdentity: ShardProgress] = [:]) {
        self.shards = Mutex(shards)
    }

    /// Shards that are there from the beginning, as a literal.
    package convenience init(dictionaryLiteral elements: (ShardIdentity, ShardProgress)...) {
        self.init(Dictionary(uniqueKeysWithValues: elements))
    }

    /// Adds a shard, before its first record is written.
    package func add(_ shard: ShardIdentity, _ progress: ShardProgress) {
        shards.withLock { $0[shard] = progress }
    }

    /// All of them as they are now.
    package var all: [ShardIdentity: ShardProgress] { shards.withLock { $0 } }
}
