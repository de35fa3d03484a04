import LinuxSystem

/// Whether what stands at a path can be a store, found out before SQLite opens it: SQLite would wait for somebody at
/// the other end of a pipe, and take an empty file for a new database. Nothing is opened here: closing the file would
/// give up the locks of a connection that the process has (sqlite.org/howtocorrupt.html, 2.2).
enum StoreFile {
    /// Refuses what is no store.
    ///
    /// - Parameter file: the store, or a symbolic link to it.
    /// - Returns: false when there is none yet: no file, or an empty one without a log.
    /// - Throws: `StoreError.notAFile`, `.damaged`, `.unreadable`.
    static func isThere(_ file: String) throws(StoreError) -> Bool {
        let status: FileStatus
        do throws(SystemError) {
            status = try Files.status(file)
        } catch {
            if error.isNotFound { return false }
            throw .unreadable(file: file, error)
        }
        guard status.kind == .file else { throw .notAFile(file: file, kind: status.kind) }
        if status.sizeBytes > 0 { return true }
        let log = (try? Files.status(real(file) + "-wal"))?.sizeBytes ?? 0
        guard log == 0 else { throw .damaged(file: file, what: "the file is empty, and its log is not") }
        return false
    }

    /// The file that a link names, or the file itself: its side files stand beside it.
    static func real(_ file: String) -> String {
        guard let target = try? Files.targetOfLink(file) else { return file }
        return target.hasPrefix("/") ? target : Files.parent(of: file) + "/" + target
    }
}
