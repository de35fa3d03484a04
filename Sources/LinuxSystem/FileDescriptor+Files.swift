package import Bytes
import CLinux

// Reading, writing and syncing what a descriptor stands for.

extension FileDescriptor {
    /// Reads from where the descriptor stands into the free room of a buffer, read(2). The buffer has room.
    ///
    /// - Returns: how many bytes came, maybe fewer than fit; 0 at the end.
    @discardableResult
    package borrowing func read(into buffer: inout ByteBuffer) throws(SystemError) -> Int {
        precondition(buffer.freeCapacity > 0, "reading needs room for a byte")
        let raw = rawValue
        return try unsafe buffer.appendFilling { (room) throws(SystemError) in
            try checked(unsafe tremolo_read(raw, room.baseAddress, room.count), .read)
        }
    }

    /// Reads from a place of the file into the free room of a buffer, pread(2).
    ///
    /// - Parameters:
    ///   - offset: where to begin, in bytes.
    ///   - most: how many bytes at most; nil for as many as fit.
    /// - Returns: how many bytes came, maybe fewer than asked for; 0 at or behind the end.
    @discardableResult
    package borrowing func pread(
        into buffer: inout ByteBuffer, at offset: UInt64, atMost most: Int? = nil
    ) throws(SystemError) -> Int {
        let raw = rawValue
        return try unsafe buffer.appendFilling { (room) throws(SystemError) in
            let count = min(room.count, most ?? room.count)
            return try checked(unsafe tremolo_pread(raw, room.baseAddress, count, offset), .pread)
        }
    }

    /// Writes where the descriptor stands, write(2).
    ///
    /// - Returns: how many bytes were written, maybe fewer than given.
    package borrowing func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        let raw = rawValue
        return try checked(
            unsafe bytes.withUnsafeBytes { unsafe tremolo_write(raw, $0.baseAddress, $0.count) }, .write)
    }

    /// Writes at a place of the file, pwrite(2).
    ///
    /// - Returns: how many bytes were written, maybe fewer than given; 0 when the file system takes none.
    package borrowing func pwrite(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        let raw = rawValue
        return try checked(
            unsafe bytes.withUnsafeBytes { unsafe tremolo_pwrite(raw, $0.baseAddress, $0.count, offset) }, .pwrite)
    }

    /// Writes all of `bytes` at a place of the file, in as many calls as it takes.
    package borrowing func writeAll(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = try pwrite(bytes.extracting(written..<bytes.count), at: offset + UInt64(written))
            // A write of nothing without an error would be repeated for ever.
            guard count > 0 else { throw SystemError.noSpace(in: .pwrite) }
            written += count
        }
    }

    /// Brings the contents, and the size, to the medium, fdatasync(2).
    ///
    /// After a failure the kernel may have dropped what it could not write and says nothing the next time: a failed
    /// sync is final for what was written before it.
    package borrowing func synchronizeData() throws(SystemError) {
        try check(tremolo_fdatasync(rawValue), .fdatasync)
    }

    /// Tells the kernel that the file is read from front to back and no part of it twice, posix_fadvise(2): it reads
    /// further ahead, and from Linux 6.3 on does not take what was read for something that is in use.
    package borrowing func expectOneReading() {
        tremolo_expect_one_reading(rawValue)
    }

    /// Begins to write a range of the file out and doesn't wait for it, sync_file_range(2). It makes a sync that
    /// follows shorter, and no promise of its own: what went wrong is told by that sync.
    package borrowing func startWriteback(of range: Range<UInt64>) {
        _ = tremolo_start_writeback(rawValue, range.lowerBound, range.upperBound - range.lowerBound)
    }

    /// Brings contents and everything else about the file to the medium, fsync(2). What is said of `synchronizeData`
    /// about failures holds here.
    package borrowing func synchronize() throws(SystemError) {
        try check(tremolo_fsync(rawValue), .fsync)
    }

    /// Sets the time of the last write, nanoseconds since 1970 UTC, futimens(2).
    package borrowing func setModified(nanoseconds: UInt64) throws(SystemError) {
        try check(tremolo_set_modified(rawValue, nanoseconds), .futimens)
    }

    /// Cuts or extends the file to a size in bytes, ftruncate(2).
    package borrowing func truncate(to sizeBytes: UInt64) throws(SystemError) {
        try check(tremolo_ftruncate(rawValue, sizeBytes), .ftruncate)
    }

    /// Reserves room for a file of that many bytes without changing its size, fallocate(2).
    ///
    /// - Returns: false where the file system can't do that.
    @discardableResult
    package borrowing func preallocate(bytes: UInt64) throws(SystemError) -> Bool {
        let result = tremolo_preallocate(rawValue, bytes)
        do throws(SystemError) {
            try check(result, .fallocate)
            return true
        } catch {
            if error.isUnsupported { return false }
            throw error
        }
    }

    /// True while the path leads to the file that is open: nobody removed, moved or replaced it or a folder above it.
    package borrowing func stands(at path: String) throws(SystemError) -> Bool {
        let own = try status()
        do throws(SystemError) {
            let named = try Files.status(path)
            return named.inode == own.inode && named.device == own.device
        } catch {
            if error.isNotFound || error.isBehindNoFolder { return false }
            throw error
        }
    }

    /// What the file system knows about the file, fstat(2).
    package borrowing func status() throws(SystemError) -> FileStatus {
        var raw = tremolo_status()
        try check(unsafe tremolo_fstat(rawValue, &raw), .fstat)
        return FileStatus(raw)
    }
}
