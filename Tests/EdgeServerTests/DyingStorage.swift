import Bytes
import Journal
import LinuxSystem
import Synchronization

/// The real files, for a process that dies: from a call on that would change something none works any more, or none but
/// the later ones does.
final class DyingStorage: JournalStorage {
    private let left: Atomic<Int>
    private let disk = LinuxStorage()

    private let isOnce: Bool

    /// - Parameter isOnce: true where one call fails alone.
    init(after calls: Int, isOnce: Bool = false) {
        left = Atomic(calls)
        self.isOnce = isOnce
    }

    fileprivate func live(_ call: SystemCall) throws(SystemError) {
        let left = left.subtract(1, ordering: .relaxed).oldValue
        guard left > 0 || isOnce && left < 0 else { throw SystemError.inputOutput(in: call) }
    }

    func makeFolders(_ path: String) throws(SystemError) { try disk.makeFolders(path) }

    func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        try live(.open)
        return DyingFile(try disk.createFile(path, replacing: replacing), self)
    }

    func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        DyingFile(try disk.openFile(path, forWriting: forWriting), self)
    }

    func rename(_ path: String, to newPath: String) throws(SystemError) {
        try live(.rename)
        try disk.rename(path, to: newPath)
    }

    func kind(of path: String) throws(SystemError) -> FileStatus.Kind { try disk.kind(of: path) }
    func linkFile(_ path: String, to newPath: String) throws(SystemError) { try disk.linkFile(path, to: newPath) }

    func removeFile(_ path: String) throws(SystemError) {
        try live(.unlink)
        try disk.removeFile(path)
    }

    func removeFolder(_ path: String) throws(SystemError) { try disk.removeFolder(path) }

    func synchronizeFolder(_ path: String) throws(SystemError) {
        try live(.fsync)
        try disk.synchronizeFolder(path)
    }

    func list(_ path: String) throws(SystemError) -> [String] { try disk.list(path) }
    func random() throws(SystemError) -> UInt64 { try disk.random() }
}

private final class DyingFile: JournalFile {
    private let file: any JournalFile
    private let storage: DyingStorage

    init(_ file: any JournalFile, _ storage: DyingStorage) {
        self.file = file
        self.storage = storage
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        try storage.live(.pwrite)
        return try file.write(bytes, at: offset)
    }

    func expectOneReading() {}
    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        try file.read(into: &buffer, at: offset)
    }
    func startWriteback(of range: Range<UInt64>) {}

    func synchronize() throws(SystemError) {
        try storage.live(.fdatasync)
        try file.synchronize()
    }

    func truncate(to sizeBytes: UInt64) throws(SystemError) { try file.truncate(to: sizeBytes) }
    func stands(at path: String) throws(SystemError) -> Bool { try file.stands(at: path) }
    func sizeBytes() throws(SystemError) -> UInt64 { try file.sizeBytes() }
    func modifiedNanoseconds() throws(SystemError) -> UInt64 { try file.modifiedNanoseconds() }
}
