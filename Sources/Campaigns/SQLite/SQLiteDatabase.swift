import Bytes
import CSQLite
import LinuxSystem

/// One connection to a SQLite file, used by one thread at a time.
///
/// Every failure says the operation, the file, SQLite's extended result code and what to do. The connection closes when
/// the database and the statements made from it are gone.
final class SQLiteDatabase {
    /// How a file is opened.
    enum Access: Equatable {
        /// Reading and writing; the file is made when it does not exist.
        case readWrite
        /// Reading a file that a writer may hold open. Needs the `-wal` and `-shm` files of a database in WAL mode.
        case readOnly
        /// Reading a file that nobody writes: no lock is taken and no other file is looked at.
        case immutable
    }

    /// Path of the file.
    let file: String
    private let handle: SQLiteHandle
    private var prepared: [String: SQLiteStatement] = [:]
    private var deadline: Deadline?

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - busyMilliseconds: how long a call waits for another process's lock before it fails with SQLITE_BUSY.
    init(file: String, access: Access, busyMilliseconds: Int32 = 5_000) throws(StoreError) {
        self.file = file
        var connection: OpaquePointer?
        let code = unsafe sqlite3_open_v2(Self.uri(file, access), &connection, Self.flags(access), nil)
        guard let opened = unsafe connection else {
            throw .failed(.open, file: file, code: code, message: "out of memory")
        }
        handle = unsafe SQLiteHandle(connection: opened, file: file)
        guard code == SQLITE_OK else { throw handle.error(.open) }
        unsafe sqlite3_extended_result_codes(opened, 1)
        unsafe sqlite3_busy_timeout(opened, busyMilliseconds)
        if access == .readWrite { unsafe sqlite3_progress_handler(opened, Self.stepsPerPiece, Self.giveWay, nil) }
    }

    /// Has calls fail with `StoreError.interrupted` from a moment on; for a connection that only reads.
    ///
    /// - Parameter nanoseconds: of the monotonic clock.
    func interrupt(atNanoseconds nanoseconds: UInt64) {
        let deadline = Deadline(nanoseconds)
        self.deadline = deadline
        unsafe sqlite3_progress_handler(
            handle.connection, Self.stepsPerLook, Self.isOver, Unmanaged.passUnretained(deadline).toOpaque())
    }

    /// When a connection's questions end; SQLite is told where it is, so it lives as long as the connection.
    private final class Deadline {
        let nanoseconds: UInt64
        init(_ nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    }

    private static let stepsPerLook: Int32 = 10_000

    private static let isOver: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { context in
        guard let context = unsafe context else { return 0 }
        let deadline = unsafe Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue()
        return SystemClock.monotonicNanoseconds() > deadline.nanoseconds ? 1 : 0
    }

    /// SQLite's steps between which a worker on the same processor may go first.
    private static let stepsPerPiece: Int32 = 500

    private static let giveWay: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { _ in
        SystemThread.giveWay()
        return 0
    }

    /// How often this connection was asked for something that may change its files.
    private(set) var writeCount: UInt64 = 0

    /// Runs statements that give no rows and take no parameters.
    func execute(_ sql: String, during operation: StoreError.Operation) throws(StoreError) {
        if operation != .read { writeCount &+= 1 }
        let code = unsafe sqlite3_exec(handle.connection, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw handle.error(operation) }
    }

    /// The statement for `sql`, made once and kept; it comes reset, without bindings.
    func statement(_ sql: String, during operation: StoreError.Operation) throws(StoreError) -> SQLiteStatement {
        if operation != .read { writeCount &+= 1 }
        if let kept = prepared[sql] {
            kept.reset()
            return kept
        }
        let made = try SQLiteStatement(sql, handle: handle, operation: operation)
        prepared[sql] = made
        return made
    }

