import Bytes
import CLinux
import Glibc

// Whole files: read within a limit, replaced so that a crash leaves the old one or the new one.

extension Files {
    /// Reads a whole file.
    ///
    /// - Parameter limitBytes: the most that is read.
    /// - Throws: `EFBIG` for a file that is longer than the limit.
    package static func readAll(_ path: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
        let file = try FileDescriptor.open(path, .read)
        return try readAll(of: file, limitBytes: limitBytes)
    }

    /// Reads what a descriptor gives up to its end: a file, a pipe, standard input.
    ///
    /// - Parameter limitBytes: the most that is read.
    /// - Throws: `EFBIG` when there is more than the limit.
    package static func readAll(of file: borrowing FileDescriptor, limitBytes: Int) throws(SystemError) -> [UInt8] {
        var chunk = ByteBuffer(capacity: min(max(limitBytes, 0) + 1, 65_536))
        var contents: [UInt8] = []
        while try file.read(into: &chunk) > 0 {
            guard contents.count + chunk.count <= limitBytes else {
                throw SystemError(call: .read, errno: EFBIG)
            }
            chunk.withSpan { bytes in
                for index in bytes.indices { contents.append(bytes[index]) }
            }
            chunk.removeAll()
        }
        return contents
    }

    /// Brings the names in a folder to the medium, fsync(2) of the folder: a new file is found again after a power cut
    /// only when its folder was synced.
    package static func synchronizeDirectory(_ path: String) throws(SystemError) {
        let folder = try FileDescriptor.open(path, [.read, .directory])
        try folder.synchronize()
    }

    /// Replaces a file as a whole, or makes it: written beside it, synced, renamed over it, and the folder synced.
    ///
    /// After a crash at any moment the path has the old contents or the new ones. A file `<path>.new` that an earlier
    /// crash left is overwritten. One writer at a time: the owner of the folder.
    ///
    /// - Parameter permissions: the mode of the new file, whatever the umask and the old one's were.
    package static func replaceDurably(
        _ path: String, contents: Span<UInt8>, permissions: UInt32 = 0o644
    ) throws(SystemError) {
        let beside = path + ".new"
        do throws(SystemError) {
            // Made anew, so that nobody who has the old one open reads what is written now.
            try remove(beside)
        } catch {
            if !error.isNotFound { throw error }
        }
        do throws(SystemError) {
            try writeNew(beside, contents: contents, permissions: permissions)
            try rename(beside, to: path)
        } catch {
            // A full disk must not keep the half of a file; what went wrong first is what is told.
            try? remove(beside)
            throw error
        }
        try synchronizeDirectory(parent(of: path))
    }

    /// Makes a file that nobody has made before: written beside it under a random name, synced, linked to its own name,
    /// and the folder synced. Any number of makers may try at once; one wins, and its file is never replaced.
    ///
    /// After a crash the path has the whole contents or nothing; a file `<path>.<random>.new` may be left beside it.
    ///
    /// - Returns: false when the path was there already; its name is durable then, too.
    package static func createDurably(
        _ path: String, contents: Span<UInt8>, permissions: UInt32
    ) throws(SystemError) -> Bool {
        let beside = "\(path).\(String(try SystemRandom.uint64(), radix: 16)).new"
        var isMade = true
        do throws(SystemError) {
            try writeNew(beside, contents: contents, permissions: permissions)
            try link(beside, to: path)
        } catch {
            guard error.call == .link, error.isAlreadyThere else {
                try? remove(beside)
                throw error
            }
            isMade = false
        }
        try remove(beside)
        try synchronizeDirectory(parent(of: path))
        return isMade
    }

    private static func writeNew(
        _ path: String, contents: Span<UInt8>, permissions: UInt32
    ) throws(SystemError) {
        let file = try FileDescriptor.open(path, .createNew, permissions: permissions)
        try check(tremolo_fchmod(file.rawValue, permissions), .chmod)
        try file.writeAll(contents, at: 0)
        try file.synchronize()
        try file.close()
    }

    /// A file in memory that has no path and that nobody can change any more, memfd_create(2) with F_ADD_SEALS of
    /// fcntl(2): for contents that are mapped, which would end the process if they were cut meanwhile.
    ///
    /// - Parameter name: what the system calls it in lists of open files.
    package static func sealedInMemory(
        _ name: String, contents: Span<UInt8>
    ) throws(SystemError) -> FileDescriptor {
        let file = FileDescriptor(
            owning: Int32(truncatingIfNeeded: try checked(unsafe tremolo_memory_file(name), .memfdCreate)))
        try file.writeAll(contents, at: 0)
        try check(tremolo_seal(file.rawValue), .fcntl)
        return file
    }
}
