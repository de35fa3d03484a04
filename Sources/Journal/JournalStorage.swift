package import Bytes
package import LinuxSystem

/// The files of a journal, as its writer, readers and recovery see them.
///
/// The seam is where tests and simulations put a disk that fails. It costs one dynamic call a batch, a chunk or a file:
/// never one a record.
package protocol JournalStorage: Sendable {
    /// Makes a folder and those above it; one that is there is left as it is.
    func makeFolders(_ path: String) throws(SystemError)
    /// Makes a file for reading and writing that must not exist yet. With `replacing`, what stands there is removed
    /// first: the writer's own, which holds no record.
    func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile
    /// Opens a file that is there.
    func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile
    /// Gives a file another name, in one step. No file has that name yet, or one that holds no record, or the one
    /// that a rewritten one takes the place of.
    func rename(_ path: String, to newPath: String) throws(SystemError)
    /// What kind of thing stands at a path; a symbolic link is reported itself.
    func kind(of path: String) throws(SystemError) -> FileStatus.Kind
    /// Gives a file one more name. One that is taken fails with `isAlreadyThere`.
    func linkFile(_ path: String, to newPath: String) throws(SystemError)
    /// Removes a file.
    func removeFile(_ path: String) throws(SystemError)
    /// Removes an empty folder; one that holds something fails with `isNotEmpty`.
    func removeFolder(_ path: String) throws(SystemError)
    /// Brings a folder's names to the medium.
    func synchronizeFolder(_ path: String) throws(SystemError)
    /// The names in a folder, in the order of their bytes. A folder that is not there fails with `isNotFound`.
    func list(_ path: String) throws(SystemError) -> [String]
    /// Random bits for a segment.
    func random() throws(SystemError) -> UInt64
}

/// An open file of a journal. Any thread may use it; the last reference closes it.
package protocol JournalFile: AnyObject, Sendable {
    /// Writes at an offset; may write fewer bytes than given, and says how many.
    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int
    /// Says that the file is about to be read from front to back, once: it is read further ahead, and takes the place
    /// of nothing in the page cache that is used more than once.
    func expectOneReading()
    /// Reads from an offset into the free room of a buffer; 0 at the end of the file.
    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int
    /// Begins to bring a range to the medium and doesn't wait: what is left for `synchronize`, which tells what went
    /// wrong, is less.
    func startWriteback(of range: Range<UInt64>)
    /// Brings contents and size to the medium. A failure is final for what was written before.
    func synchronize() throws(SystemError)
    /// Cuts the file.
    func truncate(to sizeBytes: UInt64) throws(SystemError)
    /// True while the path leads to this file: nobody removed, moved or replaced it or a folder above it.
    func stands(at path: String) throws(SystemError) -> Bool
    /// The file's size in bytes.
    func sizeBytes() throws(SystemError) -> UInt64
    /// Time of the last write, nanoseconds since 1970 UTC.
    func modifiedNanoseconds() throws(SystemError) -> UInt64
    /// Gives this file the time of the last write of another.
    func keepModified(as other: any JournalFile) throws(SystemError)
}

extension JournalFile {
    /// Does nothing, for files without times.
    package func keepModified(as other: any JournalFile) throws(SystemError) {}
}

/// The real files.
package struct LinuxStorage: JournalStorage {
    package init() {
    }

    package func makeFolders(_ path: String) throws(SystemError) {
        try Files.makeDirectories(path, permissions: 0o755)
    }

    package func createFile(_ path: String, replacing: Bool) throws(SystemError) -> any JournalFile {
        if replacing {
            do throws(SystemError) {
                try Files.remove(path)
            } catch {
                if !error.isNotFound { throw error }
            }
        }
        return LinuxJournalFile(try FileDescriptor.open(path, .createNew))
    }

    package func openFile(_ path: String, forWriting: Bool) throws(SystemError) -> any JournalFile {
        LinuxJournalFile(try FileDescriptor.open(path, forWriting ? .readWrite : .read))
    }

    package func rename(_ path: String, to newPath: String) throws(SystemError) {
        try Files.rename(path, to: newPath)
    }

    package func kind(of path: String) throws(SystemError) -> FileStatus.Kind {
        try Files.statusOfLink(path).kind
    }

    package func linkFile(_ path: String, to newPath: String) throws(SystemError) {
        try Files.link(path, to: newPath)
    }

    package func removeFile(_ path: String) throws(SystemError) {
        try Files.remove(path)
    }

    package func removeFolder(_ path: String) throws(SystemError) {
        try Files.removeDirectory(path)
    }

    package func synchronizeFolder(_ path: String) throws(SystemError) {
        try Files.synchronizeDirectory(path)
    }

    package func list(_ path: String) throws(SystemError) -> [String] {
        try Files.list(path)
    }

    package func random() throws(SystemError) -> UInt64 {
        try SystemRandom.uint64()
    }
}

private final class LinuxJournalFile: JournalFile {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        try descriptor.pwrite(bytes, at: offset)
    }

    func expectOneReading() {
        descriptor.expectOneReading()
    }

    func read(into buffer: inout ByteBuffer, at offset: UInt64) throws(SystemError) -> Int {
        try descriptor.pread(into: &buffer, at: offset)
    }

    func startWriteback(of range: Range<UInt64>) {
        descriptor.startWriteback(of: range)
    }

    func synchronize() throws(SystemError) {
        try descriptor.synchronizeData()
    }

    func truncate(to sizeBytes: UInt64) throws(SystemError) {
        try descriptor.truncate(to: sizeBytes)
    }

    func stands(at path: String) throws(SystemError) -> Bool {
        try descriptor.stands(at: path)
    }

    func sizeBytes() throws(SystemError) -> UInt64 {
        try descriptor.status().sizeBytes
    }

    func modifiedNanoseconds() throws(SystemError) -> UInt64 {
        try descriptor.status().modifiedNanoseconds
    }

    func keepModified(as other: any JournalFile) throws(SystemError) {
        try descriptor.setModified(nanoseconds: try other.modifiedNanoseconds())
    }
}
