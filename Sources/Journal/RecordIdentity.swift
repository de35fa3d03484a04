/// The name of one record for ever: its shard, and its number there.
package struct RecordIdentity: Hashable, Sendable {
    /// The shard that it was written to.
    package let shard: ShardIdentity
    /// Its number in the shard, from 0.
    package let sequence: UInt64

    package init(shard: ShardIdentity, sequence: UInt64) {
        self.shard = shard
        self.sequence = sequence
    }

    /// Reads `node/epoch/shard/sequence`, exactly as `description` writes it; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4,
            let shard = ShardIdentity(epochFolderName: "\(parts[0])-\(parts[1])", shardFolderName: String(parts[2])),
            let sequence = UInt64(parts[3]), String(sequence) == parts[3]
        else { return nil }
        self.init(shard: shard, sequence: sequence)
    }
}

extension RecordIdentity: Comparable {
    /// By shard, then by sequence.
    package static func < (left: RecordIdentity, right: RecordIdentity) -> Bool {
        left.shard == right.shard ? left.sequence < right.sequence : left.shard < right.shard
    }
}

extension RecordIdentity: CustomStringConvertible {
    /// `node/epoch/shard/sequence`: node and epoch as 16 hex digits, shard in decimal or `admin`, sequence in decimal.
    package var description: String { "\(shard)/\(sequence)" }
}
