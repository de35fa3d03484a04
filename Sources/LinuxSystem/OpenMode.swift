import CLinux

/// How a file is opened, open(2). Every file is opened with O_CLOEXEC.
package struct OpenMode: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// For reading.
    package static let read = OpenMode(rawValue: Int32(tremolo_open_read))
    /// For writing.
    package static let write = OpenMode(rawValue: Int32(tremolo_open_write))
    /// For reading and writing.
    package static let readWrite: OpenMode = [.read, .write]
    /// Makes the file where there is none.
    package static let create = OpenMode(rawValue: Int32(tremolo_open_create))
    /// With `create`: fails where there is one.
    package static let exclusive = OpenMode(rawValue: Int32(tremolo_open_exclusive))
    /// Empties the file.
    package static let truncate = OpenMode(rawValue: Int32(tremolo_open_truncate))
    /// Each write goes to the end.
    package static let append = OpenMode(rawValue: Int32(tremolo_open_append))
    /// Fails for what is no folder.
    package static let directory = OpenMode(rawValue: Int32(tremolo_open_directory))
    /// Fails for a symbolic link.
    package static let noFollow = OpenMode(rawValue: Int32(tremolo_open_no_follow))
    /// Reads and writes return at once.
    package static let nonblocking = OpenMode(rawValue: Int32(tremolo_open_nonblocking))
    /// A file of one's own: for writing, made anew, an error where there is one.
    package static let createNew: OpenMode = [.readWrite, .create, .exclusive]
}

extension FileDescriptor {
    /// Opens a file.
    ///
    /// - Parameter permissions: the mode of a file that is made, cut by the umask.
    package static func open(
        _ path: String, _ mode: OpenMode, permissions: UInt32 = 0o644
    ) throws(SystemError) -> FileDescriptor {
        let raw = try checked(unsafe tremolo_open(path, mode.rawValue, permissions), .open)
        return FileDescriptor(owning: Int32(truncatingIfNeeded: raw))
    }
}
