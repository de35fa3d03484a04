import Bytes
import LinuxSystem

/// What recovery found in one shard that an earlier process of this node left.
package struct RecoveredShard: Equatable, Sendable {
    /// The shard.
    package let shard: ShardIdentity
    /// Its last segment.
    package let path: String
    /// The sequence behind its last good record.
    package let nextSequence: UInt64
    /// Bytes that were cut from the end because nothing good stood in them.
    package let cutBytes: UInt64
    /// The segment had no good header and no room for a record, and was removed.
    package let isRemoved: Bool
    /// What is damaged in the segment, apart from the end that was cut.
    package let damages: [SegmentDamage]
}

/// What the owner of a data folder does with the journal that earlier processes left, before it writes.
///
/// FORMAT.md, "Recovery", says what that is. Nothing good is ever cut, and a second run finds nothing to do.
package enum JournalRecovery {
    /// Segments written within this time before the last one are synced too: the process may have died between
    /// leaving a segment and syncing it.
    package static let syncBackNanoseconds: UInt64 = 600 * 1_000_000_000

    /// Recovers all epochs of a node that were not recovered yet.
    ///
    /// - Parameters:
    ///   - node: the node of the data folder; others' folders are left alone.
    ///   - read: for each shard up to where somebody has read it before: what was synced then. Of a last segment that
    ///     it lies in, only what follows is read. A position that is not there costs reading all of that segment.
    ///   - onInterrupted: told shard 0 of each process that ended without stopping.
    /// - Throws: when a file can't be read, cut or synced; what was done until then stays done.
    package static func run(
        journalFolder: String, node: UInt64, read: [ShardIdentity: ShardPosition] = [:],
        storage: any JournalStorage = LinuxStorage(), onInterrupted: (ShardIdentity) -> Void = { _ in }
    ) throws(JournalError) -> [RecoveredShard] {
        var recovered: [RecoveredShard] = []
        for epoch in try unrecovered(journalFolder: journalFolder, node: node, storage: storage) {
            for shard in epoch.shards {
                if let result = try recover(shard, read: read[shard.identity], storage: storage) {
                    recovered.append(result)
                }
            }
            let folder = journalFolder + "/" + epoch.identity.epochFolderName
            if !epoch.hasEnded {
                try EpochEnd.mark(JournalPath.interruptedName, in: folder, storage: storage)
                onInterrupted(epoch.identity)
            }
            try EpochEnd.mark(JournalPath.recoveredName, in: folder, storage: storage)
        }
        return recovered
    }

    private struct UnrecoveredEpoch {
        /// Its shard 0.
        let identity: ShardIdentity
        let shards: [JournalDirectory.Shard]
        let hasEnded: Bool
    }

    private static func unrecovered(
        journalFolder: String, node: UInt64, storage: any JournalStorage
    ) throws(JournalError) -> [UnrecoveredEpoch] {
        var epochs: [UnrecoveredEpoch] = []
        for name in try JournalDirectory.names(in: journalFolder, storage: storage) {
            guard let identity = ShardIdentity(epochFolderName: name, shardFolderName: "0"), identity.node == node
            else { continue }
            let names = try JournalDirectory.names(in: journalFolder + "/" + name, storage: storage)
            guard !names.contains(JournalPath.recoveredName) else { continue }
            epochs.append(
                UnrecoveredEpoch(
                    identity: identity,
                    shards: try JournalDirectory.scan(journalFolder, epochName: name, storage: storage),
                    hasEnded: names.contains(JournalPath.endedName)))
        }
        return epochs
    }

    /// Opens a shard's last segment behind what was read of it.
    private static func open(
        _ path: String, firstSequence: UInt64, read: ShardPosition?, storage: any JournalStorage
    ) throws(JournalError) -> SegmentReader {
        if let read, read.segmentFirstSequence == firstSequence, read.lastReadOffset > 0 {
            let reader = try SegmentReader(
                path: path, firstWanted: read.nextSequence, lastReadOffset: read.lastReadOffset, storage: storage)
            if reader.beganBehindHint { return reader }
        }
        return try SegmentReader(path: path, storage: storage)
    }

    private static func recover(
        _ shard: JournalDirectory.Shard, read: ShardPosition?, storage: any JournalStorage
    ) throws(JournalError) -> RecoveredShard? {
        guard let last = shard.segments.last else { return nil }
        let path = shard.segmentPath(last)
        var damages: [SegmentDamage] = []
        do throws(JournalError) {
            let reader = try open(path, firstSequence: last, read: read, storage: storage)
            while true {
                switch try reader.next() {
                case .record: continue
                case .damaged(let damage): damages.append(damage)
                case .end(let end):
                    try system(path) { () throws(SystemError) in
                        let file = try storage.openFile(path, forWriting: true)
                        if end.tailBytes > 0 { try file.truncate(to: end.validBytes) }
                    }
                    try synchronize(shard, storage: storage)
                    return RecoveredShard(
                        shard: shard.identity, path: path, nextSequence: end.nextSequence, cutBytes: end.tailBytes,
                        isRemoved: false, damages: damages)
                }
            }
        } catch {
            guard case .headerDamaged = error else { throw error }
        }
        return try recoverWithoutHeader(shard, path: path, firstSequence: last, storage: storage)
    }

    private static func recoverWithoutHeader(
        _ shard: JournalDirectory.Shard, path: String, firstSequence: UInt64, storage: any JournalStorage
    ) throws(JournalError) -> RecoveredShard {
        let size = try system(path) { () throws(SystemError) in
            try storage.openFile(path, forWriting: false).sizeBytes()
        }
        let isRemoved = size <= UInt64(SegmentHeader.recordsOffset)
        if isRemoved {
            try system(path) { () throws(SystemError) in try storage.removeFile(path) }
        }
        try synchronize(shard, storage: storage)
        let damage = SegmentDamage(
            path: path, byteOffset: 0, byteCount: size, firstSequence: firstSequence, missingSequences: 0,
            reason: .header)
        return RecoveredShard(
            shard: shard.identity, path: path, nextSequence: firstSequence, cutBytes: 0, isRemoved: isRemoved,
            damages: isRemoved ? [] : [damage])
    }

    /// Syncs the shard's folder, its last segment, and those that were written shortly before it.
    private static func synchronize(
        _ shard: JournalDirectory.Shard, storage: any JournalStorage
    ) throws(JournalError) {
        var newest: UInt64 = 0
        for first in shard.segments.reversed() {
            let path = shard.segmentPath(first)
            do throws(SystemError) {
                let file = try storage.openFile(path, forWriting: true)
                let modified = try file.modifiedNanoseconds()
                newest = max(newest, modified)
                if modified < newest, newest - modified > syncBackNanoseconds { break }
                try file.synchronize()
            } catch {
                // The last one may just have been removed.
                if !error.isNotFound { throw .system(error, path: path) }
            }
        }
        try system(shard.path) { () throws(SystemError) in try storage.synchronizeFolder(shard.path) }
    }

    private static func system<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(JournalError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error, path: path)
        }
    }
}
