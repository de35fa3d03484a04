package import Journal

/// How far a node has told the fleet of its facts, and has done what others told it, as its data folder keeps it:
/// replaced durably behind each step. One that is lost or damaged costs doing all again, which changes nothing.
package struct FactsCheckpoint: Equatable, Sendable {
    /// How far one of this node's shards has travelled.
    package struct Pushed: Equatable, Sendable {
        /// The sequence behind the last record that is there.
        package var next: UInt64
        /// Records that are there.
        package var count: UInt64

        /// Nothing has travelled.
        package init(next: UInt64 = 0, count: UInt64 = 0) {
            self.next = next
            self.count = count
        }
    }

    /// How far this node's own shards have travelled.
    package var pushed: [ShardIdentity: Pushed] = [:]
    /// For each shard that was laid in the sequence below which every forgetting was carried out here. This node's own
    /// shards are none of these, unless they were laid in behind a backup.
    package var forgotten: [ShardIdentity: UInt64] = [:]

    /// A node that has told nothing and done nothing.
    package init() {}
}

extension FactsCheckpoint: CheckpointFile {
    /// Reads a checkpoint; an empty one where there is none.
    ///
    /// - Throws: for a file that is damaged or of a newer version.
    package static func read(_ path: String) throws(UnreadableCheckpoint) -> FactsCheckpoint {
        try readIfThere(path) ?? FactsCheckpoint()
    }

    /// What it is, and the form's version.
    package static var head: String { "tremolo facts 1" }

    /// How far shards have travelled, and up to where forgettings were carried out.
    package var lines: [String] {
        pushed.sorted { $0.key < $1.key }.map { shard, done in
            "pushed \(shard.checkpointWords) \(done.next) \(done.count)"
        }
            + forgotten.sorted { $0.key < $1.key }.map { shard, next in
                "forgotten \(shard.checkpointWords) \(next)"
            }
    }

    /// Reads what `lines` gives; nil for anything else.
    package init?(lines: some Sequence<Substring>) {
        for line in lines {
            guard take(line.split(separator: " ")) else { return nil }
        }
    }

    private mutating func take(_ words: [Substring]) -> Bool {
        let numbers = words.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == words.count - 1, let shard = ShardIdentity(checkpointNumbers: numbers) else {
            return false
        }
        switch (words[0], numbers.count) {
        case ("pushed", 5): pushed[shard] = Pushed(next: numbers[3], count: numbers[4])
        case ("forgotten", 4): forgotten[shard] = numbers[3]
        default: return false
        }
        return true
    }
}
