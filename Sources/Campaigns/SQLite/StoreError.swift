package import LinuxSystem

/// Why the campaign store cannot be read or written: the operation, the file, and what to do.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done when the store failed.
    package enum Operation: String, Equatable, Sendable {
        case open, migrate, read, commit, checkpoint, rebuild
    }

    /// SQLite refused; `code` is its extended result code (sqlite.org/rescode.html).
    case failed(Operation, file: String, code: Int32, message: String)
    /// This user may not read the store, or it can't be looked for.
    case unreadable(file: String, SystemError)
    /// Nothing has been stored in this folder yet.
    case missing(file: String)
    /// The log holds commits, its index is gone, and this user may not make one.
    case unreadableLog(file: String)
    /// Something stands at the path that is no file.
    case notAFile(file: String, kind: FileStatus.Kind)
    /// The file was written by a newer version of the program.
    case newerFormat(file: String, version: Int64)
    /// A value in the file is not what this program writes there.
    case damaged(file: String, what: String)
    /// The question took longer than it may.
    case interrupted(file: String)
    /// The operating system refused a call on the store's files.
    case system(Operation, file: String, message: String)

    package var description: String {
        switch self {
        case .failed(let operation, let file, let code, let message):
            "\(file): cannot \(operation.rawValue) the store: \(message) (\(code)): \(Self.hint(code))"
        case .unreadable(let file, let error):
            "\(file): \(error.reason): use the account that owns it, or change its owner or mode"
        case .missing(let file):
            "\(file): there is no store yet: start tremolo serve, or give --data"
        case .unreadableLog(let file):
            "\(file): its log can't be read without its -shm file, which this user may not make: start tremolo "
                + "serve, or run tremolo report once as the account that owns it"
        case .notAFile(let file, let kind):
            "\(file): it is \(kind == .folder ? "a folder" : "no file"), and the store must stand there: move it away, "
                + "and run tremolo rebuild"
        case .newerFormat(let file, let version):
            "\(file): the store has format \(version), which this program does not know: use a newer one, or rebuild"
        case .damaged(let file, let what):
            "\(file): the store is damaged (\(what)): run tremolo rebuild"
        case .interrupted(let file):
            "\(file): the question takes too long: ask for fewer columns or a shorter time, or use tremolo report"
        case .system(let operation, let file, let message):
            "\(file): cannot \(operation.rawValue) the store: \(message)"
        }
    }

    /// True when the store's contents are not what this program wrote: a rebuild makes them again, waiting does not.
    package var isDamage: Bool {
        switch self {
        case .damaged: true
        case .failed(_, _, let code, _): [11, 26].contains(code & 0xFF)
        case .unreadable, .unreadableLog, .missing, .notAFile, .newerFormat, .interrupted, .system: false
        }
    }

    /// What an operator does about a result code; the low byte is the primary code.
    private static func hint(_ code: Int32) -> String {
        switch code & 0xFF {
        case 5, 6: "another process holds it: wait for it or end it"
        case 8: "the file cannot be written: check its owner and mode"
        case 10: "the disk reports an error: check it, then run tremolo rebuild"
        case 11, 26: "the file is damaged: run tremolo rebuild"
        case 13: "the disk is full: free some space"
        case 14: "the file cannot be opened: check the folder, its owner and mode"
        default: "try again; if it stays, run tremolo rebuild"
        }
    }
}