    /// The integer that a question for one is answered with; 0 where there is no row.
    func number(_ sql: String, during operation: StoreError.Operation) throws(StoreError) -> Int64 {
        let statement = try statement(sql, during: operation)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Runs `body` inside a transaction that holds the write lock from its start: all of it happens or none.
    func writeTransaction<Result>(
        during operation: StoreError.Operation, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try execute("BEGIN IMMEDIATE", during: operation)
        do throws(StoreError) {
            let result = try body()
            try execute("COMMIT", during: operation)
            return result
        } catch {
            // A failed COMMIT or a full disk may have rolled back already: the first error is the one to tell.
            try? execute("ROLLBACK", during: operation)
            throw error
        }
    }

    /// Runs `body` so that all it reads is one state of the database.
    func readTransaction<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try execute("BEGIN", during: .read)
        do throws(StoreError) {
            let result = try body()
            try execute("COMMIT", during: .read)
            return result
        } catch {
            try? execute("ROLLBACK", during: .read)
            throw error
        }
    }

    /// Keeps the `-wal` and `-shm` files when the connection closes, so that a user who may not write the folder can
    /// still read the file afterwards (sqlite.org/wal.html, "Read-Only Databases").
    func keepLogFiles() {
        var keep: Int32 = 1
        _ = unsafe sqlite3_file_control(handle.connection, "main", SQLITE_FCNTL_PERSIST_WAL, &keep)
    }

    /// Lets the log be as it is when the connection closes.
    func leaveLog() {
        _ = unsafe tremolo_sqlite_leave_log(handle.connection)
    }

    /// SQLITE_IOERR_SHORT_READ: the file ends before.
    private static let shortRead = SQLITE_IOERR | 2 << 8

    /// Brings the file and its log to the medium.
    func synchronize() throws(StoreError) {
        let code = unsafe tremolo_sqlite_synchronize(handle.connection)
        guard code == SQLITE_OK else { throw failure(.commit, code) }
    }

    private func failure(_ operation: StoreError.Operation, _ code: Int32) -> StoreError {
        .failed(operation, file: file, code: code, message: unsafe String(cString: sqlite3_errstr(code)))
    }

    /// Refuses a file that doesn't begin as a SQLite database. A log over it would hide that: SQLite reads a page from
    /// the log first.
    func requireHead() throws(StoreError) {
        var head = [UInt8](repeating: 0, count: 16)
        let code = unsafe head.withUnsafeMutableBytes { room in
            unsafe tremolo_sqlite_read_file(handle.connection, room.baseAddress, Int32(room.count))
        }
        guard code == SQLITE_OK || code == Self.shortRead else { throw failure(.open, code) }
        guard head.span.hasPrefix("SQLite format 3\0") else {
            throw .damaged(file: file, what: "it does not begin as a database")
        }
    }

    private static func flags(_ access: Access) -> Int32 {
        let shared = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX
        return access == .readWrite
            ? shared | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : shared | SQLITE_OPEN_READONLY
    }

    /// The path as a `file:` URI: whatever is special in a URI is percent-encoded.
    private static func uri(_ file: String, _ access: Access) -> String {
        var uri = "file:"
        for byte in file.utf8 {
            let plain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if plain || [0x2F, 0x2E, 0x2D, 0x5F].contains(byte) {
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return access == .immutable ? uri + "?immutable=1" : uri
    }
}

/// The connection itself, shared by a database and its statements: it closes when the last of them is gone.
@safe
final class SQLiteHandle {
    let connection: OpaquePointer
    let file: String

    init(connection: OpaquePointer, file: String) {
        unsafe self.connection = connection
        self.file = file
    }

    deinit {
        unsafe sqlite3_close_v2(connection)
    }

    /// What went wrong in the last call on this connection.
    func error(_ operation: StoreError.Operation) -> StoreError {
        if unsafe sqlite3_errcode(connection) == SQLITE_INTERRUPT { return .interrupted(file: file) }
        let message = unsafe String(cString: sqlite3_errmsg(connection))
        return .failed(operation, file: file, code: unsafe sqlite3_extended_errcode(connection), message: message)
    }
}
