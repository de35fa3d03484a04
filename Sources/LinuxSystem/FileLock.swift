import Bytes
import CLinux

/// What came of asking for a lock.
package enum FileLockOutcome: ~Copyable {
    /// The lock is ours until the value goes away, or the process does.
    case locked(FileLock)
    /// Another process holds it; its id, where the file says one.
    case heldBy(processID: Int32?)
}

/// The lock of a folder: an open file with an exclusive flock(2), which the kernel releases with the process, however
/// that ends. The file stays where it is and holds the owner's process id, for messages alone.
package struct FileLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    /// Tries to take the lock, without waiting.
    ///
    /// - Parameter path: the lock's file, made where there is none. It is never removed: removing it would let two
    ///   processes hold two files of one name.
    package static func take(_ path: String) throws(SystemError) -> FileLockOutcome {
        let file = try FileDescriptor.open(path, [.readWrite, .create])
        do throws(SystemError) {
            try check(tremolo_flock_exclusive(file.rawValue), .flock)
        } catch {
            guard error.isWouldBlock else { throw error }
            return .heldBy(processID: Self.holder(of: file))
        }
        try file.truncate(to: 0)
        let text = Array("\(Host.processID)\n".utf8)
        try file.writeAll(text.span, at: 0)
        return .locked(FileLock(file: file))
    }

    private static func holder(of file: borrowing FileDescriptor) -> Int32? {
        var text = ByteBuffer(capacity: 16)
        guard let count = try? file.pread(into: &text, at: 0), count > 0 else { return nil }
        return Int32(text.withSpan { $0.toString() }.prefix { $0.isNumber })
    }

    /// True while the path leads to the lock's file: nobody can take another of that name.
    package borrowing func stands(at path: String) throws(SystemError) -> Bool {
        try file.stands(at: path)
    }

    /// Gives the lock back.
    package consuming func release() {
    }
}

/// A folder's turn: of processes that take it, one goes on and the others wait for its end, whatever that is. It is a
/// flock(2) of the folder itself, so that nothing is made and whoever may read the folder can take it.
package struct FolderTurn: ~Copyable, Sendable {
    private let folder: FileDescriptor

    /// Waits for the turn.
    package init(in path: String) throws(SystemError) {
        let folder = try FileDescriptor.open(path, .read)
        try check(tremolo_flock_await(folder.rawValue), .flock)
        self.folder = folder
    }

    /// Gives the turn to the next one.
    package consuming func end() {
    }
}
