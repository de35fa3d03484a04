import Bytes
import Journal
import LinuxSystem
import Synchronization

/// The disk as one process sees it: when the process is dead, none of its calls has any effect.
///
/// Before each call others may get their turn (`beforeCall`): that is how threads interleave in a simulation that has
/// one, how a call that hangs looks to everybody else, and where a process can die in the middle of whoever calls.
final class ProcessStorage: JournalStorage {
    /// Whether the process still lives.
    final class Life: Sendable {
        private let alive = Atomic(true)
        var isAlive: Bool { alive.load(ordering: .relaxed) }
        func end() { alive.store(false, ordering: .relaxed) }
    }

    let disk: SimulatedDisk
    let life: Life
    private let beforeCall: @Sendable (SimulatedDisk.Call) -> Void

    init(_ disk: SimulatedDisk, life: Life, beforeCall: @escaping @Sendable (SimulatedDisk.Call) -> Void) {
        self.disk = disk
        self.life = life
        self.beforeCall = beforeCall
    }

    fileprivate func enter(_ call: SimulatedDisk.Call, as name: SystemCall) throws(SystemError) {
        guard life.isAlive else { throw .inputOutput(in: name) }
        beforeCall(call)
        guard life.isAlive else { throw .inputOutput(in: name) }
    }

    func makeFolders(_ path: String) throws(SystemError) {
        try enter(.makeFolders, as: .mkdir)
        try disk.makeFolders(path)
    }

    func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        try enter(.create, as: .open)
        return ProcessFile(try disk.createFile(path, replacing: replacing), self)
    }

    func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        try enter(.open, as: .open)
        return ProcessFile(try disk.openFile(path, forWriting: forWriting), self)
    }

    func rename(_ path: String, to newPath: String) throws(SystemError) {
        try enter(.rename, as: .rename)
        try disk.rename(path, to: newPath)
    }

    func kind(of path: String) throws(SystemError) -> FileStatus.Kind {
        try enter(.open, as: .stat)
        return try disk.kind(of: path)
    }

    func linkFile(_ path: String, to newPath: String) throws(SystemError) {
        try enter(.link, as: .link)
        try disk.linkFile(path, to: newPath)
    }

    func removeFile(_ path: String) throws(SystemError) {
        try enter(.remove, as: .unlink)
        try disk.removeFile(path)
    }

    func removeFolder(_ path: String) throws(SystemError) {
        try enter(.removeFolder, as: .rmdir)
        try disk.removeFolder(path)
    }

    func synchronizeFolder(_ path: String) throws(SystemError) {
        try enter(.synchronizeFolder, as: .fsync)
        try disk.synchronizeFolder(path)
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try enter(.list, as: .opendir)
        return try disk.list(path)
    }

    func random() throws(SystemError) -> UInt64 {
        try enter(.random, as: .getrandom)
        return try disk.random()
    }
}

private final class ProcessFile: JournalFile {
    private let file: any JournalFile
    private let process: ProcessStorage

    init(_ file: any JournalFile, _ process: ProcessStorage) {
        self.file = file
        self.process = process
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        try process.enter(.write, as: .pwrite)
        return try file.write(bytes, at: offset)
    }

    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        try process.enter(.read, as: .pread)
        return try file.read(into: &buffer, at: offset)
    }

    func expectOneReading() {
    }

    func startWriteback(of range: Range<UInt64>) {
        if process.life.isAlive { file.startWriteback(of: range) }
    }

    func synchronize() throws(SystemError) {
        try process.enter(.synchronize, as: .fdatasync)
        try file.synchronize()
    }

    func truncate(to sizeBytes: UInt64) throws(SystemError) {
        try process.enter(.truncate, as: .ftruncate)
        try file.truncate(to: sizeBytes)
    }

    func stands(at path: String) throws(SystemError) -> Bool { try file.stands(at: path) }

    func sizeBytes() throws(SystemError) -> UInt64 { try file.sizeBytes() }

    func modifiedNanoseconds() throws(SystemError) -> UInt64 { try file.modifiedNanoseconds() }
}
