import LinuxSystem

/// How a process that wrote the journal ended, as the files beside its shards say it: FORMAT.md, "Identities and
/// names".
///
/// What waited in the memory of a process that was killed is in no file. Nobody can say how much it was; that it may
/// have been something can be said.
package enum EpochEnd {
    /// Says, durably, that a process has ended in order: nothing waited in its memory. An epoch of which there is no
    /// folder wrote nothing, and needs no such file.
    ///
    /// - Parameter shard: any shard of the process.
    package static func markOrderly(
        _ shard: ShardIdentity, journalFolder: String, storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) {
        let folder = journalFolder + "/" + shard.epochFolderName
        guard try !JournalDirectory.names(in: folder, storage: storage).isEmpty else { return }
        try mark(JournalPath.endedName, in: folder, storage: storage)
    }

    /// The processes that recovery found to have ended without stopping: their shard 0, in the order of their names.
    package static func interrupted(
        _ journalFolder: String, storage: any JournalStorage = LinuxStorage()
    ) throws(JournalError) -> [ShardIdentity] {
        var epochs: [ShardIdentity] = []
        for name in try JournalDirectory.names(in: journalFolder, storage: storage) {
            guard let epoch = ShardIdentity(epochFolderName: name, shardFolderName: "0"),
                try JournalDirectory.names(in: journalFolder + "/" + name, storage: storage)
                    .contains(JournalPath.interruptedName)
            else { continue }
            epochs.append(epoch)
        }
        return epochs.sorted()
    }

    /// Makes an empty, durable file.
    static func mark(_ name: String, in folder: String, storage: any JournalStorage) throws(JournalError) {
        let path = folder + "/" + name
        do throws(SystemError) {
            try storage.createFile(path, replacing: true).synchronize()
            try storage.synchronizeFolder(folder)
        } catch {
            throw .system(error, path: path)
        }
    }
}
