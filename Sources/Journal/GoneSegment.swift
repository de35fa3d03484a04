import Bytes
package import LinuxSystem
import Synchronization

/// A segment whose name was taken from it while this process had it open: somebody removed, moved or replaced it or a
/// folder above it. What it holds is still there, for as long as it is open.
package struct GoneSegment: Equatable, Sendable {
    /// What became of it.
    package enum Fate: Equatable, Sendable {
        /// It is written again under its name as soon as that is possible; the last reason why it was not.
        case waits(SystemError?)
        /// It stands under its name again, whole and durable.
        case restored
        /// Another file has its name. What it holds stands beside that one, under this path, and is not read.
        case setAside(path: String)
    }

    /// The shard.
    package let shard: ShardIdentity
    /// The name that does not lead to it.
    package let path: String
    /// The sequence of its first record.
    package let firstSequence: UInt64
    /// The sequence behind its last record; nil while the writer has not left it.
    package let endSequence: UInt64?
    /// What became of it.
    package let fate: Fate

    /// Records in it that are under no name and are lost with the process.
    package var recordsAtRisk: UInt64 {
        guard case .waits = fate, let endSequence else { return 0 }
        return endSequence - firstSequence
    }
}

// Finding such segments and writing them again. All of it runs on the synchronizer's thread.

extension SegmentFile {
    /// The writer has left it without a record in it: its name may be the next one's.
    var isLeftEmpty: Bool { endSequence.load(ordering: .acquiring) == firstSequence }

    /// True once the name has been seen not to lead to the file. The writer then leaves it.
    func isGone() -> Bool {
        if hasLostName.load(ordering: .acquiring) { return true }
        // A name that can't be looked up for another reason says nothing.
        guard let stands = try? file.stands(at: path), !stands else { return false }
        hasLostName.store(true, ordering: .releasing)
        isFailed.store(true, ordering: .releasing)
        return true
    }

    /// Sees to it that the name leads to what the file holds, durably. The writer has left the file.
    ///
    /// - Returns: `.restored`, or `.setAside` where another file has the name.
    func bringBack(in storage: any JournalStorage) throws(SystemError) -> GoneSegment.Fate {
        var fate = GoneSegment.Fate.restored
        if try file.stands(at: path) {
            // Whoever moved it has moved it back.
            try file.synchronize()
        } else if !isWrittenAgain.load(ordering: .relaxed) {
            fate = try writeAgain(in: storage)
        }
        for folder in folders { try storage.synchronizeFolder(folder) }
        return fate
    }

    /// Writes the contents to a new file and gives that one the name: a reader finds the name with all that it stands
    /// for, or doesn't find it.
    private func writeAgain(in storage: any JournalStorage) throws(SystemError) -> GoneSegment.Fate {
        try storage.makeFolders(folders[0])
        let beside = path + Self.besideSuffix
        do throws(SystemError) {
            let copy = try storage.createFile(beside, replacing: true)
            try copyContents(to: copy)
            try copy.synchronize()
            try storage.linkFile(beside, to: path)
        } catch {
            if error.call == .link, error.isAlreadyThere { return .setAside(path: beside) }
            // A full disk must not keep the half of a file; what went wrong first is what is told.
            try? storage.removeFile(beside)
            throw error
        }
        isWrittenAgain.store(true, ordering: .relaxed)
        // One name more does no harm.
        try? storage.removeFile(beside)
        return .restored
    }

    private func copyContents(to copy: any JournalFile) throws(SystemError) {
        var chunk = ByteBuffer(capacity: Self.copyBytes)
        var offset: UInt64 = 0
        while try file.read(into: &chunk, at: offset) > 0 {
            var written = 0
            while written < chunk.count {
                let count = try chunk.withSpan(of: written..<chunk.count) { (bytes) throws(SystemError) in
                    try copy.write(bytes, at: offset + UInt64(written))
                }
                guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
                written += count
            }
            offset += UInt64(written)
            chunk.removeAll()
        }
    }

    /// Readers pass over such a name.
    private static let besideSuffix = ".restored"
    private static let copyBytes = 262_144
}
