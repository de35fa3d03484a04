import Bytes
import CLinux

/// Files and folders by their paths. A path is text without a zero byte; relative ones start at the working folder.
package enum Files {
    /// What stands at a path, stat(2); a symbolic link is followed.
    package static func status(_ path: String) throws(SystemError) -> FileStatus {
        var raw = tremolo_status()
        try check(unsafe tremolo_stat(path, &raw), .stat)
        return FileStatus(raw)
    }

    /// What stands at a path; a symbolic link is reported itself.
    package static func statusOfLink(_ path: String) throws(SystemError) -> FileStatus {
        var raw = tremolo_status()
        try check(unsafe tremolo_lstat(path, &raw), .stat)
        return FileStatus(raw)
    }

    /// True when something stands at a path that can be looked at.
    package static func exists(_ path: String) -> Bool {
        var raw = tremolo_status()
        return unsafe tremolo_stat(path, &raw) >= 0
    }

    /// Refuses a path that can't be read by this user, access(2); a symbolic link is followed.
    ///
    /// - Throws: `isNotFound` where nothing stands there, `isNoPermission` where this user may not read it, or may not
    ///   look for it.
    package static func requireReadable(_ path: String) throws(SystemError) {
        try check(unsafe tremolo_require_readable(path), .access)
    }

    /// Makes one folder, mkdir(2); its parent exists and it does not.
    package static func makeDirectory(_ path: String, permissions: UInt32 = 0o755) throws(SystemError) {
        try check(unsafe tremolo_mkdir(path, permissions), .mkdir)
    }

    /// Makes a folder and those above it; one that is there already is left as it is.
    ///
    /// - Parameter permissions: the mode of each folder that is made, cut by the umask.
    package static func makeDirectories(_ path: String, permissions: UInt32 = 0o755) throws(SystemError) {
        do throws(SystemError) {
            try makeDirectory(path, permissions: permissions)
        } catch {
            if error.isAlreadyThere, let status = try? status(path), status.kind == .folder { return }
            let parent = parent(of: path)
            guard error.isNotFound, parent != path else { throw error }
            try makeDirectories(parent, permissions: permissions)
            do throws(SystemError) {
                try makeDirectory(path, permissions: permissions)
            } catch {
                // Another process may have been quicker.
                if !error.isAlreadyThere { throw error }
            }
        }
    }

    /// Makes a folder and those above it, as `makeDirectories` does, and syncs the folder in which each of them stands:
    /// after a power cut they are found again.
    package static func makeDirectoriesDurably(_ path: String, permissions: UInt32 = 0o755) throws(SystemError) {
        var missing: [String] = []
        var folder = path
        while !exists(folder), parent(of: folder) != folder {
            missing.append(folder)
            folder = parent(of: folder)
        }
        try makeDirectories(path, permissions: permissions)
        for folder in missing.reversed() { try synchronizeDirectory(parent(of: folder)) }
    }

    /// The folder that a path stands in: `a/b` for `a/b/c`, `.` for `c`, `/` for `/c`.
    package static func parent(of path: String) -> String {
        var utf8 = Array(path.utf8)
        while utf8.count > 1, utf8.last == UInt8(ascii: "/") { utf8.removeLast() }
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        utf8.removeLast(utf8.count - slash)
        while utf8.count > 1, utf8.last == UInt8(ascii: "/") { utf8.removeLast() }
        return utf8.isEmpty ? "/" : String(decoding: utf8, as: UTF8.self)
    }

    /// Gives a file another name and replaces what had it, rename(2). Durable once the folder is synced.
    package static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try check(unsafe tremolo_rename(path, newPath), .rename)
    }

    /// Removes a name of a file, unlink(2).
    package static func remove(_ path: String) throws(SystemError) {
        try check(unsafe tremolo_unlink(path), .unlink)
    }

    /// Writes over a file's contents, syncs that, and removes its name: what it held is not read from it any more. What
    /// a disk, or a file system that writes elsewhere, keeps of it is beyond any program.
    package static func destroy(_ path: String) throws(SystemError) {
        let file = try FileDescriptor.open(path, .write)
        let zeros = [UInt8](repeating: 0, count: Int(clamping: try file.status().sizeBytes))
        try file.writeAll(zeros.span, at: 0)
        try file.synchronize()
        try remove(path)
    }

    /// Removes an empty folder, rmdir(2).
    package static func removeDirectory(_ path: String) throws(SystemError) {
        try check(unsafe tremolo_rmdir(path), .rmdir)
    }

    /// Gives a file a second name, link(2).
    package static func link(_ path: String, to newPath: String) throws(SystemError) {
        try check(unsafe tremolo_link(path, newPath), .link)
    }

    /// Makes a symbolic link, symlink(2).
    package static func symbolicLink(to target: String, at path: String) throws(SystemError) {
        try check(unsafe tremolo_symlink(target, path), .symlink)
    }

    /// What a symbolic link says, readlink(2).
    package static func targetOfLink(_ path: String) throws(SystemError) -> String {
        var buffer = ByteBuffer(capacity: 4_096)
        try unsafe buffer.appendFilling { (room) throws(SystemError) in
            try checked(unsafe tremolo_readlink(path, room.baseAddress, room.count), .readlink)
        }
        return buffer.withSpan { $0.toString() }
    }

    /// The absolute path of what stands at a path, without links, `.` and `..`, realpath(3).
    ///
    /// - Throws: as `status` does where nothing stands there; `ENAMETOOLONG` past 4,096 bytes.
    package static func resolved(_ path: String) throws(SystemError) -> String {
        var buffer = ByteBuffer(capacity: 4_096)
        try unsafe buffer.appendFilling { (room) throws(SystemError) in
            try checked(unsafe tremolo_resolve(path, room.baseAddress, room.count), .realpath)
        }
        return buffer.withSpan { $0.toString() }
    }

    /// Sets the mode of a file, chmod(2).
    package static func setPermissions(_ path: String, _ permissions: UInt32) throws(SystemError) {
        try check(unsafe tremolo_chmod(path, permissions), .chmod)
    }

    /// Gives what root made to the owner and group of another path, chown(2); anybody else's stays whose it is.
    package static func setOwner(_ path: String, asOf other: String) throws(SystemError) {
        guard tremolo_user_id() == 0 else { return }
        let owner = try status(other)
        try check(unsafe tremolo_chown(path, owner.userID, owner.groupID), .chown)
    }

    /// The names in a folder, in the order of their bytes, without `.` and `..`. A name that is not UTF-8 is repaired
    /// with U+FFFD and so can't be opened: this project makes none.
    package static func list(_ path: String) throws(SystemError) -> [String] {
        var names = NameList()
        let result = unsafe withUnsafeMutablePointer(to: &names) { names in
            unsafe tremolo_list(path, names) { context, name in
                guard let name = unsafe name else { return }
                unsafe context?.assumingMemoryBound(to: NameList.self).pointee.names.append(String(cString: name))
            }
        }
        try check(result, .opendir)
        return sorted(names.names)
    }

    /// Names in the order of their bytes. A folder of thousands of segments is listed for each report, so their first
    /// 16 bytes are sorted as numbers, and the rest is looked at where those are the same.
    private static func sorted(_ names: [String]) -> [String] {
        var keys: [(prefix: UInt128, place: Int)] = []
        keys.reserveCapacity(names.count)
        for (place, name) in names.enumerated() {
            var prefix: UInt128 = 0
            for byte in name.utf8.prefix(16) { prefix = prefix << 8 | UInt128(byte) }
            keys.append((prefix << UInt128(8 * (16 - min(16, name.utf8.count))), place))
        }
        keys.sort { left, right in
            left.prefix != right.prefix
                ? left.prefix < right.prefix
                : names[left.place].utf8.lexicographicallyPrecedes(names[right.place].utf8)
        }
        return keys.map { names[$0.place] }
    }

    private struct NameList {
        var names: [String] = []
    }

    /// The room of the file system of a path, statvfs(3).
    package static func diskSpace(_ path: String) throws(SystemError) -> DiskSpace {
        var (free, total): (UInt64, UInt64) = (0, 0)
        try check(unsafe tremolo_disk_space(path, &free, &total), .statvfs)
        return DiskSpace(freeBytes: free, totalBytes: total)
    }
}
