import Bytes
package import Journal
package import LinuxSystem
import Synchronization

/// A disk that counts what is read of it.
package final class CountingStorage: JournalStorage {
    /// What was asked of a disk.
    package struct Counts: Equatable, Sendable {
        /// Files that were opened.
        package var opens = 0
        /// Bytes that were read.
        package var readBytes = 0
        /// Folders that were listed.
        package var lists = 0
        /// Paths of the files of which something was read.
        package var readPaths: Set<String> = []
    }

    private let disk: any JournalStorage
    private let state = Mutex(Counts())
    private let open = Mutex(0)

    package init(_ disk: any JournalStorage) {
        self.disk = disk
    }

    /// Files that are open.
    package var openFiles: Int { open.withLock { $0 } }

    /// What was asked since the last time, and forgets it.
    package func take() -> Counts {
        state.withLock { counts in
            let taken = counts
            counts = Counts()
            return taken
        }
    }

    fileprivate func countOpen(_ change: Int) {
        open.withLock { $0 += change }
    }

    fileprivate func countRead(_ bytes: Int, of path: String) {
        state.withLock {
            $0.readBytes += bytes
            $0.readPaths.insert(path)
        }
    }

    package func makeFolders(_ path: String) throws(SystemError) { try disk.makeFolders(path) }

    package func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        try disk.createFile(path, replacing: replacing)
    }

    package func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        let file = try disk.openFile(path, forWriting: forWriting)
        state.withLock { $0.opens += 1 }
        return CountingFile(file, path, self)
    }

    package func rename(_ path: String, to newPath: String) throws(SystemError) {
        try disk.rename(path, to: newPath)
    }

    package func kind(of path: String) throws(SystemError) -> FileStatus.Kind { try disk.kind(of: path) }

    package func linkFile(_ path: String, to newPath: String) throws(SystemError) {
        try disk.linkFile(path, to: newPath)
    }

    package func removeFile(_ path: String) throws(SystemError) { try disk.removeFile(path) }
    package func removeFolder(_ path: String) throws(SystemError) { try disk.removeFolder(path) }
    package func synchronizeFolder(_ path: String) throws(SystemError) { try disk.synchronizeFolder(path) }

    package func list(_ path: String) throws(SystemError) -> [String] {
        state.withLock { $0.lists += 1 }
        return try disk.list(path)
    }

    package func random() throws(SystemError) -> UInt64 { try disk.random() }
}

private final class CountingFile: JournalFile {
    private let file: any JournalFile
    private let path: String
    private let storage: CountingStorage

    init(_ file: any JournalFile, _ path: String, _ storage: CountingStorage) {
        self.file = file
        self.path = path
        self.storage = storage
        storage.countOpen(1)
    }

    deinit {
        storage.countOpen(-1)
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        try file.write(bytes, at: offset)
    }

    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        let count = try file.read(into: &buffer, at: offset)
        storage.countRead(count, of: path)
        return count
    }

    func expectOneReading() { file.expectOneReading() }
    func stands(at path: String) throws(SystemError) -> Bool { try file.stands(at: path) }
    func startWriteback(of range: Range<UInt64>) { file.startWriteback(of: range) }
    func synchronize() throws(SystemError) { try file.synchronize() }
    func truncate(to sizeBytes: UInt64) throws(SystemError) { try file.truncate(to: sizeBytes) }
    func sizeBytes() throws(SystemError) -> UInt64 { try file.sizeBytes() }
    func modifiedNanoseconds() throws(SystemError) -> UInt64 { try file.modifiedNanoseconds() }
}
