import LinuxSystem

/// What lies in a journal's folder.
package enum JournalDirectory {
    /// One shard's segments.
    package struct Shard: Equatable, Sendable {
        /// The shard.
        package let identity: ShardIdentity
        /// Its folder.
        package let path: String
        /// First sequences of its segments, ascending.
        package let segments: [UInt64]

        /// The path of a segment.
        package func segmentPath(_ firstSequence: UInt64) -> String {
            path + "/" + JournalPath.segmentName(firstSequence: firstSequence)
        }
    }

    /// All shards, by node, epoch and shard. Names that are none of the journal's are passed over; a folder that is not
    /// there has no shards.
    package static func scan(
        _ journalFolder: String, storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) -> [Shard] {
        var shards: [Shard] = []
        for epochName in try names(in: journalFolder, storage: storage) {
            shards += try scan(journalFolder, epochName: epochName, storage: storage)
        }
        return shards.sorted { $0.identity < $1.identity }
    }

    /// The shards of one epoch.
    static func scan(
        _ journalFolder: String, epochName: String, storage: any JournalStorage
    ) throws(JournalError) -> [Shard] {
        guard ShardIdentity(epochFolderName: epochName, shardFolderName: "0") != nil else { return [] }
        let epochFolder = journalFolder + "/" + epochName
        var shards: [Shard] = []
        for shardName in try names(in: epochFolder, storage: storage) {
            guard let identity = ShardIdentity(epochFolderName: epochName, shardFolderName: shardName) else { continue }
            let path = epochFolder + "/" + shardName
            let segments = try names(in: path, storage: storage).compactMap(JournalPath.firstSequence(ofSegmentNamed:))
            shards.append(Shard(identity: identity, path: path, segments: segments))
        }
        return shards
    }

    /// When a segment was made, nanoseconds since 1970 UTC.
    ///
    /// - Throws: `headerDamaged` and `newerFormat` as `SegmentReader` does.
    package static func createdNanoseconds(
        ofSegment path: String, storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) -> UInt64 {
        let file: any JournalFile
        do throws(SystemError) {
            file = try storage.openFile(path, forWriting: false)
        } catch {
            throw .system(error, path: path)
        }
        return try SegmentHeader.read(from: file, path: path).createdNanoseconds
    }

    static func names(in folder: String, storage: any JournalStorage) throws(JournalError) -> [String] {
        do throws(SystemError) {
            return try storage.list(folder)
        } catch {
            if error.isNotFound { return [] }
            throw .system(error, path: folder)
        }
    }
}
