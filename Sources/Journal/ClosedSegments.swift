import LinuxSystem

/// A segment that nobody writes to any more, that holds records, and that retention may delete: never one of an
/// `admin` shard.
package struct ClosedSegment: Equatable, Sendable {
    /// Its shard.
    package let shard: ShardIdentity
    /// The sequence of its first record.
    package let firstSequence: UInt64
    /// The sequence behind its last record, which is where the next segment begins; nil for the last segment of a shard
    /// whose writer is gone, where only a reader can tell.
    package let endSequence: UInt64?
    /// Its file's size in bytes.
    package let sizeBytes: UInt64
    /// When it was left, nanoseconds since 1970 UTC: when the next one was made, or for the last one the time of the
    /// file's last write. None of its records is younger by the clock that wrote them.
    package let endedNanoseconds: UInt64

    package init(
        shard: ShardIdentity, firstSequence: UInt64, endSequence: UInt64?, sizeBytes: UInt64, endedNanoseconds: UInt64
    ) {
        self.shard = shard
        self.firstSequence = firstSequence
        self.endSequence = endSequence
        self.sizeBytes = sizeBytes
        self.endedNanoseconds = endedNanoseconds
    }
}

/// Looks through a journal for the segments that are closed. It remembers what it has seen of a closed one, which never
/// changes: a further look costs a list of each folder, and a call for each file that is new.
package struct ClosedSegments {
    /// What a journal holds.
    package struct Inventory: Equatable, Sendable {
        /// The first sequences of all segments that hold records, `admin` shards' too.
        package var firstSequences: [ShardIdentity: [UInt64]] = [:]
        /// The closed segments of each shard, in the order of their sequences.
        package var shards: [ShardIdentity: [ClosedSegment]] = [:]
        /// Bytes of all segments, those that are written to and those of `admin` shards among them.
        package var totalBytes: UInt64 = 0
        /// All segments.
        package var segmentCount = 0

        /// An empty one.
        package init() {}
    }

    private struct Facts {
        let createdNanoseconds: UInt64
        let modifiedNanoseconds: UInt64
        let sizeBytes: UInt64
        var holdsRecords: Bool { sizeBytes > UInt64(SegmentHeader.recordsOffset) }
    }

    private let journalFolder: String
    private let storage: any JournalStorage
    private var known: [ShardIdentity: [UInt64: Facts]] = [:]

    /// Looks at nothing yet.
    package init(journalFolder: String, storage: any JournalStorage = LinuxStorage()) {
        self.journalFolder = journalFolder
        self.storage = storage
    }

    /// Looks at what is there now.
    ///
    /// - Parameter live: the shards whose writers run; their last segment is not closed.
    package mutating func look(live: Set<ShardIdentity>) throws(JournalError) -> Inventory {
        var inventory = Inventory()
        var seen: [ShardIdentity: [UInt64: Facts]] = [:]
        for shard in try JournalDirectory.scan(journalFolder, storage: storage) {
            var facts: [UInt64: Facts] = [:]
            for (place, first) in shard.segments.enumerated() {
                let grows = place == shard.segments.count - 1 && live.contains(shard.identity)
                var known = grows ? nil : known[shard.identity]?[first]
                if known == nil { known = try look(at: shard.segmentPath(first)) }
                guard let found = known else { continue }
                inventory.totalBytes += found.sizeBytes
                inventory.segmentCount += 1
                facts[first] = found
                // What grows is looked at again.
                if !grows { seen[shard.identity, default: [:]][first] = found }
            }
            inventory.firstSequences[shard.identity] = shard.segments.filter { facts[$0]?.holdsRecords ?? true }
            guard !shard.identity.isAdmin else { continue }
            inventory.shards[shard.identity] = Self.closed(shard, facts, isLive: live.contains(shard.identity))
        }
        known = seen
        return inventory
    }

    private static func closed(
        _ shard: JournalDirectory.Shard, _ facts: [UInt64: Facts], isLive: Bool
    ) -> [ClosedSegment] {
        var closed: [ClosedSegment] = []
        for (place, first) in shard.segments.enumerated() {
            guard let found = facts[first] else { continue }
            let next = place + 1 < shard.segments.count ? shard.segments[place + 1] : nil
            guard next != nil || !isLive && found.holdsRecords else { continue }
            // A successor whose header can't be read was made no later than it was last written.
            let ended = next.flatMap { facts[$0] }.map { $0.createdNanoseconds } ?? found.modifiedNanoseconds
            closed.append(
                ClosedSegment(
                    shard: shard.identity, firstSequence: first, endSequence: next, sizeBytes: found.sizeBytes,
                    endedNanoseconds: ended))
        }
        return closed
    }

    /// - Returns: nil for a file that is gone meanwhile.
    private func look(at path: String) throws(JournalError) -> Facts? {
        do throws(SystemError) {
            let file = try storage.openFile(path, forWriting: false)
            let modified = try file.modifiedNanoseconds()
            let created = try created(file, path)
            return Facts(
                createdNanoseconds: created ?? modified, modifiedNanoseconds: modified, sizeBytes: try file.sizeBytes())
        } catch {
            if error.isNotFound { return nil }
            throw .system(error, path: path)
        }
    }

    /// When a segment was made; nil where its header does not say.
    private func created(_ file: any JournalFile, _ path: String) throws(SystemError) -> UInt64? {
        do throws(JournalError) {
            return try SegmentHeader.read(from: file, path: path).createdNanoseconds
        } catch {
            if case .system(let reason, _) = error { throw reason }
            return nil
        }
    }
}
