import CLinux

/// What the file system knows about a file, stat(2).
package struct FileStatus: Equatable, Sendable {
    /// What kind of thing stands at a path.
    package enum Kind: Equatable, Sendable {
        /// A regular file.
        case file
        /// A folder.
        case folder
        /// A socket.
        case socket
        /// A symbolic link.
        case symbolicLink
        /// Anything else: a pipe, a device.
        case other
    }

    /// The kind of thing.
    package let kind: Kind
    /// Bytes in the file.
    package let sizeBytes: UInt64
    /// The file's number in its file system: two names with one inode and device are one file.
    package let inode: UInt64
    /// The file system's number.
    package let device: UInt64
    /// Time of the last change of its contents, nanoseconds since 1970 UTC; 0 for a time before.
    package let modifiedNanoseconds: UInt64
    /// Time of the last change of its contents or of what is known of it, which nobody can set, nanoseconds since 1970
    /// UTC; 0 for a time before (`st_ctim` of inode(7)).
    package let changedNanoseconds: UInt64
    /// The lower twelve bits of the mode.
    package let permissions: UInt32
    /// The owner.
    package let userID: UInt32
    /// The group.
    package let groupID: UInt32
    /// Names that the file has.
    package let linkCount: UInt64

    init(_ raw: tremolo_status) {
        switch raw.mode & 0o170000 {
        case 0o100000: kind = .file
        case 0o040000: kind = .folder
        case 0o140000: kind = .socket
        case 0o120000: kind = .symbolicLink
        default: kind = .other
        }
        sizeBytes = raw.size
        inode = raw.inode
        device = raw.device
        modifiedNanoseconds = Self.nanoseconds(raw.modified_seconds, raw.modified_nanoseconds)
        changedNanoseconds = Self.nanoseconds(raw.changed_seconds, raw.changed_nanoseconds)
        permissions = raw.mode & 0o7777
        userID = raw.user
        groupID = raw.group
        linkCount = raw.links
    }

    private static func nanoseconds(_ seconds: Int64, _ rest: Int64) -> UInt64 {
        seconds < 0 ? 0 : UInt64(seconds) &* 1_000_000_000 &+ UInt64(max(rest, 0))
    }
}
