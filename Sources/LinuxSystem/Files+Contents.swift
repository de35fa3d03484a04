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
        let file = try FileDescriptor.open(beside, .createNew, permissions: permissions)
        try check(tremolo_fchmod(file.rawValue, permissions), .chmod)
        try file.writeAll(contents, at: 0)
        try file.synchronize()
        try file.close()
        try rename(beside, to: path)
        try synchronizeDirectory(parent(of: path))
    }
}
