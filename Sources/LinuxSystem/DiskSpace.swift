/// The room of a file system.
package struct DiskSpace: Equatable, Sendable {
    /// Bytes that this user may still write.
    package let freeBytes: UInt64
    /// Bytes that the file system has, those for the superuser among them.
    package let totalBytes: UInt64

    package init(freeBytes: UInt64, totalBytes: UInt64) {
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }
}
